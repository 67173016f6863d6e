"""`manage.py purge_tombstones`: deletions every device has seen leave the feeds."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from apps.accounts.selectors import count_people
from apps.sync.purging import Purged, purge_everybody


class Command(BaseCommand):
    """Tombstones are kept for ever unless an operator runs this or turns the sweep on.

    One short transaction per person; stopping it half way does no harm.
    """

    help = "Purge tombstones that every device in use has seen, and those over 400 days old."

    def handle(self, *args: Any, **options: Any) -> None:
        """Go through everybody and show how far it is."""
        console = Console(file=self.stdout, highlight=False)  # type: ignore[arg-type]  # writes text
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=console) as progress:
            task = progress.add_task("people", total=count_people())

            def tell(done: int, so_far: Purged) -> None:
                progress.update(task, advance=done, description=_words(so_far))

            total = purge_everybody(now=timezone.now(), tell=tell)
        console.print(_words(total))


def _words(purged: Purged) -> str:
    return f"{purged.tombstones} tombstones purged, {purged.bodies} ops scrubbed"
