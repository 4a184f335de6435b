"""Accuracies of the integer rule and of floating point, from the files of bench/results/study."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from docs.tables.source import RESULTS, command, result
from lls_hw.tools.page import markdown_table

__all__ = [
    "BOTH", "Run", "accuracies", "choices", "collect", "differences", "ideas", "momentum",
    "schedules",
]  # fmt: skip

STUDY = RESULTS / "study"
PUBLISHED = {
    "bp": "BP: BatchNorm, AdamW",
    "lls-square": "LLS as published: BatchNorm, AdamW",
    "lls-mxm": "LLS-MxM as published: BatchNorm, AdamW",
}
"""Rules of `lls_hw.paper` by their names."""
BOTH = "LLS, integers"
MATRIX = "LLS-MxM, integers"
FLOAT = "LLS, float64, the same recipe"
PLAIN_FLOAT = "LLS, float64, neither idea"
IDEAS = {
    ("plain", "layer"): "LLS, integers, neither idea",
    ("own", "layer"): "LLS, integers, normalised only",
    ("plain", "channel"): "LLS, integers, steps of channels only",
}
"""Runs without one of the two ideas: recipe and kind of steps."""
SEEN = 6
"""Version of the interface since which absent gradients leave a channel's size alone."""
EARLIER = "\\*"
"""Mark of results from before."""
ORDER = [*IDEAS.values(), PLAIN_FLOAT, BOTH, MATRIX, FLOAT, *reversed(PUBLISHED.values())]


@dataclass(frozen=True)
class Run:
    """One training."""

    setting: tuple[str, str, int]
    """Network, data set, training images."""
    line: str
    batch: int
    curve: tuple[float, ...]
    """Test accuracy after each epoch."""
    classifier: float
    """Of the classifier at the end."""
    vote: float | None
    """Of all layers' votes at the end."""
    test_images: int
    command: str
    earlier: bool = False
    """An earlier release had other steps of channels."""


def _after(words: list[str], option: str, default: str) -> str:
    return words[words.index(option) + 1] if option in words else default


def _step(words: list[str]) -> str:
    """Kind of steps of a command."""
    plain = "plain-" in _after(words, "--network", "")
    return _after(words, "--step", "layer" if plain else "channel")


def _earlier(found: dict[str, Any], step: str) -> bool:
    """Whether the steps of channels were those of an earlier release."""
    integers = found["arithmetic"] == "integer"
    return integers and step == "channel" and found.get("interface", 0) < SEEN


def _engine(found: dict[str, Any]) -> Run:
    """A result of bench/accuracy.py."""
    words, network = found["command"].split(), found["network"]
    recipe = "plain" if network.startswith("plain-") else "own"
    step = _step(words)
    line = IDEAS.get((recipe, step), BOTH)
    if "matrix" in words:
        line = MATRIX
    if found["arithmetic"] == "float64":
        line = FLOAT if recipe == "own" else PLAIN_FLOAT
    return Run(
        (network.removeprefix("plain-").removesuffix("32"), found["data"], found["train_images"]),
        line, found["batch"], tuple(e["test_accuracy"] for e in found["epochs"]),
        found.get("classifier_accuracy", found["test_accuracy"]),
        found.get("vote_accuracy"), found["test_images"], found["command"],
        _earlier(found, step),
    )  # fmt: skip


def _published(found: dict[str, Any]) -> Run:
    """The same of a cell of lls_hw.paper.reproduce."""
    cell, about = found["cell"], found["about"]
    return Run(
        (cell["model"], cell["data"], about["train_images"]), PUBLISHED[cell["rule"]],
        cell["batch"], tuple(e["test_accuracy"] for e in found["epochs"]),
        found["epochs"][-1]["test_accuracy"], None,
        about["test_images"], about["command"],
    )  # fmt: skip


def _read() -> Iterator[Run]:
    for path in sorted(STUDY.rglob("*.json")):
        found = json.loads(path.read_text())
        yield (_published if "cell" in found else _engine)(found)


def collect() -> dict[tuple[str, str, int], dict[tuple[str, int, int], list[Run]]]:
    """Runs of all seeds by setting and by line, batch and epochs."""
    found: dict[tuple[str, str, int], dict[tuple[str, int, int], list[Run]]] = {}
    for run in _read():
        key = run.line, run.batch, len(run.curve)
        found.setdefault(run.setting, {}).setdefault(key, []).append(run)
    return found


def _title(setting: tuple[str, str, int]) -> str:
    network, data, images = setting
    return f"{network}, {data}, {images:,} images"


def _numbers(values: list[float]) -> str:
    """The mean in percent, and each of several seeds."""
    text = f"{100 * mean(values):.2f}"
    if len(values) > 1:
        text += f" ({', '.join(f'{100 * value:.2f}' for value in values)})"
    return text


def accuracies() -> str:
    """One table a setting, and the commands."""
    page, commands = "Test accuracy after the last epoch in percent.\n", set()
    for setting, lines in sorted(collect().items()):
        rows = [["rule", "batch", "epochs", "classifier: mean (each seed)", "votes of all layers"]]
        for (line, batch, epochs), runs in sorted(lines.items(), key=_place):
            votes = [run.vote for run in runs if run.vote is not None]
            rows.append([
                line, str(batch), str(epochs),
                _numbers([run.classifier for run in runs]) + _mark(runs),
                _numbers(votes) if votes else "",
            ])  # fmt: skip
            commands |= {_without_seed(run.command) for run in runs}
        page += f"\n**{_title(setting)}**\n\n{markdown_table(rows)}"
    return page + "\nThe commands:\n\n" + "".join(f"    {text}\n" for text in sorted(commands))


