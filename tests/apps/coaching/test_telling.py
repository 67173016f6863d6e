"""What an athlete's feed says of looks and of consents, as a phone pulls it."""

import logging
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from apps.coaching.categories import CONSENT_TEXT_DIGEST, CONSENT_TEXT_VERSION
from apps.coaching.models import AccessPlace
from apps.coaching.services import telling_looks
from apps.coaching.services.consent import (
    end_grant,
    narrow_grant,
    pause_grant,
    renew_grant,
    resume_grant,
)
from apps.coaching.services.looking import log_access
from apps.coaching.services.telling_looks import PAUSE, tell_looks
from apps.common.actor import Wall, acting_as
from apps.reminders.selectors import database_clock
from apps.sync.services import hold_feed
from config.celery import app
from tests.apps.coaching.conftest import Squad
from tests.apps.coaching.test_chain import granted, lines_of, look
from tests.conftest import Person, make_person
from tests.faults.held import PATIENCE_S
from tests.faults.switch import impatient

pytestmark = pytest.mark.usefixtures("nobody_to_tell")
TEN_MINUTES = timedelta(minutes=10)


def told(athlete: Person, kind: str) -> list[dict[str, Any]]:
    """Return the bodies of this type as a phone pulls them."""
    rows = athlete.sync([]).json()["page"]["rows"]
    return [row["body"] for row in rows if row["type"] == kind]


def head_seq(athlete: Person) -> int:
    """Return how far the feed is."""
    return int(athlete.get("/v1/athletes/me/digest").json()["witness"]["seq"])


def look_at(squad: Squad, athlete: Person, at: datetime, *, what: str = "roster") -> None:
    """Look at some instant."""
    with acting_as(squad.coach.id, wall=Wall.COACH):
        seen = [granted(athlete, squad)]
        log_access(viewer_id=squad.coach.id, what=what, seen=seen, now=at)


def tomorrow(hour: int = 0) -> datetime:
    """Return an hour of the day after today, UTC."""
    day = timezone.now().date() + timedelta(days=1)
    return datetime.combine(day, time(hour), UTC)


