"""What coaches wrote about an athlete goes when the athlete's feed is erased; the consent stays."""

import io
from typing import Any

from django.core.management import call_command
from django.utils import timezone

from apps.coaching.models import Assignment, Mark, RosterTag, SentNote
from apps.coaching.services.joining import tag_athlete
from apps.coaching.services.marks import review
from apps.coaching.services.notes import write_note
from apps.common.actor import acting_as
from tests.apps.coaching.conftest import Squad
from tests.conftest import Person

WRITTEN = (Mark, SentNote, RosterTag)


def written(person: Person) -> list[int]:
    """Return how many rows of each kind are about a person."""
    with acting_as(person.id):
        return [rows.objects.filter(athlete_id=person.id).count() for rows in WRITTEN]


def test_erasing_a_feed_takes_what_coaches_wrote_along(
    squad: Squad, athlete: Person, stranger: Person
) -> None:
    now = timezone.now()
    for person in (athlete, stranger):
        squad.join(person)
        who: dict[str, Any] = {"team_id": squad.team.id, "athlete_id": person.id}
        review(coach=squad.coach.user, ending="refer", note="Looks ill", reasons=[], now=now, **who)
        write_note(coach=squad.coach.user, text="Rest", now=now, **who)
        tag_athlete(head=squad.coach.user, tags=["800 m"], **who)
        with acting_as(person.id):
            Assignment.objects.create(
                athlete_id=person.id, team_id=squad.team.id, user_id=squad.coach.id
            )
    assert written(athlete) == written(stranger) == [1, 1, 1]
    call_command("erase_feed", athlete=athlete.user.email, yes=True, stdout=io.StringIO())
    assert written(athlete) == [0, 0, 0]
    assert written(stranger) == [1, 1, 1]
    with acting_as(athlete.id):
        assert Assignment.objects.filter(athlete_id=athlete.id).exists()
    assert squad.coach.get(f"{squad.one(athlete.id)}/marks").json() == {"marks": []}
    assert squad.coach.get(f"{squad.one(athlete.id)}/notes").json() == {"notes": []}
