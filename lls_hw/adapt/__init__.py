"""Adaptation on the board: a pretrained network learns a shifted distribution."""
