"""Random engines on simulated boards: `python bench/random_configs.py --seeds 20 [--json FILE]`.

Each seed stands for an engine with small memories of any depth, compiled in less than a minute, and
for networks that fit it. The board trains each network for three steps and then infers;
predictions, probabilities, weights, shifts, step number, cycles and the trace must equal the golden
model's and the compiler's. With `--json` a run that was interrupted goes on where it stopped.
Exits with status 1 if anything differs. `--seed S` runs one seed.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from lls_hw.contract.config import Config
from lls_hw.driver.errors import DriverError
from lls_hw.golden.compare import compare, random_training
from lls_hw.golden.random_configs import random_config, random_network
from lls_hw.golden.verify import Mismatch
from lls_hw.simulator.device import simulated_device
from lls_hw.tools.files import replace_file

MOST_CYCLES = 200_000


def engine(seed: int) -> Config:
    """The engine of a seed."""
    return random_config(np.random.default_rng((seed, 4)), (2, 4, 8))


def measure(seed: int, networks: int) -> dict[str, Any]:
    """Trains the seed's networks; what differs, and how long everything took."""
    config = engine(seed)
    started, differences = time.monotonic(), []
    with simulated_device(config) as board:
        compiled = time.monotonic()
        for number in range(networks):
            rng = np.random.default_rng((seed, number, 5))
            batch = int(rng.integers(1, min(config.max_batch, 8) + 1))
            network = random_network(rng, config, batch, MOST_CYCLES)
            try:
                compare(random_training(rng, number, network, batch), board)
            except (Mismatch, DriverError, AssertionError) as error:
                differences.append(f"network {number}, batch {batch}, {network}: {error}")
    return {
        "config": config.as_dict(),
        "networks": networks,
        "differences": differences,
        "seconds": [round(compiled - started, 1), round(time.monotonic() - compiled, 1)],
    }


def main() -> int:
    """Entry point; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="seeds 0..N-1 (default: 20)")
    parser.add_argument("--seed", type=int, help="this seed only")
    parser.add_argument("--networks", type=int, default=20, help="of each engine (default: 20)")
    parser.add_argument("--json", type=Path, help="keep the results in a file")
    args = parser.parse_args()
    results: dict[str, Any] = {}
    if args.json and args.json.exists():
        results = json.loads(args.json.read_text())["engines"]
    for seed in range(args.seeds) if args.seed is None else [args.seed]:
        known = results.get(str(seed))
        if known and (known["config"], known["networks"]) == (
            engine(seed).as_dict(),
            args.networks,
        ):
            continue
        result = results[str(seed)] = measure(seed, args.networks)
        print(f"engine {seed}: {len(result['differences'])} of {args.networks} differ", flush=True)
        for difference in result["differences"]:
            print(f"  {difference}", flush=True)
        if args.json:
            command = f"python bench/random_configs.py --seeds {args.seeds}"
            page = {"command": command, "engines": results}
            replace_file(args.json, json.dumps(page, indent=1) + "\n")
    return any(result["differences"] for result in results.values())


if __name__ == "__main__":
    sys.exit(main())
