"""Learning rules of the paper and its baselines, as data."""

from dataclasses import dataclass
from enum import Enum

from lls_hw.paper.networks import RecipeError

__all__ = ["Basis", "Modulation", "RULES", "Rule", "Signal", "rule"]


class Signal(Enum):
    """Where the error of a block comes from."""

    LOCAL = "local"
    """From the block's head."""
    BACKPROPAGATION = "backpropagation"
    """From the next block."""
    FEEDBACK = "feedback"
    """DFA: from the network's error through a fixed random matrix."""
    SIGN_FEEDBACK = "sign feedback"
    """sDFA: from the sign of the network's error through a fixed random matrix."""
    TARGET = "target"
    """DRTP: from the label through a fixed random matrix."""


class Basis(Enum):
    """Vectors with which a local head compares the latents."""

    COSINE = "cosine"
    """sin(f t), which the paper calls cosine."""
    SQUARE = "square"
    """The sign of sin(f t)."""
    RANDOM = "random"
    """Fixed normal numbers."""
    TRAINED = "trained"
    """A linear classifier that is trained as well."""


class Modulation(Enum):
    """Trained factors between the scores and the softmax."""

    NONE = "none"
    VECTOR = "vector"
    """LLS-M: one factor for each class."""
    MATRIX = "matrix"
    """LLS-MxM."""
    REDUCED = "reduced"
    """LLS-MxM with a basis whose number of rows the network chooses."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One row of the tables."""

    name: str
    title: str
    """Name in tables."""
    signal: Signal = Signal.LOCAL
    basis: Basis = Basis.SQUARE
    modulation: Modulation = Modulation.NONE
    tanh: bool = False
    """Whether the activation is tanh instead of LeakyReLU, as published with DRTP."""

    @property
    def local(self) -> bool:
        """Whether no block waits for a later one."""
        return self.signal in (Signal.LOCAL, Signal.TARGET)

    @property
    def normalised(self) -> bool:
        """Whether the head sees only the direction of the latents."""
        return self.basis in (Basis.COSINE, Basis.SQUARE)


RULES = {
    rule.name: rule
    for rule in (
        Rule(name="bp", title="BP", signal=Signal.BACKPROPAGATION),
        Rule(name="dfa", title="DFA", signal=Signal.FEEDBACK),
        Rule(name="sdfa", title="sDFA", signal=Signal.SIGN_FEEDBACK),
        Rule(name="drtp", title="DRTP", signal=Signal.TARGET, tanh=True),
        Rule(name="local-losses", title="LocalLosses", basis=Basis.TRAINED),
        Rule(name="lls-cosine", title="LLS cosine", basis=Basis.COSINE),
        Rule(name="lls-square", title="LLS square"),
        Rule(name="lls-random", title="LLS random", basis=Basis.RANDOM),
        Rule(name="lls-m", title="LLS-M", modulation=Modulation.VECTOR),
        Rule(name="lls-mxm", title="LLS-MxM", modulation=Modulation.MATRIX),
        Rule(name="lls-mxm-reduced", title="LLS-MxM reduced", modulation=Modulation.REDUCED),
        Rule(name="lls-m-cosine", title="LLS-M cosine", basis=Basis.COSINE,
             modulation=Modulation.VECTOR),
        Rule(name="lls-mxm-cosine", title="LLS-MxM cosine", basis=Basis.COSINE,
             modulation=Modulation.MATRIX),
        Rule(name="lls-m-random", title="LLS-M random", basis=Basis.RANDOM,
             modulation=Modulation.VECTOR),
        Rule(name="lls-mxm-random", title="LLS-MxM random", basis=Basis.RANDOM,
             modulation=Modulation.MATRIX),
    )
}  # fmt: skip
"""All rules by their names."""


def rule(name: str) -> Rule:
    """The rule of that name."""
    if name not in RULES:
        raise RecipeError(f"There is no rule {name!r}; choose one of {', '.join(RULES)}.")
    return RULES[name]
