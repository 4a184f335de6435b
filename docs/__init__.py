"""Pages of documentation, and the code that makes their tables."""