def _mark(runs: list[Run]) -> str:
    return EARLIER if any(run.earlier for run in runs) else ""


def _place(item: tuple[tuple[str, int, int], list[Run]]) -> tuple[int, int, int]:
    (line, batch, epochs), _ = item
    return ORDER.index(line), batch, epochs


def _without_seed(text: str) -> str:
    """A command without its seed and the files it wrote."""
    words = command(text).strip("`").split()
    if "--seed" in words:
        place = words.index("--seed")
        del words[place : place + 2]
    return " ".join(words)


def differences() -> str:
    """Points between the integers and floating point, in the mean of all seeds, at equal epochs.

    Of the integers, the largest batch counts.
    """
    rows = [["network, data, images", "float64 − integers", "published − integers",
             "BP − integers"]]  # fmt: skip
    others = FLOAT, PUBLISHED["lls-square"], PUBLISHED["bp"]
    for setting, lines in sorted(collect().items()):
        own = {key: runs for key, runs in lines.items() if key[0] == BOTH}
        if not own:
            continue
        (_, _, epochs), runs = max(own.items(), key=lambda item: item[0][1])
        base = mean(run.classifier for run in runs)
        row = [_title(setting)]
        for other in others:
            equal = [
                run.classifier
                for (line, _, count), found in lines.items()
                for run in found
                if (line, count) == (other, epochs)
            ]
            row.append(_points(mean(equal) - base) if equal else "")
        rows.append(row)
    return markdown_table(rows)


def ideas() -> str:
    """Two networks on 10,000 images of CIFAR-10 with and without each idea."""
    found = collect()
    settings = [(network, "cifar10", 10000) for network in ("smallconv", "tinyconv")]
    rows = [["CIFAR-10, 10,000 images, 8 epochs", *(name for name, _, _ in settings)]]
    for line in ORDER:
        cells = []
        for setting in settings:
            runs = [run for key, each in found[setting].items() if key[0] == line for run in each]
            votes = [run.vote for run in runs if run.vote is not None]
            cells.append(_both([run.classifier for run in runs], votes) + _mark(runs))
        if any(cells):
            rows.append([line, *cells])
    return markdown_table(rows)


def _both(own: list[float], votes: list[float]) -> str:
    """Means of the classifier and of votes in percent."""
    text = f"{100 * mean(own):.1f}" if own else ""
    return f"{text}, votes {100 * mean(votes):.1f}" if votes else text


def choices() -> str:
    """Settings compared on held-out training images: each command's options and accuracies."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted((RESULTS / "choices").glob("*.json")):
        found.setdefault(path.stem.rpartition("-")[0], []).append(json.loads(path.read_text()))
    rows = [["network, data, epochs", "options", "classifier: mean (each seed)", "votes"]]
    for runs in found.values():
        first = runs[0]
        words = _without_seed(first["command"]).split()
        named = {"--network", "--data", "--data-dir", "--epochs", "--held-out", "--device"}
        pairs = list(zip(words, [*words[1:], ""], strict=True))
        dropped = {place + step for place, (word, _) in enumerate(pairs) if word in named
                   for step in (0, 1)}  # fmt: skip
        options = [word for place, word in enumerate(words) if place > 1 and place not in dropped]
        shown = " ".join(option for option in options if option != "--compile")
        rows.append([
            f"{first['network']}, {first['data']}, {len(first['epochs'])}",
            f"`{shown}`" if shown else "",
            _numbers([run["classifier_accuracy"] for run in runs])
            + EARLIER * any(_earlier(run, _step(words)) for run in runs),
            _numbers([run["vote_accuracy"] for run in runs]) if first["vote_accuracy"] else "",
        ])  # fmt: skip
    return markdown_table(rows)


def schedules() -> str:
    """Half a cosine instead of the default schedule, on held-out training images."""
    tried = {"default": "the default", **{f"cosine{a}": f"from 2^−{a}" for a in ("9", "9.5", "10")}}
    rows = [["network, data, epochs", *tried.values()]]
    for network in ("smallconv32", "tinyconv32", "tinyconv", "smallconv"):
        row: list[str] = []
        for name in tried:
            paths = sorted((RESULTS / "schedules").glob(f"{network}-{name}-?.json"))
            runs = [json.loads(path.read_text()) for path in paths]
            row.append(_numbers([run["classifier_accuracy"] for run in runs]))
        rows.append([f"{network}, {runs[0]['data']}, {len(runs[0]['epochs'])}", *row])
    return markdown_table(rows)


def _points(difference: float) -> str:
    return f"{round(100 * difference, 1) + 0.0:+.1f}".replace("-", "−")


def momentum() -> str:
    """`tinyconv` with and without momentum, by the recipe without both ideas."""
    files = {
        "none": "tinyconv.json", "3/4": "tinyconv-m2-lr2.json", "7/8": "tinyconv-m3-lr3.json",
    }  # fmt: skip
    rows = [["momentum", "last epoch", "best epoch"]]
    for name, file in files.items():
        found = result(str(Path("momentum") / file))
        curve = [epoch["test_accuracy"] for epoch in found["epochs"]]
        rows.append([name, f"{100 * curve[-1]:.2f} %", f"{100 * max(curve):.2f} %"])
    return markdown_table(rows)
