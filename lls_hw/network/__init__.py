"""Network descriptions, and the constants that the arithmetic derives from them."""
