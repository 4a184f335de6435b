"""Code of the tutorial, out of the files in examples/ that tests run."""

import re
from pathlib import Path

__all__ = ["cell", "network"]

EXAMPLES = Path(__file__).parents[2] / "examples"
_CELL = re.compile(r"^# %% (\w+)\n(.*?)(?=^# %% |\Z)", re.MULTILINE | re.DOTALL)


def cell(name: str) -> str:
    """One cell of examples/tutorial.py, which begins with `# %% NAME`; KeyError without one."""
    cells = dict(_CELL.findall((EXAMPLES / "tutorial.py").read_text()))
    return f"```python\n{cells[name].strip()}\n```"


def network() -> str:
    """The network of the tutorial."""
    return f"```toml\n{(EXAMPLES / 'tutorial.toml').read_text().strip()}\n```"
