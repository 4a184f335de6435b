"""The blocks that are compared with their netlists, each alone."""

from collections.abc import Callable, Mapping
from functools import partial

from amaranth.lib import wiring

from bench import blocks, up5k

__all__ = ["BLOCKS", "CONDITIONS"]

_TRAINED = ("whole engine with link", "engine without link", "array unit",
            "array unit: one of 2 columns")  # fmt: skip
"""Engines, and the array in them: with random operations, it would read what it writes in the same
cycle, which is undefined."""

BLOCKS: dict[str, Callable[[], wiring.Component]] = {
    name: partial(make, config) for name, (make, config) in blocks.BLOCKS.items()
} | {
    f"{name}, {up5k.CONFIG.rows} x {up5k.CONFIG.cols}": make
    for name, make in up5k.BLOCKS.items()
    if name not in (*_TRAINED, *blocks.BLOCKS)
}
"""Those whose size `bench/blocks.py` and `bench/up5k.py` measure."""
CONDITIONS: Mapping[str, Mapping[str, str]] = {
    "sequencer": {"program__valid": "!busy && !run__valid"}
}
"""When the host may use a port, by the name of the block up to a comma and of the port."""
