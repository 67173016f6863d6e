"""`manage.py rebuild`: read models anew from the records, of everybody or of one athlete."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from apps.accounts.models import User
from apps.insights.services.rebuild import ask_rebuild, athletes_to_rebuild, rebuild_marked
from apps.insights.services.recompute import rebuild_athlete
from config.rebuilding import rebuild_in


class Command(BaseCommand):
    """Safe beside workers, and to kill: started again it goes on with who is left."""

    help = "Make the read models anew from the records; goes on where a killed run was."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take one athlete or everybody, and how many processes do it."""
        parser.add_argument("--athlete", help="only this e-mail address")
        parser.add_argument("--processes", type=int, default=1, help="how many at once")

    def handle(self, *args: Any, **options: Any) -> None:
        """Rebuild with a progress bar; status 1 when somebody could not be."""
        if options["processes"] < 1:
            raise CommandError("--processes must be at least 1.")
        console = Console(highlight=False)
        if options["athlete"]:
            _one(options["athlete"])
            console.print("1 athlete rebuilt.")
            return
        left = athletes_to_rebuild()
        if left:
            console.print(f"Going on with an earlier run: {len(left)} athletes are left.")
        else:
            ask_rebuild()
            left = athletes_to_rebuild()
        counts = _many(left, options["processes"], console)
        console.print(
            f"{counts['rebuilt']} athletes rebuilt, {counts['done_already']} done by others."
        )
        undone = len(left) - counts["rebuilt"] - counts["done_already"]
        if undone:
            raise CommandError(
                f"{undone} athletes could not be rebuilt; the log says why. They stay marked: "
                "run this again, or wait for their next recompute."
            )


def _one(email: str) -> None:
    athlete = User.objects.filter(email=email.lower()).first()
    if athlete is None:
        raise CommandError("No athlete has this e-mail address.")
    if not rebuild_athlete(athlete_id=athlete.id, now=timezone.now()):
        raise CommandError("Workers were faster again and again; try once more.")


def _many(athlete_ids: Sequence[UUID], processes: int, console: Console) -> Counter[str]:
    counts: Counter[str] = Counter()
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("Rebuilding", total=len(athlete_ids))
        for outcome in _outcomes(athlete_ids, processes):
            counts[outcome] += 1
            progress.advance(task)
    return counts


def _outcomes(athlete_ids: Sequence[UUID], processes: int) -> Iterator[str]:
    if processes > 1:
        yield from rebuild_in(processes, athlete_ids)
        return
    for athlete_id in athlete_ids:
        yield rebuild_marked(athlete_id=athlete_id, now=timezone.now())
