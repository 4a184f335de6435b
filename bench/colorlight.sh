#!/bin/sh
# Bitstreams with weights in SDRAM for the Colorlight boards, nothing kept from earlier builds:
#     sh bench/colorlight.sh colorlight-i5|colorlight-5a75b [MHZ [SEED]]
# The report goes to bench/BOARD_tiny-sdram.json.
set -eu
cd "$(dirname "$0")/.."
board=${1:-colorlight-i5}
${PYTHON:-python} -m lls_hw.build --board "$board" --preset tiny-sdram --frequency "${2:-60}" --seed "${3:-1}" --fresh
cp "build/$board-25f-tiny-sdram/report.json" "bench/${board}_tiny-sdram.json"
