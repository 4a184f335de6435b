#!/bin/sh
# The bitstream of bench/ulx3s_small.json: preset `small` on the ULX3S-85F, at 80 MHz.
set -eu
cd "$(dirname "$0")/.."
${PYTHON:-python} -m lls_hw.build --board ulx3s --variant 85f --preset small --fresh
cp build/ulx3s-85f-small/report.json bench/ulx3s_small.json
