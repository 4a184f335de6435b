"""Jobs of the study of docs/learning.md, for `python bench/accuracy.py --jobs`: one a line.

`python bench/study_jobs.py FOLDER` expects mnist/, fashion-mnist/, cifar10/ and cifar10-small/ in
FOLDER (all of CIFAR-10, and 1,000 training images of each class), and lets results lie in
bench/results/study/.
"""

import argparse
import math
from itertools import chain
from pathlib import Path

STUDY, CHOICES = "bench/results/study", "bench/results/choices"
LAYER_STEPS = "--step layer --schedule epochs --lr-shifts 1,1,1,2,2,3,4,5"
"""The schedule of plain networks: without steps of a channel, rates are absolute."""
CHANNEL_STEPS = "--step channel --schedule run --lr-shifts 10,10,10,10,10,11,11,12,13"


def runs(name: str, options: str, seeds: int = 3, folder: str = STUDY) -> list[str]:
    """A line for each seed."""
    return [
        f"{options} --seed {seed} --json {folder}/{name}-{seed}.json" for seed in range(seeds)
    ]  # fmt: skip


def small(network: str, folder: Path) -> list[str]:
    """Ten thousand images of CIFAR-10: with and without each idea."""
    data = f"--data cifar10 --data-dir {folder}/cifar10-small --epochs 8"
    own = f"--network {network} {data} --temperature-shift 0"
    plain = f"--network bench/networks/plain-{network}.toml {data}"
    return [
        *runs(f"{network}-small-integer", own),
        *runs(f"{network}-small-mxm", f"{own} --modulation matrix"),
        *runs(f"{network}-small-float", f"{own} --float"),
        *runs(f"{network}-small-normalised", f"{own} {LAYER_STEPS}"),
        *runs(f"{network}-small-steps", f"{plain} {CHANNEL_STEPS}"),
        *runs(f"{network}-small-plain", f"{plain} {LAYER_STEPS}"),
    ]


def jobs(folder: Path) -> list[str]:
    """All lines."""
    full = f"--network smallconv32 --data cifar10 --data-dir {folder}/cifar10 --epochs 10"
    fashion = f"--data fashion-mnist --data-dir {folder}/fashion-mnist"
    few = f"--network tinyconv {fashion} --limit 10000 --epochs 8"
    mnist = f"--network nitro-mnist --data mnist --data-dir {folder}/mnist --epochs 12"
    deep = f"--network nitro-fashion {fashion} --epochs 14"
    return [
        *runs("smallconv32-integer", f"{full} --batch 16"),
        *runs("smallconv32-first", f"{full} --temperature-shift 0"),
        *runs("smallconv32-mxm", f"{full} --modulation matrix --temperature-shift 0"),
        *runs("vgg8-integer",
              f"--network bench/networks/vgg8.toml --data cifar10 --data-dir {folder}/cifar10 "
              "--epochs 8 --chunk 250", 1),
        *runs("smallconv-fashion-integer", f"--network smallconv {fashion} --epochs 6"),
        *runs("smallconv-mnist-integer",
              f"--network smallconv --data mnist --data-dir {folder}/mnist --epochs 6"),
        *chain.from_iterable(
            [
                *runs(f"{name}-integer", options),
                *runs(f"{name}-mxm", f"{options} --modulation matrix"),
                *runs(f"{name}-float", f"{options} --float", 1),
            ]
            for name, options in (("nitro-mnist", mnist), ("nitro-fashion", deep))
        ),
        *chain.from_iterable(small(network, folder) for network in ("smallconv32", "tinyconv32")),
        *runs("tinyconv-fashion-integer", few),
        *runs("tinyconv-fashion-mxm", f"{few} --modulation matrix"),
        *runs("tinyconv-fashion-float", f"{few} --float"),
    ]  # fmt: skip


