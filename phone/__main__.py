"""A phone on the command line: ``python -m phone --help``."""

import argparse
import getpass
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.console import Console

from phone.client import Phone
from phone.editfile import read_edits
from phone.errors import EpochChanged, FeedForked, PhoneError, RequestRefused, SignedOut
from phone.show import show_report, show_store
from phone.store import Store

ATTEMPTS = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, or 1 after saying what went wrong."""
    options = _parser().parse_args(arguments)
    console = Console(highlight=False)
    with (
        Store(options.store) as store,
        Phone(options.server, store, attempts=ATTEMPTS) as phone,
    ):
        try:
            _run(options, phone, console)
        except (PhoneError, OSError, msgspec.DecodeError) as error:
            sys.stderr.write(f"{_advice(error)}\n")
            return 1
    return 0


def _run(options: argparse.Namespace, phone: Phone, console: Console) -> None:
    match options.command:
        case "sign-up":
            password = options.password or getpass.getpass("Password: ")
            athlete = phone.sign_up(
                options.email, password, display_name=options.name, zone=options.zone
            )
            console.print(f"Account opened: {athlete}")
        case "sign-in":
            password = options.password or getpass.getpass("Password: ")
            console.print(f"Signed in as {phone.sign_in(options.email, password)}")
        case "push-file":
            console.print(f"{len(read_edits(phone, options.file))} edits put into the outbox.")
            show_report(console, phone.sync())
        case "sync":
            show_report(console, phone.sync())
            if options.wait:
                phone.wait_current(options.wait)
                console.print("The summary includes everything sent.")
        case _:
            show_store(console, phone.store)


def _advice(error: Exception) -> str:
    match error:
        case SignedOut():
            return f"Signed out: {error}"
        case FeedForked():
            return "The server lost history this phone has. Nothing was changed on either side."
        case EpochChanged():
            return "The account's data were erased on the server. Nothing was sent."
        case RequestRefused():
            return f"Refused: {error}"
        case _:
            return str(error) or type(error).__name__


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m phone", description="The reference phone.")
    parser.add_argument("--server", default="http://127.0.0.1:8000", help="default: %(default)s")
    parser.add_argument(
        "--store", type=Path, default=Path("phone.sqlite3"), help="default: %(default)s"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    sign_up = commands.add_parser("sign-up", help="open an account")
    sign_up.add_argument("--name", help="display name")
    sign_up.add_argument("--zone", help="IANA time zone, for example Europe/Berlin")
    sign_in = commands.add_parser("sign-in", help="sign this phone in")
    for command in (sign_up, sign_in):
        command.add_argument("email")
        command.add_argument("--password", help="asked for if not given")
    push = commands.add_parser("push-file", help="put a file's edits into the outbox and sync")
    push.add_argument("file", type=Path)
    sync = commands.add_parser("sync", help="push and pull until both sides agree")
    sync.add_argument("--wait", type=float, metavar="SECONDS", help="wait for the summary")
    commands.add_parser("show", help="what is on this phone")
    return parser


if __name__ == "__main__":
    sys.exit(main())
