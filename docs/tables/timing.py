"""Cycles of the local update unit, from the formulas that gateware and compiler share."""

from dataclasses import replace
from math import isqrt

from lls_hw.contract.config import MAX_MODULATION_DEPTH, preset
from lls_hw.contract.modulation import MODULATIONS
from lls_hw.contract.timing_local import (
    gather_cycles,
    modulation_walk,
    scatter_drain,
    signal_cycles,
    term_cycles,
)
from lls_hw.contract.units import Operation
from lls_hw.network.file import load_network
from lls_hw.program.compiler import compile_network
from lls_hw.tools.page import markdown_table

__all__ = ["local_cycles_of_mlp", "local_parts", "modulation_cycles"]

_SMALL = preset("small")
_CLASSES = 10


def _plus(constant: int) -> str:
    return f" + {constant}" if constant else ""


def local_parts() -> str:
    """Cycles of each part of a slot, in symbols."""
    lanes = _SMALL.lanes
    layer = gather_cycles(_SMALL, classifier=False, length=0, classes=lanes) - lanes
    last = gather_cycles(_SMALL, classifier=True, length=0, classes=lanes)
    softmax = signal_cycles(classifier=True, classes=0)
    slope = signal_cycles(classifier=True, classes=1) - softmax
    cosine = term_cycles(replace(_SMALL, basis_bits=8))
    rows = [
        ["part", "layer", "classifier"],
        ["addresses of Gather, A", "G d + (G − 1) lanes", "K"],
        ["Gather", f"A + K′{_plus(layer)}", f"A{_plus(last)}"],
        ["Loss", f"{slope} K{_plus(signal_cycles(classifier=False, classes=0))}",
         f"{slope} K{_plus(softmax)}"],
        ["Scatter, B", "(G − 1) d + T cols + L", "T cols + L"],
        ["slot in the middle of a batch", "1 + max(Gather, Loss, A + B)", "the same"],
    ]  # fmt: skip
    note = (
        f"L is {scatter_drain(_SMALL)} for {lanes} lanes. With the cosine basis, Gather of a layer "
        f"and L take {cosine} cycle more.\n"
    )
    return f"{markdown_table(rows)}\n{note}"


def local_cycles_of_mlp() -> str:
    """Cycles per sample of the network `mlp`."""
    network = load_network("mlp")
    program = compile_network(network, _SMALL, network.training.batch)
    rows = [["layer", "cycles per sample"]]
    for span in program.spans:
        if span.descriptor.operation == Operation.LOCAL:
            (inputs, outputs), last = (
                network.shapes[span.descriptor.layer],
                span.descriptor.classifier,
            )
            name = f"{inputs} → {outputs}{', classifier' if last else ''}"
            rows.append([name, f"{(span.end - span.start) / program.batch:.1f}"])
    widths = "-".join(str(n) for n in (network.inputs, *(n for _, n in network.shapes)))
    note = (
        f"{widths} at batch {program.batch}, preset `small`, cycles per sample including the first "
        "and last slots of the batch:\n"
    )
    return f"{note}\n{markdown_table(rows)}"


def modulation_cycles() -> str:
    """Cycles of Loss with and without a modulation."""
    zero = signal_cycles(classifier=False, classes=0, modulation=1)
    walk = modulation_walk(1, 1)
    entries = signal_cycles(classifier=False, classes=1, modulation=1) - zero
    factor = (
        signal_cycles(classifier=False, classes=2, modulation=2)
        - signal_cycles(classifier=False, classes=2, modulation=1)
    ) // (modulation_walk(2, 2) - modulation_walk(1, 2))
    rows = [["modulation", f"cycles of Loss, {_CLASSES} classes"]]
    for number, name in enumerate(MODULATIONS):
        cycles = signal_cycles(classifier=False, classes=_CLASSES, modulation=number)
        rows.append([name, str(cycles)])
    formula = f"    Loss = {entries - factor * walk} K + {zero} + {factor} W\n"
    most = isqrt(MAX_MODULATION_DEPTH)
    note = (
        f"A descriptor addresses {MAX_MODULATION_DEPTH:,} entries: a matrix has at most {most} "
        "classes.\n"
    )
    return f"{formula}\n{markdown_table(rows)}\n{note}"
