"""A team of its own, an athlete whose words are known, and every way to read of them."""

import uuid
from collections.abc import Callable

from django.utils import timezone

from apps.coaching.services.teams import create_team
from apps.common.actor import acting_as
from apps.insights.models import LoadDay, PanelRow
from tests.apps.coaching.conftest import Squad, fill_panel
from tests.apps.matrix.cast import whole
from tests.apps.matrix.records import CANARIES, CANARY, LAB_NUMBERS, NOTE, sync_everything
from tests.conftest import Person, make_person
from tests.words import said


def squad_of(coach: Person) -> Squad:
    """Return a new team of this coach."""
    return Squad(coach, create_team(head=coach.user, name="Team", now=timezone.now()))


def known_athlete() -> Person:
    """An athlete with records, panel rows and a loading day."""
    person = make_person("Aiko Ito")
    sync_everything(person, CANARIES)
    with acting_as(person.id):
        PanelRow.objects.filter(athlete_id=person.id).delete()
        LoadDay.objects.filter(athlete_id=person.id).delete()
    fill_panel(person)
    return person


Ways = dict[str, Callable[[], tuple[int, str]]]


def ways(squad: Squad, athlete: Person) -> Ways:
    """Return every way in which a coach reads of an athlete."""
    coach, page = squad.coach, f"{squad.page}/athletes/{athlete.id}"
    one = squad.one(athlete.id)
    feeds = {
        "protocol": 1,
        "request": str(uuid.UUID(int=1)),
        "feeds": [{"athlete": str(athlete.id)}],
    }
    asked = {
        "vector": lambda: coach.post("/v1/feeds/changes", feeds),
        "heads": lambda: coach.get("/v1/feeds/heads"),
        "panel": lambda: coach.get(squad.panel),
        "file": lambda: coach.get(f"{squad.panel}.csv"),
        "athlete": lambda: coach.get(one),
        "marks": lambda: coach.get(f"{one}/marks"),
        "notes": lambda: coach.get(f"{one}/notes"),
        "roster": lambda: coach.page.get(squad.page),
        "fragment": lambda: coach.page.get(squad.page, headers={"HX-Request": "true"}),
        "page": lambda: coach.page.get(page),
        "review": lambda: coach.page.get(f"{page}/review"),
    }

    def answered(ask: Callable[[], object]) -> Callable[[], tuple[int, str]]:
        def text() -> tuple[int, str]:
            answer = whole(ask())
            return answer.status, answer.text

        return text

    return {name: answered(ask) for name, ask in asked.items()}


def words_of(text: str) -> set[str]:
    """Return which record types' words, and which numbers, stand in an answer."""
    told = said(text)
    found = {kind for kind, word in CANARY.items() if word in told}
    return found | {
        word for word in (*LAB_NUMBERS, "CANARYLABS", "CANARYDXA", NOTE) if word in told
    }
