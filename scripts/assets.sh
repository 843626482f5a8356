#!/usr/bin/env bash
# Fetches the map library from npm (pinned by scripts/assets/package-lock.json) and puts it where the build and the
# server look for it. Without it everything works and /map shows the drawn map; nothing from npm is committed.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
root=$(cd "$(dirname "$0")/.." && pwd)

if ! have npm; then
    say "npm is not here; install Node, or go on without: /map then shows the drawn map"
    exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$root/scripts/assets/package.json" "$root/scripts/assets/package-lock.json" "$work/"
(cd "$work" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
for file in maplibre-gl.mjs maplibre-gl-worker.mjs; do
    # The source map stays away: browsers would ask for a file that we do not serve.
    grep -v '^//# sourceMappingURL' "$work/node_modules/maplibre-gl/dist/$file" >"$root/templates/assets/$file"
done
cp "$work/node_modules/maplibre-gl/LICENSE.txt" "$root/templates/assets/maplibre-gl.LICENSE.txt"
# The list of embedded files is read when this file is compiled.
touch "$root/src/web/pages/assets.rs"
say "the map library is in templates/assets/; the next build holds it"
