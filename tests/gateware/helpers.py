"""Simulation of blocks whose outputs follow their inputs by a fixed number of cycles."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from amaranth.sim import Simulator

__all__ = ["cell_places", "column", "member", "play"]


def cell_places(size: int, cells: int) -> list[tuple[int, bool, bool]]:
    """(cell, first of its cell, last of its cell) of each place on one axis of a map."""
    cell = [place * cells // size for place in range(size)]
    return [
        (cell[p], p == 0 or cell[p - 1] != cell[p], p == size - 1 or cell[p + 1] != cell[p])
        for p in range(size)
    ]


def member(dut, name: str):
    """A member by its name, through the interfaces it lies in: `write.addr`, `banks.0.addr`."""
    for part in name.split("."):
        dut = dut[int(part)] if part.isdigit() else getattr(dut, part)
    return dut


def play(dut, stimulus: Iterable[Mapping[str, Any]], outputs: Sequence[str]) -> list[dict]:
    """Set the inputs of each cycle and return the outputs of each cycle.

    An input keeps its value until the stimulus names it again. As many cycles as the stimulus
    has are simulated, so a block cannot hang a test.
    """
    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    recorded: list[dict] = []

    async def bench(ctx):
        for inputs in stimulus:
            for name, value in inputs.items():
                ctx.set(member(dut, name), value)
            recorded.append({name: ctx.get(member(dut, name)) for name in outputs})
            await ctx.tick()

    simulator.add_testbench(bench)
    simulator.run()
    return recorded


def column(records: Sequence[Mapping[str, Any]], name: str, start: int, count: int) -> list:
    """One output in `count` cycles from cycle `start` on."""
    return [record[name] for record in records[start : start + count]]
