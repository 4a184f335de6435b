"""Open-source FPGA accelerator that trains deep networks on the board with local learning."""

__version__ = "0.2.0"
