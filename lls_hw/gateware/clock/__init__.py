"""Clocks: the PLL of each family of devices, its dividers, and the gate after it."""
