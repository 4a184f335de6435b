"""Plain lines at intervals, where there is no terminal."""

import io
import time

from rich.console import Console

from lls_hw.tools.heartbeat import Heartbeat


def lines(terminal, interval=0.02):
    """What is said within a tenth of a second or more, in two stages."""
    text = io.StringIO()
    console = Console(file=text, force_terminal=terminal, width=20)
    with Heartbeat(console, "Place and route", interval) as beat:
        time.sleep(0.1)
        beat.stage = "Routing [4/7] of a design with a name that is longer than the line"
        deadline = time.monotonic() + 10
        while not terminal and beat.stage not in text.getvalue():
            assert time.monotonic() < deadline
            time.sleep(0.01)
    said = text.getvalue()
    time.sleep(3 * interval)
    assert text.getvalue() == said, "It goes on."
    return said.splitlines()


def test_a_line_says_step_time_and_stage():
    """Whole, in one line each, and no longer than the step takes."""
    found = lines(terminal=False)
    assert found[0] == "Place and route: 0 s so far"
    assert found[-1].endswith(
        "s so far  Routing [4/7] of a design with a name that is longer than the line"
    )


def test_a_terminal_shows_progress_itself():
    assert lines(terminal=True) == []


def test_a_short_step_says_nothing():
    text = io.StringIO()
    with Heartbeat(Console(file=text), "Bitstream"):
        pass
    assert text.getvalue() == ""
