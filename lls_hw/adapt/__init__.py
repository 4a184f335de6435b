"""Adaptation on the board: a pretrained network learns what it was not trained for."""
