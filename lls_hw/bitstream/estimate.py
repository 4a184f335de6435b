"""Estimated cells and clock of a build, from the elaborated design alone.

Multipliers and block RAMs follow from the sizes of the design's multiplications and memories.
Logic cells and registers are weighted sums over the cells of the design. `bench/estimate.py` fits
the coefficients of each family of devices to synthesised engines.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from lls_hw.bitstream.rtlil import Contents
from lls_hw.contract.config import Config
from lls_hw.errors import LlsError

__all__ = [
    "FAMILIES", "Estimate", "EstimateError", "Family", "block_rams", "coefficients", "estimate",
    "features", "reached_clocks",
]  # fmt: skip

_FEATURES = {
    "carry": {"$add", "$sub", "$neg", "$lt", "$le", "$gt", "$ge"},
    "logic": {"$and", "$or", "$xor", "$xnor", "$not", "$eq", "$ne", "$reduce_and", "$reduce_or",
              "$reduce_xor", "$reduce_bool"},
    "shift": {"$shl", "$shr", "$sshl", "$sshr", "$shift", "$shiftx"},
    "choice": {"$mux", "$pmux"},
    "register": {"$dff", "$dffe", "$sdff", "$adff"},
}  # fmt: skip
"""Cells of an elaborated design, grouped by what synthesis makes of them."""
_MAPS = ".images"
"""The module that only convolutions need."""
_BLOCK_18K = ((36, 512), (18, 1024), (9, 2048), (4, 4096), (2, 8192), (1, 16384))
_BLOCK_4K = ((16, 256), (8, 512), (4, 1024), (2, 2048))


class EstimateError(LlsError):
    """A device has no coefficients."""


@dataclass(frozen=True, kw_only=True)
class Family:
    """Properties of the devices of one family."""

    blocks: tuple[tuple[int, int], ...]
    """Shapes of one block RAM, width and depth."""
    tables: int
    """A memory of up to this many cells of 16 x 4 bits is built from lookup tables."""
    multiplier: tuple[int, int]
    """Widths of one multiplier, the larger first."""
    instances: Mapping[str, str]
    """Cells that the gateware instantiates directly, and the resource each takes."""
    carries: Mapping[str, int] = field(default_factory=dict)
    """Cells of a carry chain that the gateware instantiates directly, and the bits of each."""
    spare: tuple[int, int] = (0, 0)
    """Bits by which each operand may be wider, the larger operand first; logic multiplies these."""
    registers: bool = True
    """Registers are counted separately from logic."""


FAMILIES = {
    "ecp5": Family(blocks=_BLOCK_18K, tables=16, multiplier=(18, 18),
                   instances={"\\MULT18X18D": "DSP", "\\DP16KD": "BRAM"},
                   carries={"\\CCU2C": 2}),
    "ice40": Family(blocks=_BLOCK_4K, tables=0, multiplier=(16, 16), spare=(1, 2),
                    instances={"\\SB_MAC16": "DSP", "\\SB_SPRAM256KA": "SPRAM"}, registers=False),
    "xilinx": Family(blocks=_BLOCK_18K, tables=36, multiplier=(25, 18),
                     instances={"\\DSP48E1": "DSP"}),
}  # fmt: skip
"""Families by the names of their flows."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Cells of each kind, and the clocks that engines have reached on such devices."""

    resources: dict[str, int]
    clock: tuple[float, float] | None
    """Slowest and fastest, in MHz; None where no engine has been routed."""


def features(design: Mapping[str, Contents], family: Family, config: Config) -> dict[str, float]:
    """Contents of the design in bits; DSP and BRAM count cells of the device."""
    total: Counter[str] = Counter(dict.fromkeys((*_FEATURES, "tables", "DSP", "BRAM"), 0))
    for name, module in design.items():
        if not config.maps and _MAPS in name:
            continue  # unconnected, so synthesis removes it
        for (kind, (a, b, y, width, _)), count in module.cells.items():
            for feature, kinds in _FEATURES.items():
                if kind in kinds:
                    bits = max(width, y if feature in ("shift", "logic") else max(a, b, y))
                    total[feature] += count * bits * (b if feature == "shift" else 1)
            if kind == "$mul":
                total["DSP"] += count * _multipliers(a, b, family)
            elif kind in family.instances:
                total[family.instances[kind]] += count
            total["carry"] += count * family.carries.get(kind, 0)
        for memory in module.memories:
            cells = -(-memory.width // 4) * -(-memory.depth // 16)
            small = cells <= family.tables
            total["tables" if small else "BRAM"] += (
                cells if small else block_rams(memory.width, memory.depth, family)
            )
    return dict(total)


def _multipliers(a: int, b: int, family: Family) -> int:
    """Multipliers of one product; a very small product becomes logic."""
    if min(a, b) <= 2:
        return 0
    (wide, narrow), (rest, other) = family.multiplier, family.spare
    return -((rest - max(a, b)) // wide) * -((other - min(a, b)) // narrow)


def block_rams(width: int, depth: int, family: Family) -> int:
    """Block RAMs of a memory in the shape that needs the fewest."""
    return min(-(-width // bits) * -(-depth // words) for bits, words in family.blocks)


def _table() -> dict[str, Any]:
    """The coefficients and clocks of each family."""
    text = (resources.files("lls_hw.bitstream") / "estimate.json").read_text()
    found: dict[str, Any] = json.loads(text)["families"]
    return found


def coefficients(family: str) -> dict[str, dict[str, float]]:
    """Of the features, for each kind of cell; empty for a family that was not measured."""
    found: dict[str, dict[str, float]] = _table().get(family, {}).get("cells", {})
    return found


def reached_clocks(family: str, speed_class: str) -> tuple[float, float] | None:
    """Slowest and fastest clock that engines have reached on such devices, in MHz."""
    reached = _table().get(family, {}).get("clock", {}).get(speed_class)
    return reached and (reached["slowest"], reached["fastest"])


def estimate(
    design: Mapping[str, Contents], family: str, speed_class: str, config: Config
) -> Estimate:
    """Cells and clock of a design; EstimateError if no engine was measured on the family.

    `speed_class` : `Flow.speed_class` of the device, on which the clock depends.
    """
    table = _table()
    if family not in table:
        raise EstimateError(
            f"No engine has been measured on {family}; --estimate-only works for "
            f"{', '.join(table)}."
        )
    found = features(design, FAMILIES[family], config)
    cells = {
        name: round(sum(factor * found.get(key, 1) for key, factor in factors.items()))
        for name, factors in coefficients(family).items()
    }
    for name in ("DSP", "BRAM", "SPRAM"):
        if name in found:
            cells[name] = round(found[name])
    return Estimate(resources=cells, clock=reached_clocks(family, speed_class))
