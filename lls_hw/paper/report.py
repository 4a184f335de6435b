"""Tables and learning curves of results."""

from collections import defaultdict
from pathlib import Path
from statistics import mean, stdev

from lls_hw.errors import LlsError
from lls_hw.paper.results import ResultFile
from lls_hw.paper.rules import RULES
from lls_hw.tools.files import replace_file, save_figure
from lls_hw.tools.page import markdown_table
from lls_hw.tools.style import PARTS, drawing

__all__ = ["commands", "markdown", "page", "write_report"]

Group = dict[tuple[str, str, str], list[ResultFile]]
"""Results by data, model and rule, one for each seed."""


def _groups(results: list[ResultFile]) -> Group:
    found: Group = defaultdict(list)
    for result in results:
        if result.epochs:
            found[_column(result), result.cell["model"], result.cell["rule"]].append(result)
    return found


def _column(result: ResultFile) -> str:
    """Data set and deviations from the published recipe."""
    parts = [result.cell["data"]]
    if not result.cell["augment"]:
        parts.append("not augmented")
    first = "first " if result.cell["limit"] is not None else ""
    parts.append(f"{first}{result.about['train_images']:,} images")
    return ", ".join(parts)


def _spread(values: list[float]) -> str:
    """Mean and, with several seeds, standard deviation, in percent."""
    text = f"{100 * mean(values):.2f}"
    return f"{text} ± {100 * stdev(values):.2f}" if len(values) > 1 else text


def markdown(results: list[ResultFile]) -> str:
    """A table for each network and data set: accuracy in percent after each epoch, and the best."""
    groups, lines = _groups(results), []
    order = list(RULES)
    for model, data in sorted({(model, data) for data, model, _ in groups}):
        rows = {rule: found for (d, m, rule), found in groups.items() if (d, m) == (data, model)}
        epochs = max(len(r.epochs) for found in rows.values() for r in found)
        shown = range(epochs) if epochs <= 6 else sorted({0, *range(9, epochs, 10), epochs - 1})
        heads = [f"epoch {e + 1}" for e in shown]
        table = [["rule", "seeds", *heads, "best", "train loss", "samples/CPU-s"]]
        for rule in sorted(rows, key=order.index):
            table.append(_row(rule, rows[rule], list(shown)))
        lines += [f"**{model}, {data}**", "", markdown_table(table)]
    return "\n".join(lines)


def commands(results: list[ResultFile]) -> str:
    """The command lines that made the results, each once."""
    found = dict.fromkeys(result.about["command"] for result in results)
    return "".join(f"    {command}\n" for command in found)


def page(results: list[ResultFile]) -> str:
    """Tables and commands, for a page of documentation."""
    return f"{markdown(results)}\nMade by\n\n{commands(results)}"


def _row(rule: str, found: list[ResultFile], shown: list[int]) -> list[str]:
    shortest = min(len(result.epochs) for result in found)
    cells = [
        _spread([result.accuracy()[e] for result in found]) if e < shortest else "" for e in shown
    ]
    losses = [result.epochs[-1]["train_loss"] for result in found]
    loss = "diverged" if None in losses else f"{mean(losses):.3f}"
    images = sum(len(r.epochs) * r.about["train_images"] for r in found)
    seconds = sum(epoch["cpu_seconds"] for result in found for epoch in result.epochs)
    best = _spread([max(result.accuracy()) for result in found])
    return [RULES[rule].title, str(len(found)), *cells, best, loss, f"{images / seconds:,.0f}"]


def write_report(results: list[ResultFile], folder: Path) -> list[Path]:
    """Writes results.md and the pictures; returns their paths."""
    if not results:
        raise LlsError(f"There are no results in {folder}; run a cell first, without --report.")
    try:
        return _write(results, folder)
    except OSError as error:
        raise LlsError(
            f"{error.filename} cannot be written ({error.strerror}); choose another folder with "
            "--out."
        ) from error


def _write(results: list[ResultFile], folder: Path) -> list[Path]:
    page = folder / "results.md"
    text = f"# Results\n\n{markdown(results)}\nThe commands:\n\n{commands(results)}"
    replace_file(page, text)
    paths = [page]
    groups = _groups(results)
    for model, data in sorted({(model, data) for data, model, _ in groups}):
        name = "".join(c if c.isalnum() else "-" for c in f"{model}-{data}".replace(", ", "-"))
        paths.append(folder / f"curves-{name}.png")
        rows = {rule: r for (d, m, rule), r in groups.items() if (d, m) == (data, model)}
        _draw_curves(f"{model}, {data}", rows, paths[-1])
    paths.append(folder / "table.png")
    _draw_table(groups, paths[-1])
    return paths


def _draw_curves(title: str, rows: dict[str, list[ResultFile]], path: Path) -> None:
    """Test accuracy and training loss of every rule over the epochs."""
    from matplotlib.figure import Figure

    order = list(RULES)
    with drawing():
        figure = Figure(figsize=(11, 4.4), layout="constrained")
        left, right = figure.subplots(1, 2)
        for rule in sorted(rows, key=order.index):
            place = order.index(rule)
            style = {"color": PARTS[place % len(PARTS)], "marker": "o",
                     "linestyle": "-" if place < len(PARTS) else "--"}  # fmt: skip
            for index, result in enumerate(rows[rule]):
                label = RULES[rule].title if index == 0 else None
                epochs = range(1, len(result.epochs) + 1)
                left.plot(epochs, [100 * a for a in result.accuracy()], label=label, **style)
                losses = [float("nan") if v is None else v for v in result.accuracy("train_loss")]
                right.plot(epochs, losses, label=label, **style)
        left.set(xlabel="epoch", ylabel="test accuracy, %")
        left.set_title(title)
        right.set(xlabel="epoch", ylabel="training loss of the classifier", yscale="log")
        for axes in (left, right):
            axes.xaxis.get_major_locator().set_params(integer=True)
        right.legend(loc="center left", bbox_to_anchor=(1, 0.5))
        save_figure(path, figure, dpi=110)


def _draw_table(groups: Group, path: Path) -> None:
    """Draws the best test accuracies: rules as rows, networks and data sets as columns."""
    from matplotlib.figure import Figure

    columns = sorted({(model, data) for data, model, _ in groups})
    rules = [rule for rule in RULES if any(rule == r for _, _, r in groups)]
    texts = [
        [
            _spread([max(r.accuracy()) for r in groups[data, model, rule]])
            + f"\n({max(len(r.epochs) for r in groups[data, model, rule])} epochs)"
            if (data, model, rule) in groups else "not run"
            for model, data in columns
        ]
        for rule in rules
    ]  # fmt: skip
    with drawing():
        figure = Figure(figsize=(2 + 2 * len(columns), 1 + 0.45 * len(rules)), layout="constrained")
        axes = figure.subplots()
        axes.axis("off")
        table = axes.table(
            texts, rowLabels=[RULES[rule].title for rule in rules],
            colLabels=[f"{model}\n{data}" for model, data in columns], loc="center",
            cellLoc="center",
        )  # fmt: skip
        table.scale(1, 2)
        axes.set_title("best test accuracy, %")
        save_figure(path, figure, dpi=110)
