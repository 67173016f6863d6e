"""`manage.py verify_access_log`: is every athlete's access log what was written?"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from apps.accounts.models import User
from apps.accounts.selectors import count_people, people_after
from apps.coaching.services.checking import check_log

STEP = 1_000


class Command(BaseCommand):
    """Reads only. A line for each break: athlete, number of the line, code, what is wrong."""

    help = "Recompute the chains of access logs; status 1 when one is not what was written."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take one athlete or everybody."""
        parser.add_argument("--athlete", help="only this e-mail address")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check with a progress bar on standard error; breaks go to standard output."""
        athletes, total = _asked(options["athlete"])
        checked = lines = 0
        broken: set[UUID] = set()
        columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True)) as progress:
            task = progress.add_task("Checking", total=total)
            for athlete_id in athletes:
                found = check_log(athlete_id=athlete_id)
                checked += bool(found.lines or found.breaks)
                lines += found.lines
                for one in found.breaks:
                    broken.add(athlete_id)
                    self.stdout.write(f"{athlete_id} line {one.seq} {one.code}: {one.words}")
                progress.advance(task)
        if broken:
            raise CommandError(f"{len(broken)} of {checked} logs are not what was written.")
        self.stdout.write(f"{checked} logs, {lines} lines: all as written.")


def _asked(email: str | None) -> tuple[Iterator[UUID], int]:
    if email is None:
        return _everybody(), count_people()
    athlete = User.objects.filter(email=email.lower()).first()
    if athlete is None:
        raise CommandError("No athlete has this e-mail address.")
    return iter([athlete.id]), 1


def _everybody() -> Iterator[UUID]:
    last = UUID(int=0)
    while step := people_after(last, limit=STEP):
        yield from step
        last = step[-1]
