"""One build in a process of its own, which ends with the worker that has started it."""

import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from lls_hw.bitstream.board import REPORTS
from lls_hw.bitstream.report import CapacityError, TimingError
from lls_hw.errors import LlsError
from lls_hw.explore.points import Point
from lls_hw.tools.command_line import exit_status
from lls_hw.tools.processes import end_with_parent

__all__ = ["main"]


def main(words: list[str]) -> int:
    """Builds a point, given as JSON, in a folder; prints the outcome as JSON.

    The outcome has the build's `report`, or the sentence of its `error` and whether that is
    `final`: another try would end the same way.
    """
    end_with_parent()
    point, folder = Point.of(json.loads(words[0])), Path(words[1])

    def job() -> None:
        outcome: dict[str, Any]
        try:
            point.build(folder, Console(stderr=True)).run()
            outcome = {"report": json.loads((folder / REPORTS[0]).read_text("utf-8"))}
        except LlsError as error:
            final = isinstance(error, CapacityError | TimingError)
            outcome = {"error": str(error), "final": final}
        print(json.dumps(outcome))

    return exit_status(job)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
