#!/usr/bin/env bash
# The same tests with more patience: many more generated cases for every property, and three rounds on other
# seeds. For a machine that is idle at night; a find is printed with the input that led to it.
set -euo pipefail
cd "$(dirname "$0")/.."
export PROPTEST_CASES=${PROPTEST_CASES:-20000}
for round in 1 2 3; do
    printf 'round %s of 3, %s cases a property\n' "$round" "$PROPTEST_CASES" >&2
    scripts/test.sh
done
scripts/fuzz.sh 600
