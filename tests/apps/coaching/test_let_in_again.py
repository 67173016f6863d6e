"""Who is let in again does not read what they wrote under an earlier consent."""

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from apps.coaching import access
from apps.coaching.access import Granted
from apps.coaching.categories import Category
from apps.coaching.models import Mark
from apps.coaching.services import looking
from apps.coaching.services.consent import renew_grant
from apps.common.actor import Wall, acting_as
from tests.apps.coaching.conftest import Squad
from tests.apps.coaching.deciding import kept
from tests.apps.coaching.panels import put_part, reason
from tests.apps.coaching.test_marks import GAP, mark, marks, row
from tests.apps.coaching.test_notes import notes, on_phone, read, write
from tests.conftest import Person, make_person

CANARY_NOTE, CANARY_MARK, CANARY_TAG = "CANARYNOTE two easy days", "CANARYMARK calf", "canarytag"
TABLES = ("coaching_mark", "coaching_sentnote", "coaching_rostertag", "sync_record")


@pytest.fixture
def written(squad: Squad) -> Person:
    """An athlete about whom, and to whom, the team wrote."""
    person = make_person("Aiko Ito")
    put_part(person, reasons=[reason("loading_gap")])
    squad.join(person)
    write(squad, person, CANARY_NOTE)
    mark(squad, person, note=CANARY_MARK)
    tags = f"/v1/teams/{squad.team.id}/athletes/{person.id}/tags"
    assert squad.coach.put(tags, {"tags": [CANARY_TAG]}).status_code == 200
    return person


@pytest.fixture
def again(squad: Squad, written: Person) -> Person:
    """The same athlete, who ended it and lets the team in again."""
    change(written, "end")
    squad.join(written)
    return written


def change(athlete: Person, what: str, body: object = None) -> None:
    """Do something with the athlete's newest consent."""
    answer = athlete.post(f"/v1/me/grants/{kept(athlete)[-1].id}/{what}", body)
    assert answer.status_code == 200, answer.content


def shown(squad: Squad, athlete: Person) -> str:
    """Return all that the API, the file and the pages show the coach of an athlete."""
    coach, page = squad.coach, f"{squad.page}/athletes/{athlete.id}"
    answers = [
        *(coach.get(path) for path in (
            squad.panel, squad.one(athlete.id), notes(squad, athlete), marks(squad, athlete),
            f"/v1/teams/{squad.team.id}",
        )),
        coach.get(squad.panel, tag=CANARY_TAG),
        coach.page.get(squad.page), coach.page.get(page),
    ]  # fmt: skip
    text = str(coach.get(f"{squad.panel}.csv").getvalue().decode())
    assert "Aiko Ito" in text
    place = {"athlete": str(athlete.id)}
    asked = {"protocol": 1, "request": str(uuid.uuid4()), "feeds": [place]}
    answers.append(coach.post("/v1/feeds/changes", asked))
    return text + "".join(answer.content.decode() for answer in answers)


def stored(squad: Squad, athlete: Person) -> list[int]:
    """Return how many rows of each table the coach's role sees of an athlete."""
    with acting_as(squad.coach.id, wall=Wall.COACH), connection.cursor() as cursor:
        counts = []
        for table in TABLES:
            of_notes = " AND type_id = 16" if table == "sync_record" else ""
            cursor.execute(
                f"SELECT count(*) FROM {table} WHERE athlete_id = %s{of_notes}", [athlete.id]
            )
            counts.append(cursor.fetchone()[0])
    return counts


def canaries(text: str) -> set[str]:
    """Return which of the words written before stand in a text."""
    return {word for word in (CANARY_NOTE, CANARY_MARK, CANARY_TAG) if word in text}


