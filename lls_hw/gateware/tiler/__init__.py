"""The tiler: which pixel, tap and tile the array works on in each cycle."""
