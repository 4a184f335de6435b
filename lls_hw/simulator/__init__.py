"""The simulated board: the Verilated system with its link, on a TCP socket."""
