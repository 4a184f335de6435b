"""The golden model: the engine's arithmetic in plain integers, and what compares boards with it."""
