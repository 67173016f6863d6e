"""Reviewed, snoozed, undone: what stands, who is told what, and what brings a row back."""

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connections
from django.test import Client
from django.utils import timezone

from apps.coaching.models import Mark
from apps.coaching.services.marks import MarkNotStanding, review, undo
from apps.common.actor import Wall, acting_as
from tests.apps.coaching.conftest import Squad
from tests.apps.coaching.panels import put_part, reason
from tests.conftest import Person, make_person

GAP = "loading_gap@2026-11-01"


@pytest.fixture
def raised(squad: Squad) -> Person:
    """An athlete whose row needs a look."""
    person = make_person("Aiko Ito")
    put_part(person, reasons=[reason("loading_gap")])
    squad.join(person)
    return person


def marks(squad: Squad, athlete: Person) -> str:
    """Return the address of a row's marks."""
    return f"{squad.one(athlete.id)}/marks"


def mark(squad: Squad, athlete: Person, **body: Any) -> Any:
    """Post a mark; a review of the one reason by default."""
    said = {"kind": "reviewed", "ending": "monitor", "reasons": [GAP], **body}
    return squad.coach.post(
        marks(squad, athlete), {name: one for name, one in said.items() if one is not None}
    )


def row(squad: Squad) -> dict[str, Any]:
    """Return the panel's only row."""
    [found] = squad.coach.get(squad.panel).json()["rows"]
    assert isinstance(found, dict)
    return found


class TestReview:
    def test_takes_a_row_out_of_those_that_need_a_look(self, squad: Squad, raised: Person) -> None:
        assert row(squad)["group"] == "needs_a_look"
        assert row(squad)["reason_marks"] == [GAP]
        made = mark(squad, raised, note="Talked on the phone")
        assert made.status_code == 201
        seen = row(squad)
        assert seen["group"] == "steady"
        assert seen["reviewed"]["author"] == "Kim Coach"
        assert seen["reviewed"]["ending"] == "monitor"
        assert seen["reviewed"]["note"] == "Talked on the phone"
        assert seen["reviewed"]["mark_id"] == made.json()["id"]
        assert squad.coach.get(squad.one(raised.id)).json()["group"] == "steady"

    def test_comes_back_with_a_new_reason(self, squad: Squad, raised: Person) -> None:
        mark(squad, raised)
        put_part(raised, reasons=[reason("loading_gap"), reason("loading_step_up")])
        seen = row(squad)
        assert seen["group"] == "needs_a_look"
        assert seen["sentence"].startswith("loading_step_up")
        assert seen["reviewed"]["reasons"] == [GAP]

    def test_names_no_reason_of_what_was_taken_away_since(
        self, squad: Squad, raised: Person
    ) -> None:
        """Neither in the history nor in the answer to an undo, whoever made the mark."""
        put_part(raised, "labs", reasons=[reason("vitd_very_low")])
        low = "vitd_very_low@2026-11-01"
        made = mark(squad, raised, reasons=[GAP, low]).json()
        [told] = squad.coach.get(marks(squad, raised)).json()["marks"]
        assert told["mark"]["reasons"] == [GAP, low]
        [grant] = raised.get("/v1/me/grants").json()["grants"]
        raised.post(f"/v1/me/grants/{grant['id']}/narrow", {"categories": ["sessions"]})
        [told] = squad.coach.get(marks(squad, raised)).json()["marks"]
        assert told["mark"]["reasons"] == [GAP]
        for _ in range(2):
            undone = squad.coach.delete(f"{marks(squad, raised)}/{made['id']}")
            assert undone.json()["reasons"] == [GAP]

    def test_comes_back_when_the_same_reason_begins_anew(
        self, squad: Squad, raised: Person
    ) -> None:
        mark(squad, raised)
        put_part(raised, reasons=[reason("loading_gap", since=date(2026, 11, 20))])
        assert row(squad)["group"] == "needs_a_look"

    def test_covers_only_what_was_seen(self, squad: Squad, raised: Person) -> None:
        mark(squad, raised, reasons=[])
        assert row(squad)["group"] == "needs_a_look"

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"ending": "ignore"}, "coaching.note_needed"),
            ({"ending": "ignore", "note": "   "}, "coaching.note_needed"),
            ({"ending": "blame"}, "invalid-request"),
            ({"ending": None}, "invalid-request"),
            ({"kind": "liked"}, "invalid-request"),
            ({"reasons": ["<script>"]}, "coaching.unfit_reasons"),
            ({"reasons": [f"a{n}@2026-11-01" for n in range(65)]}, "invalid-request"),
            ({"note": "x" * 501}, "invalid-request"),
            ({"note": "nul\x00"}, "invalid-request"),
            ({"until": "2026-12-01T00:00:00Z"}, "invalid-request"),
        ],
    )
    def test_refuses_what_it_can_not_hold(
        self, squad: Squad, raised: Person, body: dict[str, Any], code: str
    ) -> None:
        answer = mark(squad, raised, **body)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert squad.coach.get(marks(squad, raised)).json() == {"marks": []}

    def test_keeps_a_hostile_note_as_a_note(self, squad: Squad, raised: Person) -> None:
        note = "<script>alert(1)</script> ‮rtl‬ 🏃🏽‍♀️"
        mark(squad, raised, ending="ignore", note=note)
        assert row(squad)["reviewed"]["note"] == note

    def test_is_made_once_under_a_key(self, squad: Squad, raised: Person) -> None:
        headers = {**squad.coach.headers, "Idempotency-Key": str(uuid.uuid4())}
        body = {"kind": "reviewed", "ending": "ask", "reasons": [GAP]}
        answers = [
            Client().post(
                marks(squad, raised), body, content_type="application/json", headers=headers
            )
            for _ in range(2)
        ]
        assert answers[0].json() == answers[1].json()
        assert len(squad.coach.get(marks(squad, raised)).json()["marks"]) == 1


