"""From images of one's own to ONNX and C.

    python examples/own_data.py mine.npz --board sim

Trains `tinyconv` on the golden model, then with 200 images on a board, exports the trained network,
and compares ONNX Runtime and compiled C with the board's predictions of 1,000 images.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

import lls_hw
from lls_hw.tools.command_line import exit_status
from lls_hw.tools.packages import require
from lls_hw.tools.results import check_outputs

PROGRAM = """
#include <stdio.h>
#include "net.h"

int main(void)
{
    static uint8_t image[LLS_HEIGHT * LLS_WIDTH * LLS_CHANNELS];

    while (fread(image, sizeof image, 1, stdin))
        printf("%d\\n", lls_predict(image, NULL));
    return 0;
}
"""


def check(folder):
    """What is needed at the end is looked at before anything slow begins."""
    require("onnxruntime", "The comparison needs ONNX Runtime")
    require("onnx", "An ONNX model needs the package onnx")
    if shutil.which("cc") is None:
        raise lls_hw.LlsError("There is no C compiler called cc; install gcc.")
    check_outputs(folder / "run.safetensors")


def train(data, folder, address, epochs):
    """Trains on the golden model, then further on the board; returns the trained model.

    The board's own predictions of some images are compared with the golden model's.
    """
    golden = lls_hw.Board("golden")
    network = lls_hw.load_network("tinyconv")
    model = lls_hw.Model(golden, network, class_names=data.class_names)
    model.fit(data.train_images, data.train_labels, epochs=epochs, progress=True)
    print("on the golden model:", model.evaluate(data.test_images, data.test_labels))
    model.save(folder / "run.safetensors")
    with lls_hw.Board(address) as board:
        model = lls_hw.Model.load(folder / "run.safetensors", board)
        model.fit(data.train_images[:200], data.train_labels[:200], progress=True)
        model.save(folder / "run.safetensors")
        few = data.test_images[:40]
        predicted = model.predict(few)
    model = lls_hw.Model.load(folder / "run.safetensors", golden)
    assert np.array_equal(model.predict(few), predicted)
    print(f"on {address}: {len(few)} predictions, all equal to the golden model's")
    return model


def run_onnx(folder, images):
    """Predictions of ONNX Runtime."""
    import onnxruntime

    session = onnxruntime.InferenceSession(folder / "net.onnx", providers=["CPUExecutionProvider"])
    return session.run(["prediction"], {"images": images})[0]


def run_c(folder, images):
    """Predictions of the compiled header."""
    (folder / "main.c").write_text(PROGRAM)
    command = ["cc", "-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-pedantic"]
    subprocess.run([*command, "-o", "main", "main.c"], cwd=folder, check=True)
    pixels = images.transpose(0, 2, 3, 1).tobytes()
    done = subprocess.run([folder / "main"], input=pixels, capture_output=True, check=True)
    return np.array(done.stdout.split(), dtype=np.int64)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", help="images and labels: .npz, .csv or a folder")
    parser.add_argument("--board", default="sim", metavar="URL", help="(default: sim)")
    parser.add_argument("--epochs", type=int, default=1, metavar="N", help="(default: 1)")
    parser.add_argument("--folder", type=Path, default=Path(), metavar="DIR", help="for the files")
    args = parser.parse_args()
    check(args.folder)
    network = lls_hw.load_network("tinyconv")
    data = lls_hw.load_data(args.data, shape=network.input)
    model = train(data, args.folder, args.board, args.epochs)
    model.export(args.folder / "net.onnx")
    model.export(args.folder / "net.h")
    images = np.concatenate([data.test_images, data.train_images])[:1000]
    expected = model.predict(images)
    for name, found in (
        ("ONNX Runtime", run_onnx(args.folder, images)),
        ("C", run_c(args.folder, images)),
    ):
        equal = int((found == expected).sum())
        print(f"{name}: {equal} of {len(images)} predictions are the board's")
        assert equal == len(images)


if __name__ == "__main__":
    sys.exit(exit_status(main))
