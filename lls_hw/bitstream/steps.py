"""Runs the steps of a build: progress on the terminal, logs, wall times, cached results."""

import re
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from lls_hw.tools.cache import Cache, digest
from lls_hw.tools.failures import BuildFailed
from lls_hw.tools.heartbeat import Heartbeat
from lls_hw.tools.processes import kill, running
from lls_hw.tools.toolchain import Tool

__all__ = ["Steps"]

_STAGE = re.compile(r"^(?:\d+(?:\.\d+)*\. Executing (?P<yosys>[\w ]+)|Info: (?P<nextpnr>.{1,60}))")
_ERROR = re.compile(r"^(?:ERROR|error)\b", re.IGNORECASE)


class Steps:
    """The steps of one build, in sequence.

    With a cache, a command of one of `tools` does not run if the same tool has run with the same
    options and files before; its files are copied from the cache instead.

    Members
    -------
    seconds : duration of each step; of a step that is kept, that of the build that made it.
    kept : steps whose results all came from the cache.
    """

    def __init__(
        self, console: Console, cache: Cache | None = None, tools: Sequence[Tool] = ()
    ) -> None:
        self.console = console
        self.cache = cache
        self.seconds: dict[str, float] = {}
        self.kept: list[str] = []
        self._tools = {tool.path: tool for tool in tools}
        self._progress: Progress | None = None
        self._task = TaskID(0)
        self._ran = False
        self._kept_seconds = 0.0
        """Of the commands of the current step whose results came from the cache."""
        self._heartbeat: Heartbeat | None = None
        self._running: set[subprocess.Popen[str]] = set()
        self._stopped = threading.Event()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Shows progress while the step runs, then prints one line with its duration."""
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        start, self._ran, self._kept_seconds = time.monotonic(), False, 0.0
        with (
            Progress(
                *columns,
                TextColumn("[dim]{task.fields[stage]}"),
                console=self.console,
                transient=True,
                disable=not self.console.is_terminal,
            ) as self._progress,
            Heartbeat(self.console, name) as self._heartbeat,
        ):
            self._task = self._progress.add_task(name, total=None, stage="")
            yield
        took = round(time.monotonic() - start, 1)
        self.seconds[name] = took
        said = f"{took:.0f} s"
        if not self._ran:
            self.kept.append(name)
            self.seconds[name] = round(self._kept_seconds, 1) or took
            said = f"kept from an earlier build, where it took {self.seconds[name]:.0f} s"
        self.console.print(f"{name}: {said}", highlight=False)

    def branch(self, name: str) -> "Steps":
        """A part of the same step with its own line of progress, for commands that run in
        parallel, each in its own thread and folder."""
        assert self._progress is not None
        branch = Steps(self.console, self.cache, list(self._tools.values()))
        branch._progress, branch._running, branch._stopped, branch._heartbeat = (
            self._progress, self._running, self._stopped, self._heartbeat,
        )  # fmt: skip
        branch._task = self._progress.add_task(f"  {name}", total=None, stage="")
        return branch

    def join(self, branch: "Steps") -> None:
        """Ends a branch."""
        self._ran |= branch._ran
        self._kept_seconds = max(self._kept_seconds, branch._kept_seconds)
        if self._progress is not None:
            self._progress.remove_task(branch._task)

    def stop(self) -> None:
        """Kills all commands of all branches, including those that have not started yet."""
        self._stopped.set()
        for process in list(self._running):
            kill(process)

    def do(self) -> None:
        """Notes that the current step did work instead of using the cache."""
        self._ran = True

    def fetch(self, key: str, folder: Path) -> bool:
        """Copies what an earlier build has made into the folder; False if there is nothing."""
        if self.cache is None or not self.cache.fetch(key, folder):
            return False
        self._kept_seconds += self.cache.seconds(key) or 0.0
        return True

    def run(self, command: list[str], folder: Path, log: str) -> None:
        """Run a tool in `folder` within a step; its output goes to the file `log`.

        BuildFailed quotes the tool's error and names the log.
        """
        key = self._key(command, folder)
        if key and self.fetch(key, folder):
            return
        self._ran = True
        before, start = _state(folder), time.monotonic()
        self._execute(command, folder, log)
        if key and self.cache:
            after, seconds = _state(folder), time.monotonic() - start
            changed = [file for file in after if before.get(file) != after[file]]
            self.cache.store(key, changed, seconds)

    def _key(self, command: list[str], folder: Path) -> str | None:
        """Digest of tool, options and files; None for programs that are none of the tools."""
        tool = self._tools.get(command[0])
        if self.cache is None or tool is None:
            return None
        parts: list[str | bytes] = [tool.name, tool.version, tool.state, *command[1:]]
        for file in sorted(_state(folder)):
            if file.suffix != ".log":
                parts += [file.name, file.read_bytes()]
        return digest(*parts)

    def _execute(self, command: list[str], folder: Path, log: str) -> None:
        error = ""
        with (
            (folder / log).open("w", buffering=1, encoding="utf-8") as file,
            running(command, cwd=folder) as process,
        ):
            assert process.stdout is not None
            self._running.add(process)
            try:
                if self._stopped.is_set():
                    kill(process)
                for line in process.stdout:
                    file.write(line)
                    self._show(line)
                    if _ERROR.match(line):
                        error = error or line.strip()
            finally:
                self._running.discard(process)
        if process.returncode:
            status = process.returncode
            reason = f"ended by signal {-status}" if status < 0 else f"exit status {status}"
            raise BuildFailed(f"{Path(command[0]).name} failed: {error or reason}; see {log}.")

    def _show(self, line: str) -> None:
        stage = _STAGE.match(line)
        if stage and self._progress is not None and self._heartbeat is not None:
            text = (stage["yosys"] or stage["nextpnr"]).strip()
            self._progress.update(self._task, stage=text)
            self._heartbeat.stage = text


def _state(folder: Path) -> dict[Path, tuple[int, int]]:
    """Files of a folder, and what changes when they are written."""
    states = {file: file.stat() for file in folder.iterdir() if file.is_file()}
    return {file: (state.st_mtime_ns, state.st_size) for file, state in states.items()}