class TestSnooze:
    def test_hides_a_reason_until_then(self, squad: Squad, raised: Person) -> None:
        now = timezone.now()
        until = (now + timedelta(days=3)).isoformat()
        assert mark(squad, raised, kind="snoozed", ending=None, until=until).status_code == 201
        assert row(squad)["group"] == "steady"
        assert row(squad)["reviewed"]["kind"] == "snoozed"
        with time_machine.travel(now + timedelta(days=3, minutes=1)):
            seen = row(squad)
        assert seen["group"] == "needs_a_look"
        assert seen["reviewed"] is None

    @pytest.mark.parametrize("days", [0, -1, 31])
    def test_lasts_thirty_days_at_most(self, squad: Squad, raised: Person, days: int) -> None:
        until = (timezone.now() + timedelta(days=days)).isoformat()
        answer = mark(squad, raised, kind="snoozed", ending=None, until=until)
        assert (answer.status_code, answer.json()["code"]) == (422, "coaching.unfit_snooze")


class TestUndo:
    def test_brings_the_row_back_and_keeps_both_names(
        self, squad: Squad, stranger: Person, people: Callable[..., Person]
    ) -> None:
        squad.team.members.create(user=stranger.user, role="head", joined_at=timezone.now())
        raised = people("Aiko Ito")
        put_part(raised, reasons=[reason("loading_gap")])
        squad.join(raised)
        made = mark(squad, raised).json()
        undone = stranger.delete(f"{marks(squad, raised)}/{made['id']}")
        assert undone.status_code == 200
        assert row(squad)["group"] == "needs_a_look"
        [told] = squad.coach.get(marks(squad, raised)).json()["marks"]
        assert (told["author"], told["undone_by"]) == ("Kim Coach", "Sam Stranger")
        assert told["is_standing"] is False

    def test_changes_nothing_the_second_time(self, squad: Squad, raised: Person) -> None:
        made = mark(squad, raised).json()
        answers = [squad.coach.delete(f"{marks(squad, raised)}/{made['id']}") for _ in range(2)]
        assert answers[0].json() == answers[1].json()

    def test_lets_the_mark_before_stand_again(self, squad: Squad, raised: Person) -> None:
        first = mark(squad, raised, ending="ask").json()
        second = mark(squad, raised, ending="refer").json()
        refused = squad.coach.delete(f"{marks(squad, raised)}/{first['id']}")
        assert (refused.status_code, refused.json()["code"]) == (409, "coaching.mark_not_standing")
        squad.coach.delete(f"{marks(squad, raised)}/{second['id']}")
        assert row(squad)["reviewed"]["ending"] == "ask"
        assert squad.coach.delete(f"{marks(squad, raised)}/{first['id']}").status_code == 200

    def test_is_newer_than_a_mark_of_a_faster_clock(self, squad: Squad, raised: Person) -> None:
        now = timezone.now()
        about: dict[str, Any] = {
            "coach": squad.coach.user, "team_id": squad.team.id, "athlete_id": raised.id,
            "reasons": [GAP],
        }  # fmt: skip
        review(ending="ask", now=now + timedelta(seconds=2), **about)
        review(ending="refer", now=now, **about)
        assert row(squad)["reviewed"]["ending"] == "refer"


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Return what each call came to, all run at the same time on connections of their own."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return call()
        except MarkNotStanding as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