class TestLooks:
    def test_are_told_with_who_when_what_and_the_place_in_the_log(
        self, squad: Squad, athlete: Person
    ) -> None:
        squad.join(athlete)
        squad.coach.get(squad.panel)
        tell_looks(now=database_clock())
        (note,) = told(athlete, "access_note")
        (line,) = lines_of(athlete)
        assert (note["viewer_name"], note["team_name"]) == ("Kim Coach", "Middle distance")
        assert (note["viewer_id"], note["team_id"]) == (str(squad.coach.id), str(squad.team.id))
        assert (note["what"], note["looks"], note["seq"]) == ("roster", 1, 1)
        assert tuple(note["categories"]) == line.categories
        assert datetime.fromisoformat(note["at"]) == line.at
        assert note["day"] == line.at.date().isoformat()
        assert note["digest"] == line.digest.hex()

    def test_of_a_whole_day_are_one_note_and_few_rows_of_the_feed(
        self, squad: Squad, athlete: Person
    ) -> None:
        squad.join(athlete)
        before, day = head_seq(athlete), tomorrow()
        for number in range(144):
            at = day + number * TEN_MINUTES
            look_at(squad, athlete, at)
            tell_looks(now=at + timedelta(seconds=30))
        tell_looks(now=day + timedelta(days=1, minutes=1))
        (note,) = told(athlete, "access_note")
        lines = lines_of(athlete)
        assert len(lines) == 144
        assert (note["looks"], note["seq"]) == (144, 144)
        assert note["digest"] == lines[-1].digest.hex()
        assert datetime.fromisoformat(note["first_at"]) == lines[0].at
        # The first look, one for each pause, and the day's end.
        assert head_seq(athlete) - before == timedelta(days=1) // PAUSE + 1

    def test_of_somebody_else_or_of_something_else_are_told_at_once(
        self, squad: Squad, other_squad: Squad, athlete: Person
    ) -> None:
        squad.join(athlete)
        other_squad.join(athlete)
        at = tomorrow(hour=9)
        for number, (team, what) in enumerate(
            [(squad, "roster"), (squad, "roster"), (squad, "athlete"), (other_squad, "roster")]
        ):
            now = at + number * TEN_MINUTES
            look_at(team, athlete, now, what=what)
            tell_looks(now=now)
        notes = told(athlete, "access_note")
        assert sorted((note["viewer_name"], note["what"]) for note in notes) == [
            ("Kim Coach", "athlete"),
            ("Kim Coach", "roster"),
            ("Olu Other", "roster"),
        ]
        assert [note["looks"] for note in notes] == [1, 1, 1]
        tell_looks(now=at + PAUSE)
        assert sorted(note["looks"] for note in told(athlete, "access_note")) == [1, 1, 2]
        assert AccessPlace.objects.get(athlete_id=athlete.id).due_at is None

    def test_are_counted_by_the_athletes_own_day(self, squad: Squad, athlete: Person) -> None:
        athlete.user.zone = "Pacific/Auckland"
        athlete.user.save()
        squad.join(athlete)
        before_midnight = tomorrow(hour=9)  # 22:00 in Auckland in summer, 21:00 in winter
        look_at(squad, athlete, before_midnight)
        look_at(squad, athlete, before_midnight + timedelta(hours=4))
        tell_looks(now=before_midnight + timedelta(hours=5))
        days = sorted(note["day"] for note in told(athlete, "access_note"))
        assert days == [
            before_midnight.date().isoformat(),
            (before_midnight.date() + timedelta(days=1)).isoformat(),
        ]

    def test_are_told_once_however_often_the_job_runs(self, squad: Squad, athlete: Person) -> None:
        squad.join(athlete)
        squad.coach.get(squad.panel)
        tell_looks(now=database_clock())
        before = head_seq(athlete)
        assert tell_looks(now=database_clock()) == 0
        AccessPlace.objects.filter(athlete_id=athlete.id).update(
            told_seq=0, due_at=timezone.now() - TEN_MINUTES
        )
        tell_looks(now=database_clock() + PAUSE)
        assert head_seq(athlete) == before

    def test_that_come_while_others_are_told_are_not_lost(
        self, squad: Squad, athlete: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        squad.join(athlete)
        look(squad, [athlete])
        claim = telling_looks._claim

        def claimed_and_looked_at(now: datetime) -> AccessPlace | None:
            place = claim(now)
            if place is not None and place.athlete_id == athlete.id:
                monkeypatch.setattr(telling_looks, "_claim", claim)
                look(squad, [athlete], what="athlete")
            return place

        monkeypatch.setattr(telling_looks, "_claim", claimed_and_looked_at)
        tell_looks(now=database_clock())
        tell_looks(now=database_clock())
        assert {note["what"] for note in told(athlete, "access_note")} == {"roster", "athlete"}

    def test_of_one_whose_feed_is_held_keep_nobody_else_waiting(
        self, squad: Squad, athlete: Person, caplog: pytest.LogCaptureFixture
    ) -> None:
        other = make_person("Other Athlete")
        for person in (athlete, other):
            squad.join(person)
        tell_looks(now=database_clock())
        look(squad, [athlete, other])
        held, may_end = threading.Event(), threading.Event()

        def hold() -> None:
            with acting_as(athlete.id):
                hold_feed(athlete.id)
                held.set()
                assert may_end.wait(PATIENCE_S)
            connections["default"].close()

        holder = threading.Thread(target=hold)
        holder.start()
        assert held.wait(PATIENCE_S)
        try:
            with caplog.at_level(logging.ERROR), impatient():
                tell_looks(now=database_clock())
        finally:
            may_end.set()
            holder.join()
        assert [record.message for record in caplog.records] == ["tell_looks_failed"]
        assert len(told(other, "access_note")) == 1
        assert told(athlete, "access_note") == []
        tell_looks(now=database_clock() + telling_looks.LEASE)
        assert len(told(athlete, "access_note")) == 1

    def test_are_told_by_the_job_that_beat_asks_for(self, squad: Squad, athlete: Person) -> None:
        squad.join(athlete)
        squad.coach.get(squad.one(athlete.id))
        app.loader.import_default_modules()
        app.tasks["coaching.tell_looks"].run()
        assert [note["what"] for note in told(athlete, "access_note")] == ["athlete"]

    def test_are_shown_to_no_coach(self, squad: Squad, athlete: Person) -> None:
        squad.join(athlete)
        squad.coach.get(squad.panel)
        tell_looks(now=database_clock())
        asked = {
            "protocol": 1,
            "request": str(uuid.uuid4()),
            "feeds": [{"athlete": str(athlete.id)}],
        }
        (part,) = squad.coach.post("/v1/feeds/changes", asked).json()["feeds"]
        assert part["status"] == 200
        assert part["page"]["rows"] == []


class TestGrants:
    def test_are_told_with_each_change(self, squad: Squad, athlete: Person) -> None:
        grant = squad.join(athlete, frozenset({"sessions", "labs"}))
        (given,) = told(athlete, "consent_grant")
        assert given["state"] == "given"
        assert (given["grant_id"], given["team_name"]) == (str(grant.id), "Middle distance")
        assert given["categories"] == ["sessions", "labs"]
        assert given["text_version"] == CONSENT_TEXT_VERSION
        assert given["text_sha256"] == CONSENT_TEXT_DIGEST.hex()
        assert given.get("ended_at") is None
        athlete.post(f"/v1/me/grants/{grant.id}/narrow", {"categories": ["sessions"]})
        (narrowed,) = told(athlete, "consent_grant")
        assert (narrowed["state"], narrowed["categories"]) == ("narrowed", ["sessions"])
        athlete.post(f"/v1/me/grants/{grant.id}/end")
        (ended,) = told(athlete, "consent_grant")
        assert ended["state"] == "ended"
        assert datetime.fromisoformat(ended["ended_at"]) <= timezone.now()

    def test_that_end_by_taking_the_last_part_away_say_so(
        self, squad: Squad, athlete: Person
    ) -> None:
        grant = squad.join(athlete, frozenset({"sessions"}))
        narrow_grant(athlete=athlete.user, grant_id=grant.id, categories=[], now=timezone.now())
        assert [one["state"] for one in told(athlete, "consent_grant")] == ["ended"]

    def test_write_nothing_when_nothing_changed(self, squad: Squad, athlete: Person) -> None:
        grant = squad.join(athlete)
        end_grant(athlete=athlete.user, grant_id=grant.id, now=timezone.now())
        before = head_seq(athlete)
        end_grant(athlete=athlete.user, grant_id=grant.id, now=timezone.now())
        assert head_seq(athlete) == before

    def test_that_pause_and_go_on_say_so(self, squad: Squad, athlete: Person) -> None:
        grant = squad.join(athlete)
        states = []
        for change in (pause_grant, resume_grant):
            change(athlete=athlete.user, grant_id=grant.id, now=timezone.now())
            (body,) = told(athlete, "consent_grant")
            states.append((body["state"], body.get("paused_at") is not None))
        assert states == [("paused", True), ("resumed", False)]

    def test_that_renew_another_say_so(self, squad: Squad, athlete: Person) -> None:
        grant = squad.join(athlete)
        now = timezone.now()
        renewed = renew_grant(
            athlete=athlete.user, grant_id=grant.id, ends_at=now + timedelta(days=60), now=now
        )
        states = {one["grant_id"]: one["state"] for one in told(athlete, "consent_grant")}
        assert states == {str(grant.id): "ended", str(renewed.id): "renewed"}

    def test_given_anew_after_an_end_say_so(self, squad: Squad, athlete: Person) -> None:
        grant = squad.join(athlete)
        end_grant(athlete=athlete.user, grant_id=grant.id, now=timezone.now())
        again = squad.join(athlete)
        states = {one["grant_id"]: one["state"] for one in told(athlete, "consent_grant")}
        assert states == {str(grant.id): "ended", str(again.id): "given"}

    def test_are_shown_to_nobody_else(
        self, squad: Squad, athlete: Person, filled: Callable[..., Person]
    ) -> None:
        squad.join(athlete)
        stranger = filled("Stranger")
        assert told(stranger, "consent_grant") == []
        assert len(told(athlete, "consent_grant")) == 1
