#!/usr/bin/env bash
# The one gate, the same here and in CI: format, lints, docs, licences, dependencies, then all tests.
# Goes through all stages before it fails, so that one run tells everything.
set -uo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$(dirname "$0")/.." || exit 1

failed=()
gate() { stage "$@" || failed+=("$1"); }

# Two TLS providers in one program make the first handshake panic.
one_tls_provider() { [ -z "$(cargo tree --locked --quiet --invert aws-lc-sys 2>/dev/null)" ]; }
few_packages() {
    local count
    count=$(grep -c '^name = ' Cargo.lock)
    say "$count packages in Cargo.lock (at most 500)"
    [ "$count" -le 500 ]
}
docs() { RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --quiet; }
licences() {
    if cargo deny --version >/dev/null 2>&1; then
        cargo deny --locked check licenses bans sources
    else
        # Optional: it takes minutes to build, and the list of licences changes with Cargo.lock only.
        say "cargo-deny is not installed; skipped (cargo install cargo-deny)"
    fi
}

stage "build tools" scripts/setup-build.sh || exit 1
gate "format" cargo fmt --check
gate "lints" cargo clippy --locked --all-targets --quiet -- -D warnings
gate "docs" docs
gate "dependencies" few_packages
gate "one TLS provider" one_tls_provider
gate "licences" licences
gate "any text" scripts/fuzz.sh 30
gate "make test" make --no-print-directory test

if [ ${#failed[@]} -gt 0 ]; then
    say "failed: $(printf '%s, ' "${failed[@]}" | sed 's/, $//')"
    exit 1
fi
