"""Many builds at once: engines, clocks and seeds, and which of them are worth having."""
