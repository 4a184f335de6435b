"""How a command ends: what it says on an error, and its exit status."""

import sys
from collections.abc import Callable

from lls_hw.errors import LlsError

__all__ = ["exit_status"]


def exit_status(job: Callable[[], object], interrupted: str = "Interrupted.") -> int:
    """Does the job. 0, or 1 after the sentence of an LlsError, or 130 after Ctrl-C.

    Both are said on stderr, as they are: brackets in a message are not markup.
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
