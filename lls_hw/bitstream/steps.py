"""Running the steps of a build: progress on the terminal, logs, wall times."""

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from lls_hw.verilate import BuildFailed

__all__ = ["Steps"]

_STAGE = re.compile(r"^(?:\d+(?:\.\d+)*\. Executing (?P<yosys>[\w ]+)|Info: (?P<nextpnr>.{1,60}))")
_ERROR = re.compile(r"^(?:ERROR|error)\b", re.IGNORECASE)


class Steps:
    """The steps of one build, one after the other; `seconds` holds what each of them took."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.seconds: dict[str, float] = {}
        self._stage = ""

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Shows that the step runs, and for how long; leaves one line with its time."""
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        start = time.monotonic()
        with Progress(
            *columns,
            TextColumn("[dim]{task.fields[stage]}"),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        ) as self._progress:
            self._task = self._progress.add_task(name, total=None, stage="")
            yield
        self.seconds[name] = round(time.monotonic() - start, 1)
        self.console.print(f"{name}: {self.seconds[name]:.0f} s", highlight=False)

    def run(self, command: list[str], folder: Path, log: str) -> None:
        """Run a tool in `folder`, its output in the file `log`; within a step.

        BuildFailed repeats the tool's own error and names the log.
        """
        error = ""
        with (
            (folder / log).open("w", buffering=1) as file,
            subprocess.Popen(
                command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            ) as process,
        ):
            assert process.stdout is not None
            try:
                for line in process.stdout:
                    file.write(line)
                    self._show(line)
                    if _ERROR.match(line):
                        error = error or line.strip()
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            status = process.returncode
            reason = f"ended by signal {-status}" if status < 0 else f"exit status {status}"
            raise BuildFailed(f"{Path(command[0]).name} failed: {error or reason}; see {log}.")

    def _show(self, line: str) -> None:
        stage = _STAGE.match(line)
        if stage:
            text = stage["yosys"] or stage["nextpnr"]
            self._progress.update(self._task, stage=text.strip())
