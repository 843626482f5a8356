#!/usr/bin/env bash
# Installs what the tests need: PostgreSQL, Chromium with fonts, Node, a fediverse server (snac)
# the npm packages of tests/browser, and a Bluesky network (npm packages of tests/bluesky). May be run as often as you like.
# Debian as root: installs. Anywhere else: says exactly what to install and goes on; the stories
# that miss a part are then skipped by name. One line a part, on stderr.
set -uo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
root=$(cd "$(dirname "$0")/.." && pwd)
missing=0

# part NAME PRESENT PACKAGE…: installs the packages unless the command PRESENT says the part is here.
part() {
    local name=$1 present=$2
    shift 2
    if "$present"; then
        say "$name: here"
    elif can_apt && apt_install "$@"; then
        say "$name: installed ($*)"
    elif can_apt; then
        say "$name: could not be installed ($*); its stories will be skipped"
        missing=1
    else
        say "$name: not here; install (Debian names): $*"
        missing=1
    fi
}

postgres_is_here() { have initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
chromium_is_here() { have chromium || have chromium-browser || have google-chrome; }
node_is_here() { have node && have npm; }
namespaces_are_here() { have ip && have unshare; }
snac_is_here() { have snac; }

part PostgreSQL postgres_is_here postgresql
part Chromium chromium_is_here chromium fonts-dejavu-core fonts-liberation
part Node node_is_here nodejs npm
part "network namespaces" namespaces_are_here iproute2 util-linux

# snac is in no older Debian release but in its backports. The entry for them is made from the
# machine's own sources: same address, same key, suite name + "-backports". Packages from there
# are never taken by an upgrade unless asked for by name.
add_backports() {
    local suite uri key entry=/etc/apt/sources.list.d/onit-tests-backports.sources
    # shellcheck disable=SC1091
    suite=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
    # shellcheck disable=SC2016
    uri=$(apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
        awk -v suite="$suite" '$1 == suite && $2 == "main" { print $3; exit }')
    if [ -z "$suite" ] || [ -z "$uri" ]; then
        say "fediverse server: this machine's apt sources name no suite to derive backports from"
        return 1
    fi
    key=$(grep -rhsi '^Signed-By: */' /etc/apt/sources.list.d/*.sources | head -n 1)
    {
        printf 'Types: deb\nURIs: %s\nSuites: %s-backports\nComponents: main\n' "$uri" "$suite"
        [ -z "$key" ] || printf '%s\n' "$key"
    } >"$entry"
    apt_get update && say "apt: added the suite $suite-backports ($entry)"
}

if ! snac_is_here && can_apt && ! apt_offers snac2; then
    apt_get update
    apt_offers snac2 || add_backports
fi
part "fediverse server (snac; Debian 12 has it in its backports)" snac_is_here snac2

# The lock file that npm keeps inside node_modules tells whether they are those of our lock file.
browser=$root/tests/browser
if ! have npm; then
    say "browser packages: need npm; skipped"
    missing=1
elif [ -f "$browser/node_modules/.installed" ] && cmp -s "$browser/package-lock.json" "$browser/node_modules/.installed"; then
    say "browser packages: here"
elif (cd "$browser" && PUPPETEER_SKIP_DOWNLOAD=1 PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 \
    npm ci --no-audit --no-fund --loglevel=error </dev/null >&2); then
    cp "$browser/package-lock.json" "$browser/node_modules/.installed"
    say "browser packages: installed"
else
    say "browser packages: npm could not install them; run 'npm ci' in tests/browser to see why"
    missing=1
fi

# A real Bluesky network from npm. Only its SQLite has to be compiled: against the headers that come with node, so that
# nothing is fetched from elsewhere.
bluesky=$root/tests/bluesky
install_bluesky() {
    local headers
    headers=$(dirname "$(dirname "$(command -v node)")")
    [ -f "$headers/include/node/node.h" ] || headers=/usr
    (cd "$bluesky" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error &&
        npm_config_nodedir=$headers JOBS=2 npm rebuild better-sqlite3 --loglevel=error &&
        node -e "new (require('better-sqlite3'))(':memory:')") </dev/null >&2
}
# It takes minutes to build: scripts/nightly.sh asks for it.
if [ "${ONIT_BLUESKY_NETWORK:-}" != 1 ]; then
    say "Bluesky network: not asked for (ONIT_BLUESKY_NETWORK=1)"
elif ! have npm; then
    say "Bluesky network: needs npm; skipped"
    missing=1
elif [ -f "$bluesky/node_modules/.installed" ] && cmp -s "$bluesky/package-lock.json" "$bluesky/node_modules/.installed"; then
    say "Bluesky network: here"
elif install_bluesky; then
    cp "$bluesky/package-lock.json" "$bluesky/node_modules/.installed"
    say "Bluesky network: installed"
else
    say "Bluesky network: could not be installed; it needs node 20 with its headers, a C++ compiler, make and Python 3"
    missing=1
fi

# With the map library the story of /map runs on the live map, without it on the drawing alone.
if [ -f "$root/templates/assets/maplibre-gl.mjs" ]; then
    say "map library: here"
elif ! have npm || ! "$root/scripts/assets.sh" </dev/null >&2; then
    say "map library: not here (make assets); its story is told on the drawn map only"
    missing=1
fi

if [ "$missing" = 1 ] && [ "${ONIT_NO_SKIPS:-0}" = 1 ]; then
    say "a part is missing and ONIT_NO_SKIPS=1 refuses to go on without it"
    exit 1
fi
exit 0
