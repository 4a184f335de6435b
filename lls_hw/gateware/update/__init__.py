"""The weight update: scaled gradients, stochastic rounding, momentum."""
