"""Engines sized for a board and networks."""
