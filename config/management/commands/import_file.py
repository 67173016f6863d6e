"""`manage.py import_file`: a FIT or FHIR file becomes ops of one athlete's feed."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress

from apps.accounts.models import User
from apps.common.actor import acting_as
from apps.sync.writer import push_ops
from backend.errors import CoreError
from backend.feed.wire import MAX_OPS, Op, Result
from backend.formats import read
from backend.formats.imported import ImportedFile
from backend.records import REGISTRY
from backend.records.ids import record_id


class Command(BaseCommand):
    """Read a file whole, then push its records; a broken file imports nothing."""

    help = "Import FIT activities or FHIR R4 laboratory results for one athlete."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the athlete and the files."""
        parser.add_argument("--athlete", required=True, help="the athlete's e-mail address")
        parser.add_argument("files", nargs="+", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Import each file; the first that can not be read stops with its place and reason."""
        athlete = User.objects.filter(email=options["athlete"].lower()).first()
        if athlete is None:
            raise CommandError(
                "No athlete has this e-mail address; see `manage.py run` for demo ones."
            )
        console = Console(highlight=False)
        for path in options["files"]:
            imported = _read(path)
            results = _push(athlete, imported, title=path.name, console=console)
            _report(console, path, imported, results)


def _read(path: Path) -> ImportedFile:
    try:
        return read(path.read_bytes())
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
    except CoreError as error:
        where = f" at {error.pointer}" if error.pointer else ""
        raise CommandError(f"{path}: [{error.code}]{where}: {error.detail}") from error


def _push(athlete: User, imported: ImportedFile, *, title: str, console: Console) -> list[Result]:
    results: list[Result] = []
    ops = [
        Op(
            op=uuid4(),
            type=draft.type,
            id=record_id(athlete.id, draft.type, draft.system, draft.external_id),
            action="put",
            schema=REGISTRY[draft.type].schema,
            set=msgspec.Raw(draft.body),
        )
        for draft in imported.drafts
    ]
    with Progress(console=console) as progress:
        task = progress.add_task(title, total=len(ops))
        for start in range(0, len(ops), MAX_OPS):
            chunk = ops[start : start + MAX_OPS]
            with acting_as(athlete.id):
                pushed = push_ops(
                    athlete_id=athlete.id,
                    device_id=None,
                    ops=chunk,
                    epoch=None,
                    witness=None,
                    sent_at=None,
                    now=timezone.now(),
                )
            results += pushed.results
            progress.advance(task, len(chunk))
    return results


def _report(console: Console, path: Path, imported: ImportedFile, results: list[Result]) -> None:
    counts: dict[str, int] = {}
    for result in results:
        counts[result.status] = counts.get(result.status, 0) + 1
    told = ", ".join(f"{number} {status}" for status, number in sorted(counts.items()))
    console.print(f"{path.name}: {imported.format}, {told or 'no records'}")
    for warning in imported.warnings:
        console.print(f"  {warning.code} {warning.pointer}: {warning.detail}")
