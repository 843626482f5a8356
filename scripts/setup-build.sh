#!/usr/bin/env bash
# What `cargo build` needs beside Rust itself: a C compiler, make and perl (SQLite, libpq and
# OpenSSL are built from source). Quick and silent when all of it is there.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

missing=()
have cc || missing+=(gcc libc6-dev)
have make || missing+=(make)
have perl || missing+=(perl)

if ! have cargo; then
    say "cargo is not on the PATH: install Rust 1.95 or newer first"
    exit 1
fi
[ ${#missing[@]} = 0 ] && exit 0
if can_apt; then
    apt_install "${missing[@]}"
    say "build tools: installed ${missing[*]}"
else
    say "build tools: please install ${missing[*]} (Debian names), then run this again"
    exit 1
fi
