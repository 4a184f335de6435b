"""What a worker does for one build. Point and result are data, so any computer will do."""

import json
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from lls_hw.errors import LlsError
from lls_hw.explore.identity import build_identity

__all__ = ["LOG", "built", "failure"]

LOG = "build.log"
"""What a build says, in its folder."""
_CHILD = "lls_hw.explore.child"
_SHOWN = 300
"""Letters of a message that a log ends with."""


def failure(sentence: str, final: bool = False) -> dict[str, Any]:
    """The outcome of a build that has failed; unless that is `final`, the next run tries again."""
    return {"error": sentence, "final": final}


def built(point: dict[str, Any], folder: str | None, expected: dict[str, Any]) -> dict[str, Any]:
    """The outcome of `Point.as_dict`'s point, see `lls_hw.explore.child`; an error is an outcome.

    Parameters
    ----------
    folder : keeps what is built; None for one that goes away.
    expected : `build_identity` of whoever asks; a worker with other sources or tools fails.
    """
    try:
        found = build_identity(point["board"], point["variant"])
    except LlsError as error:
        return failure(str(error))
    differing = [name for name in expected if found.get(name) != expected[name]]
    if differing:
        return failure(
            f"The worker's {' and '.join(differing)} differ from this computer's; install the same "
            "versions of lls-hw and of the tools on both."
        )
    with ExitStack() as stack:
        place = Path(folder or stack.enter_context(tempfile.TemporaryDirectory()))
        try:
            place.mkdir(parents=True, exist_ok=True)
            return _run(point, place)
        except OSError as error:
            return failure(f"The folder {place} cannot be used ({error.strerror}).")


def _run(point: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Runs the child. Its standard input stays open as long as this process lives."""
    command = [sys.executable, "-m", _CHILD, json.dumps(point), str(folder)]
    with (folder / LOG).open("w", encoding="utf-8") as log:
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, encoding="utf-8",
            process_group=0,
        ) as process:  # fmt: skip
            assert process.stdout is not None
            said = process.stdout.read()
    if process.returncode == 0:
        outcome: dict[str, Any] = json.loads(said)
        return outcome
    if process.returncode < 0:
        return failure(f"The build was ended by signal {-process.returncode}; is memory short?")
    last = (folder / LOG).read_text("utf-8").strip().rpartition("\n")[2][-_SHOWN:]
    return failure(last or f"The build ended with exit status {process.returncode}.")
