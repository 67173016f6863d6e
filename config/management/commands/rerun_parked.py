"""`manage.py rerun_parked`: after an upgrade, try again what an older server could not read."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from rich.console import Console
from rich.progress import track

from apps.accounts.models import User
from apps.common.actor import acting_as
from apps.sync.parked import forget_parked, rerun_parked


class Command(BaseCommand):
    """Try every feed's parked ops again; scrub those older than 180 days."""

    help = "Try parked ops again (after an upgrade) and scrub those older than 180 days."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take one athlete, or everybody."""
        parser.add_argument("--athlete", help="only this e-mail address")

    def handle(self, *args: Any, **options: Any) -> None:
        """Go through the feeds with a progress bar; a feed in use is waited for."""
        people = User.objects.order_by("pk")
        if options["athlete"]:
            people = people.filter(email=options["athlete"].lower())
        tried = taken = scrubbed = 0
        console = Console(highlight=False)
        ids = list(people.values_list("pk", flat=True))
        for athlete_id in track(ids, description="Parked ops", console=console):
            with acting_as(athlete_id):
                done = rerun_parked(athlete_id=athlete_id)
                scrubbed += forget_parked(athlete_id=athlete_id, now=timezone.now())
            tried, taken = tried + done.tried, taken + done.taken
        console.print(f"{tried} parked ops tried, {taken} taken, {scrubbed} scrubbed.")
