#!/usr/bin/env bash
# fastText from PyPI against the linear model: the same texts, one thread each, in turn, and the ratio.
# It needs the development data beside the repository, python3 with venv, and PyPI; the venv is kept in target/.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$(dirname "$0")/.."

data=../shared/data/text
[ -f "$data/reports_dev.jsonl" ] || { say "no development data in $data: nothing to compare"; exit 0; }
venv=target/fasttext-venv
if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -c 'import fasttext' 2>/dev/null; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check 'numpy<2' fasttext-wheel ||
        "$venv/bin/pip" install --quiet --disable-pip-version-check 'numpy<2' fasttext
fi
export OMP_NUM_THREADS=1
for round in 1 2 3; do
    say "round $round of 3"
    cargo bench --locked --bench reading -- --rounds "${ROUNDS:-5}" --texts target/reading-texts.txt |
        tee target/reading-bench.txt >&2
    "$venv/bin/python" scripts/bench-fasttext.py "$data" target/reading-texts.txt target/reading-bench.txt
done
