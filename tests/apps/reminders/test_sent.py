"""A reminder that went out says so in the feed, once for a due date."""

from datetime import timedelta

from django.utils import timezone

from apps.common.actor import acting_as
from apps.insights.selectors import open_reminders
from apps.insights.services.recompute import drain
from apps.reminders.services.collect import collect
from apps.reminders.services.deliver import deliver_due
from tests.apps.insights.test_recompute import vitamin_d
from tests.apps.reminders.feed import set_profile
from tests.apps.reminders.postbox import Postbox
from tests.conftest import Person


def states(person: Person) -> dict[str, str]:
    """Return the states of the person's reminders in the feed, by rule."""
    with acting_as(person.id):
        return {body.rule: body.state for _, body in open_reminders(owner=person.id)}


def play(person: Person) -> None:
    """Let the workers do what they would do now."""
    now = timezone.now()
    for _ in range(2):
        drain(now=now)
        while collect(now=now):  # a batch at a time
            pass
        deliver_due(now=now)


class TestSent:
    def become_due(self, athlete: Person) -> None:
        set_profile(athlete, quiet_hours="none", delivery_hour=0)
        long_ago = (timezone.now() - timedelta(days=120)).isoformat()
        athlete.sync([vitamin_d(drawn=long_ago)])
        play(athlete)

    def test_is_what_a_due_reminder_becomes(self, athlete: Person, postbox: Postbox) -> None:
        self.become_due(athlete)
        assert states(athlete)["rem.vitd_retest_low"] == "sent"
        assert len(postbox.mails_to(athlete.user.email)) == 2  # the budget of a week

    def test_stays_when_something_else_changes(self, athlete: Person, postbox: Postbox) -> None:
        self.become_due(athlete)
        set_profile(athlete, height_cm=171)
        play(athlete)
        assert states(athlete)["rem.vitd_retest_low"] == "sent"
        assert len(postbox.mails_to(athlete.user.email)) == 2
