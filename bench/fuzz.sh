#!/bin/sh
# Files, frames and arguments at random, for about an hour on two cores; each run tries others:
#     sh bench/fuzz.sh [EXAMPLES]
# What fails is printed with the example that shows it, which becomes a test.
set -eu
cd "$(dirname "$0")/.."
LLS_FUZZ_EXAMPLES=${1:-20000} exec ${PYTHON:-python} -m pytest -q -n 2 --dist worksteal tests/fuzz
