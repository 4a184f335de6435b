"""First light: a network learns handwritten digits on a simulated board.

    python examples/first_light.py
    python examples/first_light.py --board /dev/ttyUSB0

The golden model trains beside the board. Training stops at the first number in which they differ.
"""

import argparse
import sys

import lls_hw
from lls_hw.tools.command_line import exit_status


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--board", default="sim:tiny", metavar="URL", help="(default: sim:tiny)")
    parser.add_argument("--epochs", type=int, default=3, metavar="N", help="(default: 3)")
    args = parser.parse_args()
    data = lls_hw.load_data("digits")
    network = lls_hw.load_network("digits")
    with lls_hw.Board(args.board) as board:
        verify = board.kind != "golden model"
        model = lls_hw.Model(board, network, seed=0, verify=verify)
        model.fit(data.train_images, data.train_labels, args.epochs, progress=True)
        found = model.evaluate(data.test_images, data.test_labels)
        print(f"{found.accuracy:.1%} of {found.samples} test images on the {board.kind}")
        print("predicted", model.predict(data.test_images[:10]), "of", data.test_labels[:10])
        if verify:
            print("Every weight, prediction and cycle is the golden model's.")


if __name__ == "__main__":
    sys.exit(exit_status(main))
