"""The systolic array, its columns, and what happens at their edges."""
