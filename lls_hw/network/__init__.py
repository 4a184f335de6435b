"""Networks: what a user describes, and what the arithmetic makes of it."""
