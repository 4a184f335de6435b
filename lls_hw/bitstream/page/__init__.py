"""report.html: what a bitstream contains and how fast it is, as one page without any other file."""
