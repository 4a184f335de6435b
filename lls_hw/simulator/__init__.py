"""The simulated board: the Verilated system behind the link's frames, on a TCP socket."""
