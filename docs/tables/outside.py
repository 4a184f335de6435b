"""Weights outside the chip: trainings and bitstreams, from their results."""

import json

from docs.tables.source import BENCH, command, result
from lls_hw.contract.config import preset
from lls_hw.contract.line import BAUD, rate_text
from lls_hw.network.file import load_network
from lls_hw.program.compiler import compile_network
from lls_hw.program.speed import speed
from lls_hw.program.stored import fetch_cycles
from lls_hw.tools.page import markdown_table

__all__ = ["bitstreams", "steps", "stored"]

_TRAININGS = ("smallconv-sdram", "smallconv32-sdram")
_STORED = ("tinyconv", "mlp", "digits")
_BITSTREAMS = (
    ("ULX3S 85F", "sdram", "ulx3s_sdram.json", "sh bench/ulx3s_85f.sh sdram 75"),
    ("Colorlight i5", "tiny-sdram", "colorlight-i5_tiny-sdram.json",
     "sh bench/colorlight.sh colorlight-i5"),
    ("Colorlight 5A-75B V7.0", "tiny-sdram", "colorlight-5a75b_tiny-sdram.json",
     "sh bench/colorlight.sh colorlight-5a75b"),
)  # fmt: skip


def steps() -> str:
    """Cycles and waits of a training step, as a simulated board counts them and as planned."""
    rows = [["network, data, batch", "cycles of a step", "waiting for weights", "multipliers used"]]
    for name in _TRAININGS:
        found = result(f"train-{name}.json")
        cycles = found["cycles"]
        pairs = [
            f"{cycles[key]:,} counted, {cycles['predicted_' + key]:,} predicted"
            for key in ("cycles", "memory_wait_cycles")
        ]
        about = f"{found['network']}, {found['data']}, {found['batch']}"
        rows.append([about, *pairs, f"{100 * cycles['utilisation']:.1f} %"])
    commands = [command(result(f"train-{name}.json")["command"]) for name in _TRAININGS]
    return markdown_table(rows) + "\n" + "".join(f"{text}\n\n" for text in commands)


def stored() -> str:
    """What training on stored samples takes and gives, as it is planned."""
    config = preset("sdram")
    clocks = json.loads((BENCH / "ulx3s_sdram.json").read_text())["clocks"].values()
    frequency = round(min(clock["wanted"] for clock in clocks))
    rows = [["network, batch", "cycles that bring a sample", "cycles that train it",
             f"samples/s at {frequency} MHz, stored", f"sent over {rate_text(BAUD)}"]]  # fmt: skip
    for name in _STORED:
        network = load_network(name)
        program = compile_network(network, config, network.training.batch)
        rates = speed(program, frequency, BAUD)
        rows.append([
            f"{name}, {program.batch}", f"{fetch_cycles(program):,}", f"{rates.cycles:,.0f}",
            f"{rates.stored:,.0f}, limited by the {rates.stored_limit}", f"{rates.link:,.0f}",
        ])  # fmt: skip
    return markdown_table(rows)


def bitstreams() -> str:
    """Cells and clocks of the boards with an SDRAM."""
    rows = [["board, preset", "multipliers", "MHz asked", "MHz reached", "LUT", "block RAMs",
             "command"]]  # fmt: skip
    for board, name, file, made in _BITSTREAMS:
        report = json.loads((BENCH / file).read_text())
        slowest = min(report["clocks"].values(), key=lambda clock: clock["achieved"])
        cells = [
            f"{report['resources'][kind]['used']:,} of {report['resources'][kind]['available']:,}"
            for kind in ("LUT", "BRAM")
        ]
        rows.append([
            f"{board}, `{name}`", str(preset(name).macs_per_cycle), f"{slowest['wanted']:.0f}",
            f"{slowest['achieved']:.1f}", *cells, f"`{made}`",
        ])  # fmt: skip
    return markdown_table(rows)