def choices(folder: Path) -> list[str]:
    """Settings compared on held-out training images."""
    cifar10 = (
        f"--network smallconv32 --data cifar10 --data-dir {folder}/cifar10 --epochs 10 "
        "--held-out 4000"
    )
    first, mxm = "--temperature-shift 0", "--modulation matrix"
    mnist = f"--data mnist --data-dir {folder}/mnist --epochs 12 --held-out 10000"
    fashion = (
        f"--network nitro-fashion --data fashion-mnist --data-dir {folder}/fashion-mnist "
        "--epochs 14 --held-out 10000"
    )
    plain = f"--network bench/networks/plain-nitro-mnist.toml {mnist}"
    own = f"--network nitro-mnist {mnist}"
    half = "--temperature-shift 1"
    return [
        *runs("smallconv32-first", f"{cifar10} {first}", 2, CHOICES),
        *runs("smallconv32-half-rate",
              f"{cifar10} {first} --lr-shifts 11,11,11,11,11,12,12,13,14", 1, CHOICES),
        *runs("smallconv32-early-fall",
              f"{cifar10} {first} --lr-shifts 10,10,10,11,11,11,12,12,13", 1, CHOICES),
        *runs("smallconv32-T1", cifar10, 2, CHOICES),
        *runs("smallconv32-b16", f"{cifar10} --batch 16 {first}", 2, CHOICES),
        *runs("smallconv32-b16-T1", f"{cifar10} --batch 16", 2, CHOICES),
        *runs("smallconv32-mxm", f"{cifar10} {mxm} {first}", 2, CHOICES),
        *runs("smallconv32-mxm-T1", f"{cifar10} {mxm}", 2, CHOICES),
        *runs("smallconv32-first-float", f"{cifar10} --float {first}", 1, CHOICES),
        *runs("smallconv-mnist",
              f"--network smallconv --data mnist --data-dir {folder}/mnist --epochs 6 "
              "--limit 16000 --held-out 10000", 1, CHOICES),
        *runs("nitro-mnist-plain", plain, 3, CHOICES),
        *runs("nitro-mnist-channel-T1", f"{own} {half}", 3, CHOICES),
        *runs("nitro-mnist-channel-T2", own, 3, CHOICES),
        *runs("nitro-mnist-channel-mxm-T1", f"{own} {half} {mxm}", 3, CHOICES),
        *runs("nitro-mnist-channel-mxm-T2", f"{own} {mxm}", 3, CHOICES),
        *runs("nitro-fashion-T1", fashion, 3, CHOICES),
        *runs("nitro-fashion-T2", f"{fashion} --temperature-shift 2", 3, CHOICES),
        *runs("nitro-fashion-mxm-T2", f"{fashion} --temperature-shift 2 {mxm}", 3, CHOICES),
    ]  # fmt: skip


def cosine(first: float, stretches: int = 128, last: int = 16) -> str:
    """--lr-shifts that follow half a cosine from 2**-first to 2**-last.

    Each stretch has one of the two neighbouring powers of two, so that their sum stays closest.
    """
    shifts, missing = [], 0.0
    for stretch in range(stretches):
        rate = 2.0**-first * (1 + math.cos(math.pi * (stretch + 0.5) / stretches)) / 2
        exponent = -math.log2(max(rate, 2.0**-last))
        above, below = math.floor(exponent), math.ceil(exponent)
        wanted = rate + missing
        chosen = min(above, below, key=lambda shift: abs(2.0**-shift - wanted))
        missing = wanted - 2.0**-chosen
        shifts.append(str(chosen))
    return ",".join(shifts)


def schedules(folder: Path) -> list[str]:
    """Half a cosine instead of the default schedule, on held-out training images.

    cifar10-first/ has the first 14,000 training images alone.
    """
    cifar10 = f"--data cifar10 --data-dir {folder}/cifar10-first --held-out 4000 --epochs 8"
    fashion = f"--data fashion-mnist --data-dir {folder}/fashion-mnist"
    tried = {
        "smallconv32": f"--network smallconv32 --temperature-shift 0 {cifar10}",
        "tinyconv32": f"--network tinyconv32 {cifar10}",
        "tinyconv": f"--network tinyconv {fashion} --limit 10000 --held-out 5000 --epochs 8",
        "smallconv": f"--network smallconv {fashion} --held-out 10000 --epochs 6",
    }
    rates = {"default": "", **{f"cosine{a}": f"--lr-shifts {cosine(a)}" for a in (9, 9.5, 10)}}
    return list(
        chain.from_iterable(
            runs(f"{name}-{rate}", f"{options} {shifts}", 3, "bench/results/schedules")
            for name, options in tried.items()
            for rate, shifts in rates.items()
        )
    )


def main() -> None:
    """Prints them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--choices", action="store_true", help="those on held-out images instead")
    parser.add_argument("--schedules", action="store_true", help="other schedules, likewise")
    args = parser.parse_args()
    kind = schedules if args.schedules else choices if args.choices else jobs
    print("\n".join(kind(args.folder)))


if __name__ == "__main__":
    main()
