"""Speed of the simulated board: `python bench/simulator_speed.py [--preset small] [--steps 200]`.

Trains `mlp` on random images and reads the cycles from the board's clock register.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

from lls_hw.contract.registers import Register
from lls_hw.driver.device import Device
from lls_hw.driver.initial import initial_state
from lls_hw.driver.trainer import Trainer
from lls_hw.network.file import load_network
from lls_hw.tools.files import replace_file


def main() -> int:
    """Entry point; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="small")
    parser.add_argument("--network", default="mlp")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--json", type=Path, help="write the result to a file")
    args = parser.parse_args()
    network = load_network(args.network)
    rng = np.random.default_rng(0)
    batch = network.training.batch
    inputs = rng.integers(0, 128, (batch, network.inputs)).astype(np.int8)
    labels = rng.integers(0, network.classes, batch).astype(np.uint8)
    with Device.open(f"sim:{args.preset}") as device:
        trainer = Trainer(device, network)
        trainer.load(initial_state(network, trainer.batch, 0))
        clock, started = device.register(Register.CLOCK), time.perf_counter()
        for _ in trainer.train((inputs, labels) for _ in range(args.steps)):
            pass
        seconds = time.perf_counter() - started
        cycles = (device.register(Register.CLOCK) - clock) % 2**32
        busy = args.steps * trainer.program.train_cycles
    result = {
        "command": "python bench/simulator_speed.py " + " ".join(sys.argv[1:]),
        "cycles": cycles,
        "seconds": round(seconds, 2),
        "cycles_per_second": round(cycles / seconds),
        "samples_per_second": round(args.steps * batch / seconds, 1),
        "cycles_outside_of_training_steps": round(1 - busy / cycles, 4),
    }
    print(json.dumps(result, indent=2))
    if args.json:
        replace_file(args.json, json.dumps(result, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
