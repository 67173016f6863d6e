"""The weekly mail: asked for, once a week, counts and nothing else."""

from datetime import UTC, datetime, timedelta

from apps.reminders.models import Delivery
from apps.reminders.services.collect import collect_person
from apps.reminders.services.deliver import deliver_due
from tests.apps.reminders.feed import (
    NOON,
    address,
    days,
    publish,
    remind,
    reminder,
    set_profile,
)
from tests.apps.reminders.postbox import Postbox
from tests.conftest import Person

MONDAY = datetime(2026, 5, 11, 9, tzinfo=UTC)


def digests(person: Person) -> list[Delivery]:
    """Return the weekly mails, oldest first."""
    return list(Delivery.objects.filter(athlete_id=person.id, kind="digest").order_by("due_at"))


class TestDigest:
    def subscribe(self, person: Person, **fields: object) -> None:
        set_profile(person, weekly_digest=True, reminders_per_week=0, **fields)
        remind(person, reminder(due=days(2)), reminder(due=days(40)))

    def test_comes_on_monday_at_the_persons_hour(self, athlete: Person, postbox: Postbox) -> None:
        self.subscribe(athlete, zone="Europe/Berlin", delivery_hour=8)
        [one] = digests(athlete)
        assert one.due_at == datetime(2026, 5, 11, 6, tzinfo=UTC)
        deliver_due(now=one.due_at - timedelta(seconds=1))
        assert postbox.received == []
        deliver_due(now=one.due_at)
        [mail] = postbox.mails_to(address(athlete))
        assert mail.message["Subject"] == "Your week in Mechanostat"
        assert "2 open, 1 of them due now" in mail.everything

    def test_comes_once_a_week(self, athlete: Person, postbox: Postbox) -> None:
        self.subscribe(athlete)
        for day in range(28):
            now = NOON + timedelta(days=day)
            seq = publish(athlete, {})
            collect_person(athlete_id=athlete.id, seq=seq, now=now)
            deliver_due(now=now)
        assert len(postbox.mails_to(address(athlete))) == 3  # after noon today, it is the next ones

    def test_goes_on_although_nothing_new_was_published(
        self, athlete: Person, postbox: Postbox
    ) -> None:
        self.subscribe(athlete)
        for week in range(3):
            deliver_due(now=MONDAY + timedelta(weeks=week))
        assert len(postbox.mails_to(address(athlete))) == 3

    def test_is_tried_again_although_something_is_published_meanwhile(
        self, athlete: Person, postbox: Postbox
    ) -> None:
        self.subscribe(athlete)
        postbox.mood = "451"
        deliver_due(now=MONDAY)
        seq = publish(athlete, {})
        collect_person(athlete_id=athlete.id, seq=seq, now=MONDAY + timedelta(seconds=5))
        postbox.mood = "accept"
        deliver_due(now=MONDAY + timedelta(minutes=2))
        assert len(postbox.mails_to(address(athlete))) == 1

    def test_says_nothing_of_health(self, athlete: Person, postbox: Postbox) -> None:
        self.subscribe(athlete)
        deliver_due(now=MONDAY)
        [mail] = postbox.mails_to(address(athlete))
        for word in ("CANARY", "vitamin", "blood", "41.7317", "rem."):
            assert word.lower() not in mail.words.lower()

    def test_is_silent_about_an_empty_inbox(self, athlete: Person, postbox: Postbox) -> None:
        set_profile(athlete, weekly_digest=True)
        seq = publish(athlete, {})
        collect_person(athlete_id=athlete.id, seq=seq, now=NOON)
        deliver_due(now=MONDAY)
        assert postbox.received == []
        assert [one.state for one in digests(athlete)] == ["expired", "planned"]

    def test_goes_when_it_is_not_wanted_any_more(self, athlete: Person, postbox: Postbox) -> None:
        self.subscribe(athlete)
        set_profile(athlete, weekly_digest=False)
        seq = publish(athlete, {})
        collect_person(athlete_id=athlete.id, seq=seq, now=NOON)
        assert [one.state for one in digests(athlete)] == ["cancelled"]

    def test_is_for_those_alone_who_asked(self, athlete: Person) -> None:
        remind(athlete)
        assert digests(athlete) == []
