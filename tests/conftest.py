"""What all tests need."""

import signal

signal.signal(signal.SIGHUP, signal.SIG_DFL)
"""`nohup` ignores it, and so would the commands that tests start and end by it."""
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # As in a shell's background jobs, and so would they.
    signal.signal(signal.SIGINT, signal.default_int_handler)
