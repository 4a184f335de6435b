"""What a build will need and reach, from the elaborated design alone.

Multipliers and block RAMs follow from the sizes of the design's multiplications and memories.
Logic cells and registers are a sum over what the design is made of, with coefficients for each
family of devices that `bench/estimate.py` fits to synthesised engines.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from lls_hw.bitstream.rtlil import Contents, Memory
from lls_hw.contract.config import Config
from lls_hw.errors import LlsError

__all__ = ["FAMILIES", "Estimate", "EstimateError", "Family", "estimate", "features"]

_FEATURES = {
    "carry": {"$add", "$sub", "$neg", "$lt", "$le", "$gt", "$ge"},
    "logic": {"$and", "$or", "$xor", "$xnor", "$not", "$eq", "$ne", "$reduce_and", "$reduce_or",
              "$reduce_xor", "$reduce_bool"},
    "shift": {"$shl", "$shr", "$sshl", "$sshr", "$shift", "$shiftx"},
    "choice": {"$mux", "$pmux"},
    "register": {"$dff", "$dffe", "$sdff", "$adff"},
}  # fmt: skip
"""Cells of a design by what they become."""
_MAPS = ".images"
"""The module that only convolutions need."""
_BLOCK_18K = ((36, 512), (18, 1024), (9, 2048), (4, 4096), (2, 8192), (1, 16384))
_BLOCK_4K = ((16, 256), (8, 512), (4, 1024), (2, 2048))


class EstimateError(LlsError):
    """There are no coefficients for a device."""


@dataclass(frozen=True, kw_only=True)
class Family:
    """What the devices of one family have."""

    blocks: tuple[tuple[int, int], ...]
    """Width and depth that one block RAM can take."""
    tables: int
    """A memory of at most so many cells of 16 x 4 bits lies in lookup tables."""
    multiplier: tuple[int, int]
    """Widths of one multiplier, the larger first."""
    instances: Mapping[str, str]
    """Cells of the device that the gateware names itself, and the resource they take."""
    spare: tuple[int, int] = (0, 0)
    """Bits by which an operand may be wider, the larger one first: logic multiplies the rest."""
    registers: bool = True
    """Registers are counted beside the logic, not with it."""


FAMILIES = {
    "ecp5": Family(blocks=_BLOCK_18K, tables=16, multiplier=(18, 18),
                   instances={"\\MULT18X18D": "DSP", "\\DP16KD": "BRAM"}),
    "ice40": Family(blocks=_BLOCK_4K, tables=0, multiplier=(16, 16), spare=(1, 2),
                    instances={"\\SB_MAC16": "DSP", "\\SB_SPRAM256KA": "SPRAM"}, registers=False),
    "xilinx": Family(blocks=_BLOCK_18K, tables=36, multiplier=(25, 18),
                     instances={"\\DSP48E1": "DSP"}),
}  # fmt: skip
"""Families by the name of their flow."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Cells of each kind, and the clocks that engines have reached on such devices."""

    resources: dict[str, int]
    clock: tuple[float, float] | None
    """Slowest and fastest, MHz; None where nothing has been routed yet."""


def features(design: Mapping[str, Contents], family: Family, config: Config) -> dict[str, float]:
    """What the design is made of, in bits; DSP and BRAM are counts of the device's cells."""
    total: Counter[str] = Counter(dict.fromkeys((*_FEATURES, "tables", "DSP", "BRAM"), 0))
    for name, module in design.items():
        if not config.maps and _MAPS in name:
            continue  # nothing leads to it, and synthesis takes it away
        for (kind, (a, b, y, width, _)), count in module.cells.items():
            for feature, kinds in _FEATURES.items():
                if kind in kinds:
                    bits = max(width, y if feature in ("shift", "logic") else max(a, b, y))
                    total[feature] += count * bits * (b if feature == "shift" else 1)
            if kind == "$mul":
                total["DSP"] += count * _multipliers(a, b, family)
            elif kind in family.instances:
                total[family.instances[kind]] += count
        for memory in module.memories:
            cells = -(-memory.width // 4) * -(-memory.depth // 16)
            small = cells <= family.tables
            total["tables" if small else "BRAM"] += cells if small else _blocks(memory, family)
    return dict(total)


def _multipliers(a: int, b: int, family: Family) -> int:
    """Multipliers of one product; a tiny one becomes logic."""
    if min(a, b) <= 2:
        return 0
    (wide, narrow), (rest, other) = family.multiplier, family.spare
    return -((rest - max(a, b)) // wide) * -((other - min(a, b)) // narrow)


def _blocks(memory: Memory, family: Family) -> int:
    """Block RAMs of a memory in the shape that needs fewest."""
    return min(
        -(-memory.width // width) * -(-memory.depth // depth) for width, depth in family.blocks
    )


def estimate(
    design: Mapping[str, Contents], family: str, speed_class: str, config: Config
) -> Estimate:
    """Cells and clock of a design on a family's devices; EstimateError where none was measured.

    `speed_class` : `Flow.speed_class` of the device, on which the clock depends.
    """
    table = json.loads((resources.files("lls_hw.bitstream") / "estimate.json").read_text())
    if family not in table["families"]:
        raise EstimateError(
            f"Nothing has been measured on {family} yet; --estimate-only works for "
            f"{', '.join(table['families'])}."
        )
    fitted = table["families"][family]
    found = features(design, FAMILIES[family], config)
    cells = {
        name: round(sum(factor * found.get(key, 1) for key, factor in factors.items()))
        for name, factors in fitted["cells"].items()
    }
    for name in ("DSP", "BRAM", "SPRAM"):
        if name in found:
            cells[name] = round(found[name])
    reached = fitted["clock"].get(speed_class)
    return Estimate(resources=cells, clock=reached and (reached["slowest"], reached["fastest"]))
