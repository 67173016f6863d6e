"""`manage.py erase_feed`: all a person synced goes, their files, what was derived and written."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.accounts.models import User
from apps.coaching.services import forget as coaching
from apps.common.actor import acting_as
from apps.insights.services import forget as insights
from apps.reminders.services import forget as reminders
from apps.sync.erasing import erase_feed
from apps.uploads.services.erase import erase_blobs


class Command(BaseCommand):
    """For an erasure request (GDPR art. 17). The account itself, consents and the access log stay.

    Phones learn of it at their next request and wipe their copy.
    """

    help = "Erase one athlete's feed and everything derived from it. There is no undo."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whose feed, and a second word that it is meant."""
        parser.add_argument("--athlete", required=True, help="the athlete's e-mail address")
        parser.add_argument("--yes", action="store_true", help="erase; without it, only tell")

    def handle(self, *args: Any, **options: Any) -> None:
        """Erase in one transaction, or say what to add."""
        athlete = User.objects.filter(email=options["athlete"].lower()).first()
        if athlete is None:
            raise CommandError("No athlete has this e-mail address.")
        if not options["yes"]:
            raise CommandError("This erases the feed for good. Add --yes if that is meant.")
        with acting_as(athlete.id):
            erased = erase_feed(athlete.id)
            reminders.forget_athlete(athlete.id)
            insights.forget_athlete(athlete.id)
            coaching.forget_athlete(athlete.id)
        # After the feed: whoever reads on in it for files then finds nothing more to name one.
        files = erase_blobs(athlete_id=athlete.id, now=timezone.now())
        self.stdout.write(f"{erased.records} records, {erased.ops} ops and {files} files erased.")
