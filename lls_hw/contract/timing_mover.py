"""Expected cycles of the mover: what an external memory takes is not exact, for it refreshes."""

__all__ = ["MOVE_LATENCY", "TURN", "move_cycles", "sample_cycles"]

MOVE_LATENCY = 24
"""Cycles from the start of an operation to its first element, and what is left after its last."""
TURN = 32
"""Commands of one of the two users of the external memory, weights or samples, while the other
waits."""
_MOVED, _TAKEN = 96, 100
"""Elements that move in so many cycles, refreshes and changes of row included."""


def move_cycles(elements: int) -> int:
    """Cycles in which `elements` move between the memories."""
    return MOVE_LATENCY + -(-elements * _TAKEN // _MOVED)


def sample_cycles(size: int) -> int:
    """Cycles in which a stored sample of `size` bytes is brought: a byte a cycle."""
    return MOVE_LATENCY + size
