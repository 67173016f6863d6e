"""``python -m config.embedded start|stop|status --home DIR``: the servers by hand."""

import argparse
import json
import sys
from pathlib import Path

from config import embedded


def main(arguments: list[str]) -> int:
    """Do what the arguments say and write the outcome as JSON."""
    parser = argparse.ArgumentParser(prog="python -m config.embedded", description=__doc__)
    parser.add_argument("verb", choices=("start", "stop", "status"))
    parser.add_argument("--home", type=Path, default=Path(".mechanostat"))
    chosen = parser.parse_args(arguments)
    try:
        if chosen.verb == "start":
            embedded.start(chosen.home, keep=True)
        elif chosen.verb == "stop":
            embedded.stop(chosen.home, kept=True)
        outcome = embedded.status(chosen.home)
    except embedded.EmbeddedServerError as failure:
        sys.stdout.write(json.dumps({"error": str(failure)}) + "\n")
        return 1
    sys.stdout.write(json.dumps(outcome, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
