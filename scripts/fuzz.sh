#!/usr/bin/env bash
# Spoiled posts for so many seconds (30 when not said): readings, places and post lines made of any text keep the laws.
# CI runs it for 30 seconds, scripts/nightly.sh for ten minutes. A text that breaks a law is printed with its seed.
set -euo pipefail
cd "$(dirname "$0")/.."
export ONIT_FUZZ_S=${1:-30}
exec cargo test --locked --quiet --test reading any_text -- --nocapture
