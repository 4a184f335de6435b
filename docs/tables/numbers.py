"""The README's numbers, and those of runs on the simulated board."""

from typing import Any

from docs.tables.builds import report
from docs.tables.source import command, result
from lls_hw.contract.config import preset
from lls_hw.tools.page import markdown_table

__all__ = ["adaptation", "crc", "readme"]


def _percent(value: float, digits: int = 2) -> str:
    return f"{100 * value:.{digits}f} %"


def _training(name: str) -> list[list[str]]:
    """A training run on a simulated board: what it used, by the board's counters."""
    found = result(f"train-{name}.json")
    cycles = found["cycles"]
    array = f"{found['rows']} x {found['cols']}"
    equal = "; all weights equal to the golden model's" if found["verified"] else ""
    steps = found["images"] // found["batch"] * len(found["epochs"])
    network = f"`{found['network']}`, batch {found['batch']}, {array} multipliers"
    use = (
        f"{_percent(cycles['utilisation'], 1)}; {cycles['cycles_per_sample']:,.0f} cycles a sample"
    )
    return [[f"utilisation of the multipliers, {network}", f"{use}; {steps:,} steps{equal}",
             command(found["command"])]]  # fmt: skip


def _accuracy(what: str, name: str) -> list[str]:
    """The first seed of a study's runs."""
    found = result(f"study/{name}-0.json")
    text = _percent(found["test_accuracy"])
    if found.get("vote_accuracy") is not None:
        text += f", by votes {_percent(found['vote_accuracy'])}"
    images, epochs = f"{found['train_images']:,} images", len(found["epochs"])
    title = f"{what}, {images}, {epochs} epoch{'s' if epochs > 1 else ''}"
    return [f"golden model, {title}", text, command(found["command"])]


def _bitstream(name: str) -> list[str]:
    found = report(name)
    cells = found["resources"]
    rows, cols = preset(name).rows, preset(name).cols
    used = f"{cells['LUT']['used']:,} LUT, {cells['FF']['used']:,} FF, {cells['DSP']['used']} "
    used += f"multipliers, {cells['BRAM']['used']} of {cells['BRAM']['available']} block RAMs"
    text = f"{found['reached']:.1f} MHz ({found['asked']} asked), {used}"
    minutes = f"{found['total_seconds'] / 60:.0f} minutes"
    return [f"bitstream for the ULX3S-85F, preset `{name}`, {rows} x {cols} multipliers",
            f"{text}; {minutes}", f"`sh bench/ulx3s_85f.sh {name}`"]  # fmt: skip


def readme() -> str:
    """Results with the commands that made them."""
    mlp, adapt = result("train-mlp-mnist.json"), result("adapt-rotated.json")
    random, speed = result("random-networks.json"), result("simulator-speed.json")
    arrays = ", ".join(name.replace("x", " x ") for name in random["arrays"])
    differences = len(random["differences"]) or "no"
    idle = f"{_percent(speed['cycles_outside_of_training_steps'], 1)} of the cycles lie between"
    rows = [
        ["what", "result", "command"],
        ["one epoch of MNIST, `mlp`, on the simulated board",
         f"{_percent(mlp['epochs'][-1]['test_accuracy'])} of the test images; all weights equal to "
         "the golden model's", command(mlp["command"])],
        *_training("mlp-mnist"), *_training("tinyconv-fashion"), *_training("tinyconv-lab"),
        *_training("smallconv-lab"), *_training("smallconv-sdram"),
        *_training("smallconv32-sdram"),
        [f"{random['networks']} random convolutional networks on {arrays} multipliers",
         f"{differences} difference from the golden model in results, weights, shifts and cycles",
         f"`{random['command']}`"],
        [f"`{adapt['network']}`, trained on Fashion-MNIST, learns {adapt['adapted_to']} rotated "
         "images on the simulated board",
         f"{_percent(adapt['before'], 1)} before, {_percent(adapt['after'], 1)} after",
         command(adapt["command"])],
        _accuracy("784-100-50-10, MNIST", "nitro-mnist-plain"),
        _accuracy("`smallconv32`, CIFAR-10", "smallconv32-integer"),
        ["speed of the simulated board, `small`, training `mlp`",
         f"{speed['cycles_per_second']:,} cycles/s; {idle} training steps",
         command(speed["command"])],
        _bitstream("small"), _bitstream("large"),
    ]  # fmt: skip
    return markdown_table(rows)


def adaptation() -> str:
    """Accuracy before and after the adaptation."""
    found: dict[str, Any] = result("adapt-rotated.json")
    first, last = found["curve"][0], found["curve"][-1]
    gain = 100 * (found["after"] - found["before"])
    scratch = found["from_scratch"][-1]["shifted"]
    rows = [
        ["what", "result"],
        [f"{found['tested_on_board']} shifted test images on the board, before",
         _percent(found["before"], 1)],
        [f"the same after {found['adapted_to']} shifted images",
         f"{_percent(found['after'], 1)}: {gain:.1f} points more"],
        ["the same images from random weights (golden model)", _percent(scratch, 1)],
        ["original test images (golden model)",
         f"{_percent(first['original'], 1)} before, {_percent(last['original'], 1)} after"],
        ["on the board, with both tests",
         f"{found['seconds_on_board']:.0f} s, {found['cycles_on_board']:,} cycles"],
        ["weights", "equal to the golden model's" if found["verified"] else "not compared"],
    ]  # fmt: skip
    return f"{markdown_table(rows)}\n{command(found['command'])}\n"


def crc() -> str:
    """How often a checksum of each length would miss damage, if one frame in 1,000 is damaged."""
    frames = result("train-mlp-mnist.json")["link"]["frames_sent"]
    rows = [["CRC", f"epochs of MNIST ({frames:,} frames) between two wrong frames"]]
    for bits in (16, 32):
        epochs = 1000 * 2**bits / frames
        digits = 10 ** (len(str(round(epochs))) - 2)
        rows.append([f"{bits} bits", f"{round(epochs / digits) * digits:,}"])
    return markdown_table(rows)
