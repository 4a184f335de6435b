"""What limits a run: the engine, the line, or something else."""

from dataclasses import dataclass

from lls_hw.boards import find_board
from lls_hw.contract.counters import COUNTER_BITS
from lls_hw.contract.usb import link_text
from lls_hw.program.compiler import Program
from lls_hw.program.speed import ENGINE, Speed, speed
from lls_hw.session.model import Model
from lls_hw.tools.html import bar, bars, section
from lls_hw.tools.style import CAPACITY

__all__ = ["Rates", "measured_rates", "rates_of", "rates_section", "rates_text", "reference_rates"]

COMPUTER = "computer"
"""What keeps neither the engine nor the line busy."""
TRANSPORT = "computer or the transport"
"""The same where nothing is known of the way to the board."""
_UNKNOWN = 10**12
"""A rate that never limits."""
_BUSY = 0.9
"""Share of its time from which something is what limits."""
_COUNTED = 2**COUNTER_BITS / 125e6
"""Seconds that a board's clock counts before it begins again, at more than any engine's clock."""
_REFERENCE = find_board("ulx3s")
"""The board whose clock and line a simulation is compared with."""


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Training samples a second of the parts of a board, and of all together."""

    engine: float
    line: float | None
    """None for a transport whose rate is not known."""
    line_name: str
    """What the line is: a serial line, or USB."""
    both: float
    limit: str
    """The slowest of them, or COMPUTER."""
    measured: bool
    """Whether a board has been measured; otherwise, all is calculated."""
    stored: bool
    """Whether samples lie in the board's external memory. The line brings those that do not fit."""
    source: str
    """Where the numbers come from: a sentence."""


def rates_of(model: Model) -> Rates | None:
    """Those of a model's last epoch on a board, or those to expect; None without an engine."""
    program, board = model.program, model.board
    if program is None:
        return None
    last = model.history[-1] if model.history else None
    kept = min(1.0, model.stored / _images(model)) if model.stored else 0.0
    if last and board.line and last.board_seconds:
        rate, time = _images(model) / last.board_seconds, f", in the time of a board ({board.line})"
        idle, baud = last.array_idle_for_link, board.line.baud
        return measured_rates(program, rate, idle, baud, kept, time)
    if board.device and not board.simulated and last:
        idle = last.array_idle_for_link if last.seconds < _COUNTED else None
        rate = trained_rate(model)
        return measured_rates(program, rate, idle, board.device.baud, kept)
    return reference_rates(program, kept)


def trained_rate(model: Model) -> float:
    """Training samples a second of the last epoch."""
    return _images(model) / max(model.history[-1].seconds, 0.01)


def _images(model: Model) -> int:
    """Images that an epoch trains."""
    images = model.meta["images"]
    assert isinstance(images, int)
    return images // model.batch * model.batch


def reference_rates(program: Program, kept: float) -> Rates:
    """What a board would do, as calculated from exact cycles; `kept` as of `speed`, 0 if no sample
    is stored."""
    clock = _REFERENCE.variant(_REFERENCE.default).frequency
    rate: Speed = speed(program, clock, _REFERENCE.baud, kept)
    found = rate.stored if kept else None
    return Rates(
        engine=rate.engine,
        line=rate.link,
        line_name=rate.line_name,
        both=found or rate.samples,
        limit=rate.stored_limit if found and rate.stored_limit else rate.limit,
        measured=False,
        stored=found is not None,
        source=f"Calculated, not measured: for a clock of {clock:g} MHz and a serial line of "
        f"{_REFERENCE.baud / 1e6:g} Mbaud, those of the {_REFERENCE.title}.",
    )


def measured_rates(
    program: Program,
    samples: float,
    idle: float | None,
    baud: int | None,
    kept: float,
    time: str = "",
) -> Rates:
    """From samples a second of a run and the share of its cycles that the array had none.

    Without that share, the engine's clock is taken to be that of the board of comparison. `baud` is
    that of the line, None for another transport. `time` says whose time it is, if not this
    computer's; `kept` is as of `reference_rates`.
    """
    clock = _REFERENCE.variant(_REFERENCE.default).frequency
    rate = speed(program, clock, baud or _UNKNOWN, kept)
    if idle is None:
        engine = rate.engine
        idle = max(0.0, 1 - samples / engine)
        source = (
            f"The engine alone is calculated for {clock:g} MHz, because the epoch was longer than "
            "the board's clock counts; "
        )
    else:
        engine = samples / (1 - idle) if idle < 1 else float("inf")
        source = "The engine alone follows from the cycles in which the array waited; "
    # In a board's time there is no computer: the line's delays are left.
    rest = TRANSPORT if baud is None else rate.line_name if time else COMPUTER
    if idle <= 1 - _BUSY:
        limit = ENGINE
    elif kept:
        full = rate.stored_limit if samples >= _BUSY * (rate.stored or float("inf")) else None
        limit = full or rest
    else:
        limit = rate.line_name if baud and samples >= _BUSY * rate.link else rest
    return Rates(
        engine=engine,
        line=rate.link if baud else None,
        line_name=rate.line_name,
        both=samples,
        limit=limit,
        measured=True,
        stored=kept > 0,
        source=f"Both together: measured in the last epoch{time}. {source}"
        + (
            f"the line alone is calculated for {link_text(baud)}."
            if baud
            else "how fast the transport is alone is not known."
        ),
    )


def rates_text(rates: Rates) -> str:
    """The same in a few words."""
    together = "together, stored" if rates.stored else "together"
    line = "" if rates.line is None else f"{rates.line_name} {rates.line:,.0f}, "
    return (
        f"engine {rates.engine:,.0f}, {line}{together} {rates.both:,.0f}: the {rates.limit} limits"
    )


def rates_section(rates: Rates | None, own: float | None, kind: str) -> str:
    """Engine, line and both; `own` is the rate of the last epoch on a `kind` of board."""
    if rates is None:
        return ""
    name = "both, of stored samples" if rates.stored else "both, overlapping"
    line = {} if rates.line is None else {f"{rates.line_name} alone": rates.line}
    shown = {"engine alone": rates.engine, **line, name: rates.both}
    largest = max(shown.values())
    speeds = bars(
        bar(name, [(value / largest, CAPACITY)], f"{value:,.0f} samples/s")
        for name, value in shown.items()
    )
    here = ""
    if own is not None and not rates.measured:
        here = f" This run, on the {kind}, trained {own:,.0f} samples/s on this computer."
    return section(
        "Line against engine",
        f"<p>The {rates.limit} is what limits training.</p>",
        speeds,
        f'<p class="soft">{rates.source}{here}</p>',
    )
