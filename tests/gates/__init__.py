"""Synthesised netlists, simulated cell by cell."""
