#!/bin/sh
# Bitstreams with USB on the board itself, nothing kept from earlier builds:
#     sh bench/usb_bitstreams.sh BOARD VARIANT [MHZ [SEED]], such as orangecrab 25f, orangecrab 85f or ulx3s 85f 80
# The report goes to bench/BOARD-VARIANT_usb.json.
set -eu
cd "$(dirname "$0")/.."
board=${1:-orangecrab}
variant=${2:-25f}
out=build/$board-$variant-usb
mhz=${3:-60}
${PYTHON:-python} -m lls_hw.build --board "$board" --variant "$variant" --link usb --frequency "$mhz" \
    --seed "${4:-1}" --fresh --out "$out"
cp "$out/report.json" "bench/$board-${variant}_usb.json"
