"""How a command ends: its error message and its exit status."""

import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType

from lls_hw.errors import LlsError
from lls_hw.tools.packages import install, package_of

__all__ = ["Ended", "exit_status", "quick_end", "say_errors", "signals"]


class Ended(BaseException):
    """A signal asked this program to end; what it has begun is undone on the way out."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def signals() -> Iterator[None]:
    """SIGTERM and SIGHUP raise `Ended` in the main thread, so that no tool outlives the program.

    Only the first of them does: a second one would interrupt what undoes the work. A signal that is
    ignored, as under nohup, remains so.
    """
    ending = False

    def end(number: int, frame: FrameType | None) -> None:
        nonlocal ending
        if not ending:
            ending = True
            raise Ended(number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {
        number: signal.signal(number, end)
        for number in (signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(number) != signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def quick_end() -> Iterator[None]:
    """Ctrl-C ends the program at once and without a word, as while it is still being loaded."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)
    if before == signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def exit_status(
    job: Callable[[], object], interrupted: str | Callable[[], str] = "Interrupted."
) -> int:
    """Runs the job; returns 0, 1 after an LlsError, 130 after Ctrl-C, 143 after SIGTERM.

    From here on Ctrl-C is noticed, even if it was not while the program was loaded. `interrupted`
    is said after the latter two, or says what is.

    Messages go to stderr unchanged: brackets in them are not markup.
    """
    try:
        _notice_interrupts()
        with signals():
            job()
            sys.stdout.flush()
    except (LlsError, ModuleNotFoundError) as error:
        sentence = _sentence(error)
        if sentence is None:
            raise
        print(sentence, file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever reads the output, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except (KeyboardInterrupt, Ended) as end:
        # Amaranth would warn of each part of a design that has not come to its end.
        warnings.filterwarnings("ignore", message=".* created but never used")
        print(interrupted if isinstance(interrupted, str) else interrupted(), file=sys.stderr)
        return 128 + (end.number if isinstance(end, Ended) else signal.SIGINT)
    return 0


def _notice_interrupts() -> None:
    if threading.current_thread() is not threading.main_thread():
        return
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def say_errors() -> None:
    """Ends a script that has no `main` as `exit_status` ends a command, without a traceback.

    Python exits with status 1 after any error that nobody catches. In a notebook or an editor's
    cell nothing changes.
    """

    def say(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sentence = _sentence(error)
        if sentence is None:
            sys.__excepthook__(kind, error, trace)
        else:
            print(sentence, file=sys.stderr)

    sys.excepthook = say


def _sentence(error: BaseException) -> str | None:
    """What a user is told; None for an error that is a bug."""
    if isinstance(error, LlsError):
        return str(error)
    package = package_of(error.name) if isinstance(error, ModuleNotFoundError) else None
    if package is None:
        return None
    return f"This needs {package}, which is not installed; run: {install(package)}."
