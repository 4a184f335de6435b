"""A training session as one page: curves, mistakes, cycles, limits, settings."""