class TestTwoCoachesAtOnce:
    @pytest.fixture
    def shared(self, squad: Squad, stranger: Person) -> Person:
        """An athlete whose row two coaches see."""
        squad.team.members.create(user=stranger.user, role="head", joined_at=timezone.now())
        athlete = make_person("Aiko Ito")
        put_part(athlete, reasons=[reason("loading_gap")])
        squad.join(athlete)
        return athlete

    @pytest.mark.parametrize("attempt", range(6))
    def test_leave_one_mark_standing_and_are_told_which(
        self, squad: Squad, stranger: Person, shared: Person, attempt: int
    ) -> None:
        """One undoes what stands while the other reviews anew."""
        about: dict[str, Any] = {"team_id": squad.team.id, "athlete_id": shared.id}
        make = partial(review, coach=squad.coach.user, reasons=[GAP], **about)
        first = make(ending="ask", now=timezone.now())
        now = timezone.now()
        undone, made = at_once(
            partial(undo, coach=stranger.user, mark_id=first.id, now=now, **about),
            partial(make, ending="refer", now=now),
        )
        history = squad.coach.get(marks(squad, shared)).json()["marks"]
        assert [one["mark"]["id"] for one in history if one["is_standing"]] == [str(made.id)]
        assert row(squad)["reviewed"]["mark_id"] == str(made.id)
        before = next(one["mark"] for one in history if one["mark"]["id"] == str(first.id))
        assert isinstance(undone, MarkNotStanding) == (before["undone_at"] is None)

    def test_undo_once_between_them(self, squad: Squad, stranger: Person, shared: Person) -> None:
        made = mark(squad, shared).json()
        about: dict[str, Any] = {
            "team_id": squad.team.id, "athlete_id": shared.id, "mark_id": uuid.UUID(made["id"]),
        }  # fmt: skip
        told = at_once(
            partial(undo, coach=squad.coach.user, now=timezone.now(), **about),
            partial(undo, coach=stranger.user, now=timezone.now(), **about),
        )
        assert len({(one.undone_by_id, one.undone_at) for one in told}) == 1


class TestRights:
    def test_are_none_outside_of_a_live_grant(
        self, squad: Squad, other_squad: Squad, raised: Person, stranger: Person
    ) -> None:
        made = mark(squad, raised).json()
        body = {"kind": "reviewed", "ending": "ask", "reasons": [GAP]}
        foreign = f"{other_squad.one(raised.id)}/marks"
        missing = f"{other_squad.one(uuid.uuid4())}/marks"
        unshared = f"{squad.one(stranger.id)}/marks"
        answers = [
            *(other_squad.coach.post(path, body) for path in (foreign, missing)),
            squad.coach.post(unshared, body),
            other_squad.coach.post(marks(squad, raised), body),
            other_squad.coach.get(foreign),
            other_squad.coach.delete(f"{foreign}/{made['id']}"),
            squad.coach.delete(f"{marks(squad, raised)}/{uuid.uuid4()}"),
        ]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.content for answer in answers}) == 1
        for grant in raised.get("/v1/me/grants").json()["grants"]:
            raised.post(f"/v1/me/grants/{grant['id']}/end")
        assert mark(squad, raised).status_code == 404
        assert squad.coach.get(marks(squad, raised)).status_code == 404

    @pytest.mark.parametrize(
        "changes", [{"author_id": uuid.UUID(int=1)}, {"athlete_id": uuid.UUID(int=2)}]
    )
    def test_are_the_database_s_too(
        self, squad: Squad, raised: Person, changes: dict[str, Any]
    ) -> None:
        told = {
            "athlete_id": raised.id, "team_id": squad.team.id, "author_id": squad.coach.id,
            "kind": "reviewed", "ending": "ask", "made_at": timezone.now(), **changes,
        }  # fmt: skip
        with (
            pytest.raises(DatabaseError, match="row-level security"),
            acting_as(squad.coach.id, wall=Wall.COACH),
        ):
            Mark.objects.create(**told)
