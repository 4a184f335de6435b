"""Trainable modulation of the scores: LLS-M and LLS-MxM."""
