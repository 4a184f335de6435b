"""One line of the report, and the purposes for which something may be needed."""

from collections.abc import Set
from dataclasses import dataclass

__all__ = ["ALWAYS", "NEXT", "PURPOSES", "USUAL", "Finding"]

PURPOSES = {
    "train": "train on a simulated board",
    "golden": "train on the golden model, compare a board with it, and adapt",
    "build": "make bitstreams for ECP5 boards",
    "load": "load a bitstream into a board and train there",
}
"""What users want to do."""
NEXT = {
    "train": "lls-hw train --device sim:tiny --network digits --data digits",
    "golden": "lls-hw train --device golden --network digits --data digits",
    "build": "lls-hw build --board ulx3s --estimate-only",
    "load": "lls-hw build --board BOARD --load",
}
"""A command to begin with."""
ALWAYS = frozenset(PURPOSES)
"""Needed for every purpose."""
USUAL = frozenset({"train", "build"})
"""What is asked for if nothing is said."""


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    name: str
    found: str | None
    """Version or state; None when it is missing."""
    remedy: str = ""
    """Command that installs it, or what else to do."""
    purposes: Set[str] = ALWAYS
    """For which it is needed; none if it only helps."""

    def needed(self, wanted: Set[str]) -> bool:
        """Whether one of the purposes that are wanted needs it."""
        return bool(self.purposes & wanted)

    def line(self, wanted: Set[str]) -> str:
        """What the report says of it."""
        if self.found is not None:
            return f"found    {self.name} ({self.found})"
        return f"{'MISSING ' if self.needed(wanted) else 'without '} {self.name}: {self.remedy}"
