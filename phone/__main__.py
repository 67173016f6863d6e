"""A phone on the command line: ``python -m phone --help``."""

import argparse
import contextlib
import getpass
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import msgspec
from msgspec import Raw
from rich.console import Console

from phone.client import Phone
from phone.editfile import read_edits
from phone.errors import EpochChanged, FeedForked, PhoneError, RequestRefused, SignedOut
from phone.show import show_report, show_store
from phone.store import Store

ATTEMPTS = 5
_VERDICTS = {
    True: "This copy equals the server's.",
    False: "This copy differs from the server's, and loading it anew did not help.",
    None: "Could not be told now; try again.",
}


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
        case "follow":
            _follow(phone, console)
        case "check":
            console.print(_VERDICTS[phone.check()])
        case "redo":
            fields = msgspec.json.decode(options.set, type=dict[str, Raw])
            made = phone.redo(options.op, set=fields, unset=options.unset)
            console.print(f"{len(made)} edits put into the outbox.")
            show_report(console, phone.sync())
        case "drop":
            phone.resolve(options.op)
        case _:
            show_store(console, phone.store)


def _follow(phone: Phone, console: Console) -> None:
    """Sync again and again, as often as the server asks, until interrupted."""
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            report = phone.sync()
            show_report(console, report)
            time.sleep(report.next_poll_s)


def _advice(error: Exception) -> str:
    match error:
        case SignedOut():
            return f"Signed out: {error}"
        case FeedForked():
            return "The server's answers contradict each other. The outbox is untouched."
        case EpochChanged():
            return "The account's data were erased on the server, and with them this copy."
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
    commands.add_parser("follow", help="sync as often as the server asks, until Ctrl-C")
    commands.add_parser("check", help="compare this copy with the server's, and mend it")
    redo = commands.add_parser("redo", help="make an edit again that the server did not take")
    redo.add_argument("--set", default="{}", metavar="JSON", help="values instead of its own")
    redo.add_argument("--unset", action="append", default=[], metavar="FIELD")
    drop = commands.add_parser("drop", help="give up an edit that the server did not take")
    for command in (redo, drop):
        command.add_argument("op", type=UUID, help="its id, as `show` prints it")
    commands.add_parser("show", help="what is on this phone")
    return parser


if __name__ == "__main__":
    sys.exit(main())
