"""Which pages have regions, and which function makes each."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from docs.tables import (
    blocks,
    boards,
    builds,
    codings,
    contract,
    cores,
    costs,
    examples,
    learning,
    networks,
    numbers,
    outside,
    packages,
    speeds,
    timing,
    transfer,
    usb,
)
from lls_hw.tools.page import filled

__all__ = ["PAGES", "REGIONS", "generated"]

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
REGIONS: dict[str, Callable[[], str]] = {
    "spaces": contract.spaces,
    "registers": contract.registers,
    "descriptor-header": contract.descriptor_header,
    "descriptor-array": contract.descriptor_array,
    "descriptor-local": contract.descriptor_local,
    "units": contract.units,
    "operations": contract.operations,
    "ports": cores.ports,
    "external-ports": cores.external_ports,
    "axi-ports": cores.axi_ports,
    "axi-registers": cores.axi_registers,
    "configuration": contract.configuration,
    "presets": contract.presets,
    "formats": contract.formats,
    "limits": contract.limits,
    "local-parts": timing.local_parts,
    "local-cycles": timing.local_cycles_of_mlp,
    "modulation-cycles": timing.modulation_cycles,
    "local-cost": blocks.local_unit,
    "link-cost": blocks.link,
    "crc": numbers.crc,
    "numbers": numbers.readme,
    "adaptation": numbers.adaptation,
    "networks": networks.networks,
    "boards": boards.boards,
    "packages": packages.packages,
    "speeds": speeds.speeds,
    "input-codings": codings.codings,
    "few-speeds": speeds.few,
    "ulx3s": builds.ulx3s,
    "outside-steps": outside.steps,
    "outside-stored": outside.stored,
    "outside-bitstreams": outside.bitstreams,
    "usb-bitstreams": usb.bitstreams,
    "momentum": learning.momentum,
    "ideas": learning.ideas,
    "choices": learning.choices,
    "schedules": learning.schedules,
    "differences": learning.differences,
    "study": learning.accuracies,
    "costs": costs.costs,
    "classes": costs.classes,
    "results": costs.results,
    "transfer": transfer.transfer,
    "tutorial-toml": examples.network,
    **{
        f"tutorial-{step}": partial(examples.cell, step)
        for step in ("network", "data", "simulate", "train", "adapt", "export")
    },
}
"""Every region by its name."""


def generated(page: str) -> str:
    """The page with all its regions made anew; KeyError for a name that is not in `REGIONS`."""
    return filled(page, lambda name: REGIONS[name]())
