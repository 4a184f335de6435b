"""AXI4-Lite: the byte streams of the link as registers on a processor's bus."""
