"""Channel states: running statistics of outputs and gradients, and what follows from them."""
