#!/usr/bin/env bash
# The same tests with more patience: many more generated cases for every property, ten thousand replies through a
# network that loses and breaks them, and three rounds on other seeds. For a machine that is idle at night; a find is printed with the input that led to it.
set -euo pipefail
cd "$(dirname "$0")/.."
export ONIT_BLUESKY_NETWORK=1
export PROPTEST_CASES=${PROPTEST_CASES:-20000}
export ONIT_SENDS=${ONIT_SENDS:-2500}
# Two people at one request, of each kind and on each database.
export ONIT_RACES=${ONIT_RACES:-1000}
for round in 1 2 3; do
    export ONIT_SENDS_SEED=$((20260127 + round))
    printf 'round %s of 3, %s cases a property\n' "$round" "$PROPTEST_CASES" >&2
    scripts/test.sh
    # The real Bluesky network is no part of the daily run.
    cargo nextest run --locked --run-ignored only --test bluesky_stack
done
scripts/fuzz.sh 600
