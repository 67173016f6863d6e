"""The long runs: ``python -m tests.nudges kills --kills 600`` and ``… year --athletes 1000``."""

import argparse
import os
import sys
import time

os.environ.setdefault("PYTEST_XDIST_WORKER", "gw8")  # a database and a Valkey number of its own

from django.test import override_settings  # noqa: E402

import tests.conftest  # noqa: E402, F401 (starts the servers)
from tests.nudges import kills  # noqa: E402
from tests.peers import push_peer  # noqa: E402


def main(arguments: list[str]) -> int:
    """Play, and return 1 when anything was lost, doubled or at another instant."""
    parser = argparse.ArgumentParser(prog="python -m tests.nudges", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    kill = commands.add_parser("kills")
    kill.add_argument("--kills", type=int, default=600)
    kill.add_argument("--reminders", type=int, default=600)
    kill.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    started = time.monotonic()

    def tell(line: str) -> None:
        sys.stdout.write(f"{time.monotonic() - started:5.0f} s  {line}\n")
        sys.stdout.flush()

    with push_peer() as peer, override_settings(**peer.settings):
        tale = kills.play(
            peer, reminders=chosen.reminders, kills=chosen.kills, seed=chosen.seed, tell=tell
        )
    tell(str(tale))
    return int(bool(tale.lost or tale.shown_twice or tale.kills.total() < chosen.kills))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
