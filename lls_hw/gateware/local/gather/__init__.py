"""First pass over a sample: its norm and its scores."""
