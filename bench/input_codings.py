"""What fewer bytes for an input would bring: lossless codings, and fewer bits a value.

    python bench/input_codings.py --data-dir DIR --json bench/results/input-codings.json
    python bench/input_codings.py --data-dir DIR --data cifar10 --images 0 \\
        --json bench/results/input-codings.json     # sizes alone

Lossless codings are measured on all training images. Fewer bits are for the golden model to judge:
it trains on the first images with all 8 bits of a value, with its highest 4, and with the highest.
Results of a data set are added to those of the file.
"""

import argparse
import json
import time
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import lls_hw
from lls_hw.contract.line import BAUD, BYTE_BITS
from lls_hw.datasets.base import Dataset
from lls_hw.datasets.names import load_data
from lls_hw.tools.files import replace_file

PAIRS = {"mnist": "mlp", "fashion-mnist": "mlp", "cifar10": "tinyconv32"}
"""Data sets with the network that trains on each."""
BITS = (8, 4, 1)
RUN = 255
"""Longest run that a byte counts."""
BATCHES = 200
"""How many are compressed with zlib."""


def run_bytes(images: NDArray[np.uint8]) -> float:
    """Bytes an image if runs of the most frequent value are that value and a length."""
    flat = images.reshape(len(images), -1)
    common = np.bincount(flat.reshape(-1), minlength=256).argmax()
    same = flat == common
    edges = np.diff(same.astype(np.int8), axis=1, prepend=0, append=0)
    lengths = np.nonzero(edges == -1)[1] - np.nonzero(edges == 1)[1]
    runs = int((-(-lengths // RUN)).sum())
    return float((flat.size - same.sum() + 2 * runs) / len(flat))


def zlib_bytes(images: NDArray[np.uint8], batch: int) -> float:
    """Bytes an image if each batch is compressed by itself."""
    count = min(BATCHES, len(images) // batch)
    parts = images[: count * batch].reshape(count, -1)
    return sum(len(zlib.compress(part.tobytes(), 9)) for part in parts) / (count * batch)


def fewer_bits(images: NDArray[np.uint8], bits: int) -> NDArray[np.uint8]:
    """The highest bits of each value, spread over 0..255."""
    most = (1 << bits) - 1
    return ((images >> (8 - bits)).astype(np.uint16) * 255 // most).astype(np.uint8)


def accuracy(data: Dataset, name: str, bits: int, images: int, epochs: int) -> float:
    """Of the golden model on the test images, after some epochs on the first training images."""
    model = lls_hw.Model(lls_hw.Board("golden"), lls_hw.load_network(name), seed=0)
    model.fit(
        fewer_bits(data.train_images[:images], bits), data.train_labels[:images], epochs,
        channels="first",
    )  # fmt: skip
    tested = model.evaluate(fewer_bits(data.test_images, bits), data.test_labels, channels="first")
    return tested.accuracy


def measure(name: str, args: argparse.Namespace) -> dict[str, Any]:
    """One data set."""
    network = lls_hw.load_network(PAIRS[name])
    data = load_data(name, args.data_dir, shape=network.input)
    values, batch = network.inputs, network.training.batch
    sizes = {f"{bits} bits": values * bits / 8 for bits in BITS}
    sizes["runs"] = run_bytes(data.train_images)
    sizes["zlib"] = zlib_bytes(data.train_images, batch)
    line = BAUD / BYTE_BITS
    return {
        "network": network.name,
        "batch": batch,
        "values": values,
        "bytes": {key: round(size, 1) for key, size in sizes.items()},
        "samples_per_second": {key: round(line / size, 1) for key, size in sizes.items()},
        "accuracy": {
            str(bits): accuracy(data, network.name, bits, args.images, args.epochs)
            for bits in BITS
            if args.images
        },
        "images": args.images,
        "tested": len(data.test_images),
        "epochs": args.epochs,
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, required=True, metavar="DIR")
    parser.add_argument("--data", nargs="+", choices=PAIRS, default=list(PAIRS))
    parser.add_argument(
        "--images", type=int, default=10_000, metavar="N", help="to train on, 0: sizes alone"
    )
    parser.add_argument("--epochs", type=int, default=2, metavar="N")
    parser.add_argument("--json", type=Path, metavar="F")
    args = parser.parse_args()
    results: dict[str, Any] = {"baud": BAUD, "data": {}}
    if args.json and args.json.exists():
        results = json.loads(args.json.read_text())
    for name in args.data:
        start = time.monotonic()
        results["data"][name] = measure(name, args)
        print(name, json.dumps(results["data"][name]), f"{time.monotonic() - start:.0f} s")
        if args.json:
            replace_file(args.json, json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
