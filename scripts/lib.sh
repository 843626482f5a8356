# Small shell functions shared by the scripts beside this file. Sourced, never run.
# shellcheck shell=bash

# One line of talk to stderr, so that data on stdout stays clean.
say() { printf '%s\n' "$*" >&2; }

# Is there a program of this name?
have() { command -v "$1" >/dev/null 2>&1; }

# May this script install Debian packages here?
can_apt() { [ "$(id -u)" = 0 ] && have apt-get; }

# apt-get that waits for another apt to finish. `apt-get update` does not know the
# lock time-out of dpkg for its lists, so every call is tried again for ten minutes.
apt_get() {
    local tries=0 log
    log=$(mktemp)
    until DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 -qq "$@" >"$log" 2>&1 </dev/null; do
        tries=$((tries + 1))
        if [ "$tries" -ge 60 ] || ! grep -q 'Could not get lock\|Unable to lock' "$log"; then
            cat "$log" >&2
            rm -f "$log"
            return 1
        fi
        [ "$tries" = 1 ] && say "another apt is at work here; waiting"
        sleep 10
    done
    rm -f "$log"
}

# Has apt a version of this package to offer?
apt_offers() { apt-cache policy "$1" 2>/dev/null | grep -q 'Candidate: [^(]'; }

# Installs the packages given, refreshing apt's lists only when it does not know one of
# them or when its list names a file that is gone.
apt_install() {
    local package
    for package in "$@"; do
        apt_offers "${package%/*}" || { apt_get update; break; }
    done
    apt_get install -y --no-install-recommends "$@" && return 0
    say "apt's lists may be old; refreshing them and trying once more"
    apt_get update && apt_get install -y --no-install-recommends "$@"
}

# stage NAME COMMAND…: runs the command, says what it is before and keeps how long it took.
# The outermost script owns the list of times; scripts that it calls add to it.
if [ -z "${ONIT_TIMES:-}" ]; then
    ONIT_TIMES=$(mktemp)
    export ONIT_TIMES
    own_times=$ONIT_TIMES
    trap drop_times EXIT
fi
drop_times() { [ -z "${own_times:-}" ] || rm -f "$own_times"; }
stage() {
    local name=$1 start code word=
    shift
    start=$(date +%s)
    printf '\n== %s\n' "$name" >&2
    "$@"
    code=$?
    [ "$code" = 0 ] || word=" (failed: $code)"
    printf '%5s s  %s%s\n' "$(($(date +%s) - start))" "$name" "$word" >>"$ONIT_TIMES"
    return "$code"
}

# Prints how long each stage took so far.
stage_times() {
    printf '\n== times\n' >&2
    cat "$ONIT_TIMES" >&2
}