class TestWhoIsLetInAgain:
    def test_reads_nothing_that_was_written_before(self, squad: Squad, again: Person) -> None:
        assert canaries(shown(squad, again)) == set()
        assert read(squad, again) == []
        assert squad.coach.get(marks(squad, again)).json() == {"marks": []}
        assert stored(squad, again) == [0, 0, 0, 0]

    def test_would_read_it_while_the_same_consent_lasts(
        self, squad: Squad, written: Person
    ) -> None:
        assert canaries(shown(squad, written)) == {CANARY_NOTE, CANARY_MARK, CANARY_TAG}
        assert stored(squad, written) == [1, 1, 1, 1]

    def test_has_everything_to_look_at_anew(self, squad: Squad, written: Person) -> None:
        assert row(squad)["group"] == "steady"
        change(written, "end")
        squad.join(written)
        assert row(squad)["group"] == "needs_a_look"
        assert row(squad)["reviewed"] is None
        mark(squad, written)
        assert row(squad)["group"] == "steady"

    def test_changes_nothing_that_was_written_before(self, squad: Squad, written: Person) -> None:
        note_id = read(squad, written)[0]["id"]
        mark_id = row(squad)["reviewed"]["mark_id"]
        change(written, "end")
        squad.join(written)
        own = f"{notes(squad, written)}/{note_id}"
        tried = [
            squad.coach.patch(own, {"text": "Three"}),
            squad.coach.delete(own),
            squad.coach.delete(f"{marks(squad, written)}/{mark_id}"),
        ]
        assert {answer.status_code for answer in tried} == {404}
        assert on_phone(written)[0]["body"]["text"] == CANARY_NOTE

    def test_nudges_no_second_time_on_the_same_day(self, squad: Squad, written: Person) -> None:
        assert mark(squad, written, kind="nudged", ending=None, reasons=None).status_code == 201
        change(written, "end")
        squad.join(written)
        again = mark(squad, written, kind="nudged", ending=None, reasons=None)
        assert (again.status_code, again.json()["code"]) == (429, "coaching.nudged_already")

    def test_after_it_ran_out_is_the_same(
        self, squad: Squad, written: Person, owner_sql: Callable[..., None]
    ) -> None:
        past = timezone.now() - timedelta(minutes=1)
        with acting_as(written.id), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE coaching_consentgrant SET granted_at = granted_at - interval '2 days', "
                "ends_at = %s",
                [past],
            )
        squad.join(written)
        assert canaries(shown(squad, written)) == set()
        assert stored(squad, written) == [0, 0, 0, 0]

    def test_leaves_the_notes_with_the_athlete(self, again: Person) -> None:
        assert [note["body"]["text"] for note in on_phone(again)] == [CANARY_NOTE]
        assert CANARY_NOTE in again.page.get("/me/inbox").content.decode()


class TestOneConsent:
    def test_goes_on_when_it_is_narrowed_paused_and_resumed(
        self, squad: Squad, written: Person
    ) -> None:
        change(written, "narrow", {"categories": ["sessions"]})
        change(written, "pause")
        assert stored(squad, written) == [0, 0, 0, 0]
        change(written, "resume")
        assert canaries(shown(squad, written)) == {CANARY_NOTE, CANARY_MARK, CANARY_TAG}
        assert stored(squad, written) == [1, 1, 1, 1]

    @pytest.mark.parametrize("is_paused", [False, True])
    def test_goes_on_when_it_is_renewed_and_renewed_again(
        self, squad: Squad, written: Person, is_paused: bool
    ) -> None:
        if is_paused:
            change(written, "pause")
        for _ in range(2):
            renew_grant(
                athlete=written.user, grant_id=kept(written)[-1].id, now=timezone.now(),
                ends_at=timezone.now() + timedelta(days=60),
            )  # fmt: skip
        if is_paused:
            change(written, "resume")
        assert canaries(shown(squad, written)) == {CANARY_NOTE, CANARY_MARK, CANARY_TAG}
        assert row(squad)["group"] == "steady"
        assert len({grant.shared_since for grant in kept(written)}) == 1


@pytest.fixture
def no_policies(owner_sql: Callable[..., None]) -> Iterator[None]:
    """Switch row-level security off, whatever happens back on."""
    try:
        for table in TABLES:
            owner_sql(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        yield
    finally:
        for table in TABLES:
            owner_sql(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")


class TestWalls:
    @pytest.mark.usefixtures("no_policies")
    def test_of_the_app_hold_without_the_database(self, squad: Squad, again: Person) -> None:
        assert stored(squad, again)[:2] == [1, 1], "the policies are off"
        assert canaries(shown(squad, again)) == set()
        assert row(squad)["reviewed"] is None

    def test_of_the_database_hold_without_the_app(
        self, squad: Squad, again: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As if `access` named the consent that ended, as a forgotten filter would."""
        before, now = kept(again)
        assert before.shared_since < now.shared_since

        def the_former(
            viewer: Any, athlete_id: Any, category: Any, *, team_id: Any = None
        ) -> Granted:
            everything = frozenset(Category)
            return Granted(
                athlete_id, "", squad.team.id, everything, now.ends_at, before.shared_since,
                now.text_version,
            )  # fmt: skip

        monkeypatch.setattr(access, "athlete_for", the_former)
        monkeypatch.setattr(looking, "log_access", lambda **_: None)
        assert read(squad, again) == []
        assert squad.coach.get(marks(squad, again)).json() == {"marks": []}
        assert canaries(squad.coach.get(squad.one(again.id)).content.decode()) == set()

    def test_of_the_database_take_no_mark_for_another_consent(
        self, squad: Squad, again: Person
    ) -> None:
        before, _ = kept(again)
        with (
            pytest.raises(DatabaseError, match="row-level security"),
            acting_as(squad.coach.id, wall=Wall.COACH),
        ):
            Mark.objects.create(
                athlete_id=again.id, team_id=squad.team.id, author_id=squad.coach.id,
                kind="reviewed", ending="ask", made_at=timezone.now(), reasons=[GAP],
                shared_since=before.shared_since,
            )  # fmt: skip
