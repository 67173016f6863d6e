"""`manage.py import_file`: a FIT, FHIR or ActiGraph file becomes ops of one athlete's feed."""

from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

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
from backend.formats import PlacementMissing, Worn, is_actigraph, read, read_actigraph
from backend.formats.actigraph import PLACEMENTS
from backend.formats.actigraph_header import PIECE
from backend.formats.imported import ImportedFile
from backend.records import REGISTRY
from backend.records.ids import record_id


class Command(BaseCommand):
    """Read a file whole, then push its records; a broken file imports nothing."""

    help = (
        "Import FIT activities, FHIR R4 laboratory results or raw accelerometry of ActiGraph "
        "for one athlete."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the athlete, the files, and what a file of raw accelerometry does not tell."""
        parser.add_argument("--athlete", required=True, help="the athlete's e-mail address")
        raw = parser.add_argument_group("raw accelerometry")
        raw.add_argument("--placement", choices=PLACEMENTS, help="where the monitor was worn")
        raw.add_argument("--activity", default="unknown", help="such as running; see the sports")
        raw.add_argument("--zone", help="IANA zone of the wall clock, such as Europe/Berlin")
        raw.add_argument("--body-mass-kg", type=float, help="body mass on that day")
        parser.add_argument("files", nargs="+", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Import each file; the first that can not be read stops with its place and reason."""
        athlete = User.objects.filter(email=options["athlete"].lower()).first()
        if athlete is None:
            raise CommandError(
                "No athlete has this e-mail address; see `manage.py run` for demo ones."
            )
        console = Console(highlight=False)
        worn = _worn(options)
        for path in options["files"]:
            imported = _read(path, worn)
            results = _push(athlete, imported, title=path.name, console=console)
            _report(console, path, imported, results)


def _worn(options: dict[str, Any]) -> Worn | None:
    if options["placement"] is None:
        return None
    try:
        zone = ZoneInfo(options["zone"]) if options["zone"] else None
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CommandError("No zone has this name; it should be like Europe/Berlin.") from error
    return Worn(
        placement=options["placement"],
        activity=options["activity"],
        zone=zone,
        body_mass_kg=options["body_mass_kg"],
    )


def _read(path: Path, worn: Worn | None) -> ImportedFile:
    """Read a file; only raw accelerometry may be larger than memory should hold."""
    try:
        with path.open("rb") as file:
            head = file.read(PIECE)
            if not is_actigraph(head):
                return read(head + file.read())
            if worn is None:
                raise PlacementMissing("Say where the monitor was worn: --placement.")
            return read_actigraph(chain([head], iter(partial(file.read, PIECE), b"")), worn=worn)
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
