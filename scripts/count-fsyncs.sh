#!/usr/bin/env bash
# Counts how often `onit receive -` waits for the disk while posts come in at a steady pace.
#   scripts/count-fsyncs.sh [POSTS_A_SECOND] [POSTS] [FOLDER]     1000 a second, 10000 posts, a temporary folder
# Goal: at most 1 fsync for 20 posts at 1,000 posts a second (docs/BENCHMARKS.md). Needs strace.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh

rate=${1:-1000} posts=${2:-10000}
command -v strace >/dev/null || { say "strace is not installed: apt-get install strace"; exit 3; }
folder=$(mktemp -d "${3:-${TMPDIR:-/tmp}}/onit-fsyncs-XXXXXX")
trap 'rm -rf "$folder"; drop_times' EXIT

cargo build --release --locked --quiet
onit="${CARGO_TARGET_DIR:-target}/release/onit"
# The bench knows a day of posts of the example city and can offer them at a pace.
offer() { cargo bench --locked --quiet --bench journey -- --lines "$posts" --offer "$1"; }
offer 0 >/dev/null # builds it

database="sqlite:$folder/onit.db"
"$onit" --database "$database" import gazetteer config/example-city \
    --columns config/example-city/columns.toml >/dev/null 2>&1
began=$(date +%s.%N)
offer "$rate" |
    strace --follow-forks --seccomp-bpf --quiet=all --summary-only --trace=fsync,fdatasync \
        --output "$folder/counts" "$onit" --database "$database" receive - >"$folder/lines" || true
ended=$(date +%s.%N)

lines=$(wc -l <"$folder/lines")
# The totals stand on the last line: share, seconds, microseconds a call, calls.
syncs=$(awk '$NF == "total" { print $4 }' "$folder/counts")
cat "$folder/counts"
awk -v lines="$lines" -v syncs="$syncs" -v began="$began" -v ended="$ended" 'BEGIN {
    took = ended - began
    printf "%d posts in %.1f s (%.0f a second), %d fsyncs: one for %.1f posts\n", lines, took, lines / took, syncs, lines / syncs
}'
