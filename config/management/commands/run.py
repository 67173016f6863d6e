"""`manage.py run`: everything on this machine, and one phone's story to see that it works."""

import os
import socket
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress

from config import demo, services, story
from config.supervise import Supervisor, read_procfile

DEMO_ATHLETES = 12


class Command(BaseCommand):
    """Migrate, load the demo once, start every process, play a phone, keep serving."""

    help = "Start everything on this machine and play one phone's story."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take ``--once`` (stop after the story) and where to listen."""
        parser.add_argument("--once", action="store_true", help="stop after the phone's story")
        parser.add_argument(
            "--no-demo-history", action="store_true", help="only the phone's own account"
        )
        parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
        parser.add_argument(
            "--live-port",
            type=int,
            default=int(os.environ.get("LIVE_PORT", "0")),
            help="where streams are served; by default the next port",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until Ctrl-C, or once."""
        console = Console(highlight=False)
        host, port = options["host"], options["port"]
        live_port = options["live_port"] or port + 1
        _refuse_taken_port(host, port)
        _refuse_taken_port(host, live_port)
        server, live = f"http://{host}:{port}", f"http://{host}:{live_port}"
        call_command("migrate", database="owner", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        _load_demo(console, with_history=not options["no_demo_history"])
        with Supervisor(
            read_procfile(services.PROJECT / "Procfile"),
            env={
                **os.environ,
                "HOST": host,
                "PORT": str(port),
                "LIVE_PORT": str(live_port),
                "PUBLIC_URL": server,
                "LIVE_URL": live,
                "PATH": search_path(os.environ.get("PATH", os.defpath)),
            },
            cwd=services.PROJECT,
            embedded_home=services.embedded_home(),
            log=_log_file(),
        ) as supervisor:
            console.print(f"Starting web, live, worker and beat; their output is in {_log_path()}")
            for name, address in (("web", server), ("live", live)):
                if not story.wait_ready(address):
                    raise CommandError(f"The {name} process did not get ready; see {_log_path()}")
            outcome = story.play(server, now=timezone.now(), console=console)
            _say_where(console, server, live)
            if not options["once"]:
                supervisor.wait()
        if options["once"] and not outcome.is_whole:
            raise CommandError("The phone did not get its summary and reminder back.")


def search_path(given: str) -> str:
    """Return where the Procfile's programs are looked for: beside this Python first."""
    return f"{Path(sys.executable).parent}{os.pathsep}{given}"


def _load_demo(console: Console, *, with_history: bool) -> None:
    demo.open_phone_account()
    if not settings.DEMO or not with_history or demo.is_loaded():
        return
    with Progress(console=console) as progress:
        task = progress.add_task(
            "Loading twelve demo athletes, two years each", total=DEMO_ATHLETES
        )
        demo.load_demo(now=timezone.now(), report=lambda _: progress.advance(task))


def _refuse_taken_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} on {host} can not be used ({error.strerror}). "
                f"Stop what listens there, or choose another: make run PORT=8010"
            ) from error


def _say_where(console: Console, server: str, live: str) -> None:
    console.print(
        f"""
[bold]Ready.[/bold]
  Athlete page  {server}/me       {demo.PHONE} / {demo.PASSWORD}
  Web app       {server}/app      the same
  Coach panel   {server}/coach    {demo.COACH} / {demo.PASSWORD}
  API docs      {server}/docs     contract {server}/openapi.json
  Wake-ups      {live}/v1/stream
Ctrl-C stops everything.""",
        soft_wrap=True,  # an address stays in one piece
    )


def _log_path() -> str:
    return str(services.home() / "run.log")


def _log_file() -> Any:
    stream = (services.home() / "run.log").open("a", encoding="utf-8", buffering=1)
    return lambda line: stream.write(line.rstrip("\n") + "\n")
