"""The driver: a board, simulated or real, from Python, without PyTorch or Amaranth."""
