#!/usr/bin/env bash
# A throw-away PostgreSQL cluster for the tests of this checkout, reached by a unix socket only
# (no port to collide, and a socket works from inside a network namespace too).
#
#   scripts/test-postgres.sh start   starts it unless it runs, prints its URL
#   scripts/test-postgres.sh url     prints the URL if it runs, else fails
#   scripts/test-postgres.sh stop    stops it and removes its files
#
# The cluster gives up safety for speed (fsync off): never point anything real at it.
# It ends by itself after ten minutes without a client, so a killed test run leaves nothing behind.
# Exit code 3: PostgreSQL is not installed.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

checkout=$(cd "$(dirname "$0")/.." && pwd -P)
here=${ONIT_TEST_POSTGRES_DIR:-${TMPDIR:-/tmp}/onit-test-postgres-$(id -u)-$(printf '%s' "$checkout" | cksum | cut -d ' ' -f 1)}
url="postgres:///postgres?host=$here&user=postgres"
for place in "$here" "$here.lock" "$here.log"; do
    # Names in a folder that everybody may write to: nobody may lead us elsewhere.
    if [ -L "$place" ]; then
        say "$place is a link; refusing to follow it"
        exit 1
    fi
done
idle_limit_s=${ONIT_TEST_POSTGRES_IDLE_S:-600}

# The newest initdb of the machine: Debian keeps them out of the PATH.
programs() {
    local folder
    folder=$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -n 1)
    if [ -n "$folder" ] && [ -x "$folder/initdb" ]; then
        printf '%s' "$folder"
    elif have initdb; then
        dirname "$(command -v initdb)"
    else
        return 1
    fi
}

# PostgreSQL refuses to run as root: root hands it to the account `postgres`, or `nobody`.
owner() { if id postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi; }
as_owner() { if [ "$(id -u)" = 0 ]; then (cd / && runuser -u "$(owner)" -- "$@"); else "$@"; fi; }

runs() { [ -f "$here/data/postmaster.pid" ] && as_owner "$bin/pg_ctl" -D "$here/data" status >/dev/null 2>&1; }

# The socket's folder is private to its owner (and root), because the cluster asks no password.
make_cluster() {
    rm -rf "$here/data"
    mkdir -p "$here"
    chmod 700 "$here"
    [ "$(id -u)" != 0 ] || chown "$(owner)" "$here"
    as_owner "$bin/initdb" -D "$here/data" -A trust -U postgres -E UTF8 --locale=C.UTF-8 --no-sync >"$here.log" 2>&1
}

start_cluster() {
    as_owner "$bin/pg_ctl" -D "$here/data" -w -t 60 -l "$here/log" -o "-k $here -c listen_addresses='' \
        -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_wal_size=2GB \
        -c max_connections=300 -c shared_buffers=128MB -c autovacuum_naptime=1h" start >>"$here.log" 2>&1
}

# Sleeps beside the cluster and ends it when no client has been seen for the idle limit.
# `setsid` and the closed streams keep it from holding a test runner's terminal or pipes open.
watch_idle() {
    setsid bash "$0" watch >/dev/null 2>&1 </dev/null 9>&- &
}

clients() {
    as_owner psql -XAtq "$url" -c "SELECT count(*) FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()" 2>/dev/null
}

stop_cluster() {
    runs && as_owner "$bin/pg_ctl" -D "$here/data" -m immediate -w stop >/dev/null 2>&1
    rm -rf "$here" "$here.log"
}

if ! bin=$(programs); then
    say "PostgreSQL is not installed (Debian package: postgresql)"
    exit 3
fi

case "${1:-}" in
start)
    exec 9>"$here.lock"
    flock 9
    if ! runs; then
        { make_cluster && start_cluster; } 9>&- || {
            cat "$here.log" "$here/log" >&2 2>/dev/null
            exit 1
        }
        watch_idle
    fi
    printf '%s\n' "$url"
    ;;
url)
    runs && printf '%s\n' "$url"
    ;;
stop)
    exec 9>"$here.lock"
    flock 9
    stop_cluster || true
    ;;
watch)
    idle_s=0
    while runs; do
        sleep 10
        if [ "$(clients)" = 0 ]; then idle_s=$((idle_s + 10)); else idle_s=0; fi
        if [ "$idle_s" -ge "$idle_limit_s" ]; then
            exec 9>"$here.lock"
            flock 9
            [ "$(clients)" != 0 ] || stop_cluster
            exit 0
        fi
    done
    ;;
*)
    sed -n '2,/^set /p' "$0" | sed '$d; s/^# \{0,1\}//' >&2
    exit 2
    ;;
esac
