"""A session with a board: train, evaluate, predict and save with arrays of images."""
