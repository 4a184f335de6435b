#!/bin/sh
# Bitstreams for the ULX3S-85F, nothing kept from earlier builds; each takes minutes:
#     sh bench/ulx3s_85f.sh small|large|momentum|sdram [MHZ [SEED]]
# The report goes to bench/ulx3s_PRESET.json.
set -eu
cd "$(dirname "$0")/.."
preset=${1:-small}
${PYTHON:-python} -m lls_hw.build --board ulx3s --variant 85f --preset "$preset" --frequency "${2:-80}" --seed "${3:-1}" --fresh
cp "build/ulx3s-85f-$preset/report.json" "bench/ulx3s_$preset.json"
