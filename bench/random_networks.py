"""Random networks on simulated boards of several shapes: `python bench/random_networks.py`.

Each seed determines a network, its weights, its data, and which weights live outside. Every board
trains it for three steps and then infers; predictions, probabilities, the complete training state,
the counted cycles and the trace of every operation must equal the golden model's and the
compiler's, and the weights of all boards one another's. Exits with status 1 if anything differs.
`--seed S` runs one seed.
"""

import argparse
import hashlib
import json
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from lls_hw.contract.config import Config, preset
from lls_hw.contract.units import Operation
from lls_hw.golden.compare import STEPS, compare, random_case
from lls_hw.golden.verify import Mismatch
from lls_hw.network.network import Conv, Network
from lls_hw.program.compiler import compile_network
from lls_hw.simulator.device import simulated_device
from lls_hw.tools.files import replace_file

_ENLARGED = replace(
    preset("lab"), act_depth=16384, latent_depth=8192, sign_depth=65536, basis_depth=2048,
    max_width=64,
)  # fmt: skip
SHAPES = {
    "4x4": replace(_ENLARGED, rows=4, cols=4, weight_depth=1 << 16, acc_depth=40),
    "8x8": replace(_ENLARGED, rows=8, cols=8, acc_depth=100),
    "8x16": replace(_ENLARGED, rows=8, cols=16, acc_depth=300),
    "4x8 with SDRAM": replace(
        _ENLARGED, rows=4, cols=8, acc_depth=70, external_depth=1 << 24, program_depth=4096
    ),
}
"""Arrays with accumulator memories of different depths, which cut maps into different bands. Where
there is an SDRAM, the weights of some layers live in it."""


def random_outside(seed: int, network: Network, config: Config) -> frozenset[int]:
    """Layers whose weights live outside: each with a probability of 0.6."""
    rng = np.random.default_rng((seed, 6))
    layers = range(len(network.layers) if config.external_depth else 0)
    return frozenset(layer for layer in layers if rng.random() < 0.6)


def features(network: Network, batch: int, config: Config) -> list[str]:
    """Features of the hardware that a case uses, for the statistics."""
    program = compile_network(network, config, batch)
    found = {f"batch {batch}", f"layers before the classifier: {len(network.layers) - 1}"}
    found.add(f"image channels: {network.input[0] if network.input[0] <= 3 else 'more'}")
    found |= {"patch packer" for plan in program.layers if plan.packed}
    found |= {"normalisation"} if network.normalise else set()
    found |= {"steps of channels"} if network.training.step == "channel" else set()
    forward = [d for d in program.train if d.operation == Operation.FORWARD]
    found |= {"several bands" for d in forward if d.pixels > d.band}
    for layer, shape in zip(network.layers[:-1], network.geometry, strict=False):
        if isinstance(layer, Conv):
            found |= {f"kernel {layer.kernel}", f"stride {layer.stride}", f"cells {layer.cells}"}
            found |= {name for name in ("pool", "average") if getattr(layer, name)}
            found |= {"odd map" for size in (shape.height, shape.width) if size % 2}
        else:
            found.add("fully connected block")
        low = max(1, layer.outputs - 1) // 10 * 10
        found.add(f"outputs {low + 1}..{low + 10}")
    return sorted(found)


def main() -> int:
    """Entry point; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="seeds 0..N-1 (default: 200)")
    parser.add_argument("--seed", type=int, help="this seed only")
    parser.add_argument(
        "--most-cycles", type=int, default=1_000_000, help="of a step on the slowest shape"
    )
    parser.add_argument("--json", type=Path, help="write the result to a file")
    args = parser.parse_args()
    seeds = range(args.seeds) if args.seed is None else [args.seed]
    differences: list[str] = []
    digests: list[str] = []
    tally = {name: Counter() for name in SHAPES}
    cycles = dict.fromkeys(SHAPES, 0)
    started = time.monotonic()
    boards = {name: simulated_device(config) for name, config in SHAPES.items()}
    bar = (TextColumn("networks"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*bar) as progress:
        for seed in progress.track(seeds):
            case = random_case(seed, list(SHAPES.values()), args.most_cycles)
            seen = set()
            for name, board in boards.items():
                outside = random_outside(seed, case.network, SHAPES[name])
                program = compile_network(case.network, SHAPES[name], case.batch, outside=outside)
                cycles[name] += STEPS * program.train_cycles + program.infer_cycles
                tally[name].update(features(case.network, case.batch, SHAPES[name]))
                tally[name].update({"weights outside": 1} if outside else {})
                try:
                    seen.add(compare(case, board, outside))
                except Mismatch as error:
                    differences.append(f"seed {seed}, {name}, {case.network}: {error}")
                    progress.console.print(differences[-1])
            if len(seen) > 1:
                differences.append(f"seed {seed}: the weights depend on the array.")
            digests += seen
    for board in boards.values():
        board.close()
    result = {
        "command": "python bench/random_networks.py " + " ".join(sys.argv[1:]),
        "networks": len(seeds),
        "training_steps_each": STEPS,
        "arrays": {
            name: {
                "accumulator_words": config.acc_depth,
                "cycles": cycles[name],
                "networks_with": dict(sorted(tally[name].items())),
            }
            for name, config in SHAPES.items()
        },
        "compared": "predictions, probabilities, training state, cycles, trace",
        "differences": differences,
        "weights": hashlib.sha256("".join(digests).encode()).hexdigest(),
        "seconds": round(time.monotonic() - started),
    }
    if args.json:
        replace_file(args.json, json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))
    return bool(differences)


if __name__ == "__main__":
    sys.exit(main())
