#!/bin/sh
# Lints the committed OpenAPI document. Uses the machine's Node, else the one from the lock.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
. "$root/tools/npm.sh"
install_locked "$here"
exec node node_modules/@stoplight/spectral-cli/dist/index.js lint \
  --ruleset .spectral.yaml --fail-severity=warn "${1:-$root/tests/contract/openapi.json}"
