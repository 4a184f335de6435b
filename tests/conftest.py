"""What all tests need."""

import signal

signal.signal(signal.SIGHUP, signal.SIG_DFL)
"""`nohup` ignores it, and so would the commands that tests start and end by it."""
