#!/bin/sh
# Prints the checker that browser tests run in a page.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
. "$root/tools/npm.sh"
install_locked "$here" >&2
cat node_modules/axe-core/axe.min.js
