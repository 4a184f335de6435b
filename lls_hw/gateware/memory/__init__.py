"""Memories of the engine, each with its latency."""
