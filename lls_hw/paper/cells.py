"""Cells of the paper's tables: rule, network, data and number of epochs."""

from dataclasses import asdict, dataclass

from lls_hw.paper.networks import RecipeError, network
from lls_hw.paper.rules import rule

__all__ = ["LEARNING_RATE", "Cell", "TABLES", "Table", "cells_of", "published_epochs"]

LEARNING_RATE = 5e-3
"""As published."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows and columns of a table of the paper."""

    models: tuple[str, ...]
    data: tuple[str, ...]
    rules: tuple[str, ...]


TABLES = {
    1: Table(
        models=("smallconv", "vgg8"),
        data=("mnist", "fashion-mnist", "cifar10", "imagenette"),
        rules=("lls-cosine", "lls-square", "lls-random"),
    ),
    2: Table(
        models=("smallconvl",),
        data=("mnist", "cifar10", "cifar100"),
        rules=("lls-square", "bp", "dfa"),
    ),
    3: Table(
        models=("vgg8",),
        data=("cifar10", "cifar100", "imagenette", "tinyimagenet", "vww"),
        rules=("bp", "local-losses", "lls-square", "lls-m", "lls-mxm"),
    ),
}


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One training run. These settings determine what it computes."""

    data: str
    model: str
    rule: str
    seed: int = 0
    batch: int = 128
    learning_rate: float = LEARNING_RATE
    augment: bool = True
    limit: int | None = None
    """Train on the first images only."""

    def __post_init__(self) -> None:
        network(self.model), rule(self.rule)
        if self.batch < 2:
            raise RecipeError(
                f"The batch is {self.batch}; BatchNorm cannot normalise fewer than 2 samples: take "
                "at least 2."
            )

    @property
    def name(self) -> str:
        """Name of its result files."""
        parts = [self.data, self.model, self.rule]
        if not self.augment:
            parts.append("plain")
        if self.limit is not None:
            parts.append(f"first{self.limit}")
        return "-".join([*parts, f"seed{self.seed}"])

    def settings(self) -> dict[str, object]:
        """All settings, for JSON."""
        return asdict(self)


def published_epochs(data: str, model: str) -> int:
    """Number of epochs in the paper's scripts."""
    large = model in ("vgg8", "mobilenetv1") and data not in ("mnist", "fashion-mnist")
    return 300 if large else 100


def cells_of(
    table: int | None,
    data: list[str] | None,
    models: list[str] | None,
    rules: list[str] | None,
    seeds: list[int],
    **settings: object,
) -> list[Cell]:
    """Cells of a table; the other arguments replace its columns and rows."""
    if table is not None and table not in TABLES:
        raise RecipeError(f"There is no table {table}; the paper has 1, 2 and 3.")
    if table is None and not (data and models and rules):
        raise RecipeError("Without --table, name all of --data, --model and --rule.")
    chosen = TABLES[table or 1]
    return [
        Cell(data=d, model=m, rule=r, seed=s, **settings)  # type: ignore[arg-type]
        for m in models or chosen.models
        for d in data or chosen.data
        for r in rules or chosen.rules
        for s in seeds
    ]
