"""How a command ends: its error message and its exit status."""

import sys
from collections.abc import Callable

from lls_hw.errors import LlsError

__all__ = ["exit_status"]


def exit_status(job: Callable[[], object], interrupted: str = "Interrupted.") -> int:
    """Runs the job; returns 0, 1 after an LlsError, or 130 after Ctrl-C.

    Messages go to stderr unchanged: brackets in them are not markup.
    """
    try:
        job()
    except LlsError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(interrupted, file=sys.stderr)
        return 130
    return 0
