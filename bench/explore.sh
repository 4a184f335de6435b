#!/bin/sh
# Six engines with four seeds each on the ULX3S, placed and routed; hours. The same command goes on after an
# interruption. Takes options of `lls-hw explore`, such as --jobs 16 or --synthesis-only.
set -eu
cd "$(dirname "$0")/.."
exec python -m lls_hw.explore --board ulx3s --variant 85f --network digits \
    --engine nano --engine tiny --engine small --engine momentum --engine large --engine sdram \
    --frequency 60 --seed 1 --seed 2 --seed 3 --seed 4 --out build/explore-ulx3s "$@"
