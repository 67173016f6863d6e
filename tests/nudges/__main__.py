"""The long runs: ``python -m tests.nudges kills --kills 600`` and ``… year --athletes 1000``."""

import argparse
import os
import sys
import time
from collections.abc import Callable

import environ

os.environ.setdefault("PYTEST_XDIST_WORKER", "gw8")  # a database and a Valkey number of its own

from django.test import override_settings

import tests.conftest  # noqa: F401 (starts the servers)
from tests.apps.reminders.postbox import Postbox
from tests.nudges import kills, year
from tests.peers import push_peer


def main(arguments: list[str]) -> int:
    """Play, and return 1 when anything was lost, doubled or at another instant."""
    parser = argparse.ArgumentParser(prog="python -m tests.nudges", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    kill = commands.add_parser("kills")
    kill.add_argument("--kills", type=int, default=600)
    kill.add_argument("--reminders", type=int, default=600)
    kill.add_argument("--seed", type=int, default=1)
    lives = commands.add_parser("year")
    lives.add_argument("--athletes", type=int, default=1000)
    lives.add_argument("--days", type=int, default=365)
    lives.add_argument("--seed", type=int, default=1, help="of the first athlete")
    chosen = parser.parse_args(arguments)
    started = time.monotonic()

    def tell(line: str) -> None:
        sys.stdout.write(f"{time.monotonic() - started:5.0f} s  {line}\n")
        sys.stdout.flush()

    return play_kills(chosen, tell) if chosen.command == "kills" else play_year(chosen, tell)


def play_kills(chosen: argparse.Namespace, tell: Callable[[str], None]) -> int:
    """Kill senders."""
    with push_peer() as peer, override_settings(**peer.settings):
        tale = kills.play(
            peer, reminders=chosen.reminders, kills=chosen.kills, seed=chosen.seed, tell=tell
        )
    tell(str(tale))
    return int(bool(tale.lost or tale.shown_twice or tale.kills.total() < chosen.kills))


def play_year(chosen: argparse.Namespace, tell: Callable[[str], None]) -> int:
    """Live a year."""
    seeds = range(chosen.seed, chosen.seed + chosen.athletes)
    postbox = Postbox()
    postbox.start()
    configured = environ.Env.email_url_config(f"smtp://127.0.0.1:{postbox.port}")
    with override_settings(**configured, EMAIL_TIMEOUT=5, PUBLIC_URL="https://app.example.org"):
        lived = year.play(postbox, seeds=seeds, days=chosen.days, tell=tell)
    postbox.stop()
    for line in (*lived.missed, *lived.wrong):
        tell(line)
    tell(str(lived))
    return int(bool(lived.missed or lived.wrong or lived.mails != lived.expected))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
