"""Accuracies of the integer rule and of floating point, from the files of bench/results."""

import json
from typing import Any

from docs.tables.source import RESULTS, command, result
from lls_hw.tools.page import markdown_table

__all__ = ["collect", "differences", "smallconv", "study", "tinyconv"]

STUDY = RESULTS / "study"
RULES = {"bp": "BP, BatchNorm, AdamW", "lls-square": "LLS as published: BatchNorm, AdamW"}
Setting = tuple[str, str, int]
"""Network, data set, training images."""
Line = tuple[str, str, int]
"""Kind, name and batch of a line of a table."""
Curves = dict[Setting, dict[Line, list[list[float]]]]
"""Test accuracy after each epoch; one list a seed."""


def _plain(found: dict[str, Any]) -> tuple[Setting, Line, list[float], str]:
    """A result of bench/accuracy.py: its setting, line, curve and command."""
    kind = found["arithmetic"]
    name = "LLS on integers, the engine's" if kind == "integer" else "LLS, float64, the same recipe"
    setting = (found["network"].removesuffix("32"), found["data"], found["train_images"])
    curve = [epoch["test_accuracy"] for epoch in found["epochs"]]
    return setting, (kind, name, found["batch"]), curve, found["command"]


def _published(found: dict[str, Any]) -> tuple[Setting, Line, list[float], str]:
    """The same of a cell of lls_hw.paper.reproduce."""
    cell, about = found["cell"], found["about"]
    setting = (cell["model"], cell["data"], about["train_images"])
    curve = [epoch["test_accuracy"] for epoch in found["epochs"]]
    return setting, (cell["rule"], RULES[cell["rule"]], cell["batch"]), curve, about["command"]


def collect() -> tuple[Curves, list[str]]:
    """Curves of all seeds by setting and line; commands."""
    found: Curves = {}
    commands = set()
    for path in sorted([*RESULTS.glob("accuracy-*conv*.json"), *STUDY.rglob("*.json")]):
        content = json.loads(path.read_text())
        setting, line, curve, text = (_published if "cell" in content else _plain)(content)
        found.setdefault(setting, {}).setdefault(line, []).append(curve)
        commands.add(text)
    return found, sorted(commands)


def study() -> str:
    """One table a setting, and the commands."""
    found, commands = collect()
    page = "Test accuracy in percent.\n"
    for (network, data, images), lines in sorted(found.items()):
        rows = [["rule", "batch", "epochs", "after the last, each seed"]]
        for (_, name, batch), curves in sorted(lines.items()):
            last = ", ".join(f"{100 * curve[-1]:.2f}" for curve in curves)
            rows.append([name, str(batch), str(len(curves[0])), last])
        page += f"\n**{network}, {data}, {images:,} images**\n\n{markdown_table(rows)}"
    return page + "\nThe commands:\n\n" + "".join(f"    {text}\n" for text in commands)


def differences() -> str:
    """Points between the rules, in the mean of all seeds."""
    rows = [["network, data, images", "float64 − integers", "published − float64",
             "BP − published", "BP − integers"]]  # fmt: skip
    pairs = (
        ("float64", "integer"), ("lls-square", "float64"), ("bp", "lls-square"), ("bp", "integer"),
    )  # fmt: skip
    for (network, data, images), lines in sorted(collect()[0].items()):
        last = {
            kind: sum(100 * curve[-1] for curve in curves) / len(curves)
            for (kind, _, _), curves in lines.items()
        }
        points = [f"{round(last[a] - last[b], 1) + 0.0:+.1f}".replace("-", "−") for a, b in pairs]
        rows.append([f"{network}, {data}, {images:,}", *points])
    return markdown_table(rows)


def tinyconv() -> str:
    """`tinyconv` with and without momentum."""
    files = {
        "none": "accuracy-tinyconv.json",
        "3/4": "momentum/tinyconv-m2-lr2.json",
        "7/8": "momentum/tinyconv-m3-lr3.json",
    }
    rows = [["momentum", "last epoch", "best epoch", "command"]]
    for name, file in files.items():
        found = result(file)
        best = max(epoch["test_accuracy"] for epoch in found["epochs"])
        last = found["test_accuracy"]
        rows.append([name, f"{100 * last:.2f} %", f"{100 * best:.2f} %", command(found["command"])])
    return markdown_table(rows)


def smallconv() -> str:
    """`smallconv` after each epoch."""
    rows = [["data", "after each epoch", "command"]]
    for name in ("smallconv", "smallconv-mnist"):
        found = result(f"accuracy-{name}.json")
        curve = ", ".join(f"{100 * epoch['test_accuracy']:.2f}" for epoch in found["epochs"])
        rows.append([found["data"], curve, command(found["command"])])
    return markdown_table(rows)
