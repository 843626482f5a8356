#!/usr/bin/env bash
# All tests: installs what they need (scripts/setup-tests.sh), starts a throw-away PostgreSQL, runs every test
# with cargo-nextest (or `cargo test` where that is missing), names the skipped stories, and closes with one
# line: N passed, N failed.
#
#   scripts/test.sh [WORDS]   only the tests whose names hold these words
#
# ONIT_NO_SKIPS=1 makes a skipped story a failed one.
set -uo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$(dirname "$0")/.." || exit 1

work=$(mktemp -d)
finish() {
    scripts/test-postgres.sh stop >/dev/null 2>&1
    rm -rf "$work"
    drop_times
}
trap finish EXIT
trap 'exit 130' INT TERM

stage "build tools" scripts/setup-build.sh || exit 1
stage "test parts" scripts/setup-tests.sh || exit 1

# One cluster for all tests; without PostgreSQL the variable stays unset and the stories say so.
if url=$(scripts/test-postgres.sh start); then
    export ONIT_TEST_POSTGRES=$url
fi
export ONIT_SKIP_LIST=$work/skipped RUST_BACKTRACE=${RUST_BACKTRACE:-1}

log=$work/log
if cargo nextest --version >/dev/null 2>&1; then
    stage "build tests" cargo nextest run --locked --no-run --cargo-quiet || exit 1
    stage "tests" cargo nextest run --locked --no-fail-fast --cargo-quiet "$@" 2>&1 | tee "$log"
    code=${PIPESTATUS[0]}
    read -r run passed < <(sed -n 's/.*Summary \[[^]]*\] *\([0-9]*\)\(\/[0-9]*\)\{0,1\} tests\{0,1\} run: \([0-9]*\) passed.*/\1 \3/p' "$log" | tail -n 1)
    failed=$((${run:-0} - ${passed:-0}))
else
    say "cargo-nextest is not installed; using cargo test (slower, same tests)"
    stage "build tests" cargo test --locked --no-run --quiet --lib --bins --tests || exit 1
    stage "tests" cargo test --locked --no-fail-fast --lib --bins --tests -- "$@" 2>&1 | tee "$log"
    code=${PIPESTATUS[0]}
    read -r passed failed < <(awk '/^test result:/ { p += $4; f += $6 } END { print p + 0, f + 0 }' "$log")
fi

# The examples in the docs are code too; neither runner above takes them along.
if [ $# = 0 ]; then
    stage "doc examples" cargo test --locked --doc --quiet >&2 || { failed=$((${failed:-0} + 1)); code=1; }
fi

if [ -s "$ONIT_SKIP_LIST" ]; then
    say "$(sort -u "$ONIT_SKIP_LIST" | wc -l) stories were skipped:"
    sort -u "$ONIT_SKIP_LIST" >&2
fi
# No test at all is no success.
[ "${passed:-0}" -gt 0 ] || code=1
stage_times
printf '%s passed, %s failed\n' "${passed:-0}" "${failed:-0}"
exit "$code"
