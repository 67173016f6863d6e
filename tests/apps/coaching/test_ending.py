"""Taking access away works at once, whatever holds the athlete's feed; the feed is told after."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from apps.coaching.models import ConsentPlace
from apps.coaching.services import telling
from apps.coaching.services.consent import renew_grant
from apps.coaching.services.guardians import ask_guardian, end_for
from apps.coaching.services.notes import write_note
from apps.coaching.services.telling import tell_consents
from apps.common.actor import acting_as
from apps.common.errors import NotFound
from apps.reminders.selectors import database_clock
from apps.sync.services import hold_feed, publish_records
from config.celery import app
from tests.apps.coaching.conftest import Squad
from tests.apps.coaching.deciding import born, invited, kept
from tests.apps.coaching.test_guardians import answer_as_guardian
from tests.apps.coaching.test_telling import head_seq, told
from tests.apps.coaching.waiting import feed_held, until_it_waits
from tests.conftest import Person
from tests.faults.switch import impatient


@pytest.fixture(autouse=True)
def calm() -> None:
    """Nobody else waits to be told."""
    ConsentPlace.objects.all().delete()


def states(athlete: Person) -> list[str]:
    """Return what the feed says became of each consent."""
    return [one["state"] for one in told(athlete, "consent_grant")]


def waits(athlete: Person) -> bool:
    """Return whether the feed is still to be told."""
    return ConsentPlace.objects.filter(athlete_id=athlete.id).exists()


class TestWhileTheFeedIsHeld:
    @pytest.mark.parametrize(
        ("what", "left", "state"),
        [("end", 0, "ended"), ("pause", 0, "paused"), ("narrow", 1, "narrowed")],
    )
    def test_access_is_taken_away_at_once(
        self, squad: Squad, filled: Callable[..., Person], what: str, left: int, state: str
    ) -> None:
        athlete = filled()
        grant = squad.join(athlete)
        with feed_held(athlete.id):
            path = f"/v1/me/grants/{grant.id}/{what}"
            answer = athlete.post(path, {"categories": ["sessions"]})
            assert answer.status_code == 200, answer.content
            seen = squad.coach.get(squad.panel)
            assert len(seen.json()["rows"]) == left
            assert b"CANARYLABS" not in seen.content
            assert waits(athlete)
        assert states(athlete) == ["given"]
        tell_consents(now=database_clock())
        assert states(athlete) == [state]
        assert not waits(athlete)

    def test_it_is_taken_away_on_the_page(self, squad: Squad, athlete: Person) -> None:
        grant = squad.join(athlete)
        with feed_held(athlete.id):
            assert athlete.page.post(f"/me/sharing/{grant.id}/end").status_code == 302
            assert kept(athlete)[0].ended_at is not None

    def test_a_guardian_ends_it(self, squad: Squad, athlete: Person) -> None:
        born(athlete, years=16)
        link = ask_guardian(
            athlete=athlete.user, secret=invited(squad).code, categories={"sessions"},
            ends_at=timezone.now() + timedelta(days=9), now=timezone.now(),
        ).link  # fmt: skip
        answer_as_guardian(link, "sessions")
        with feed_held(athlete.id):
            end_for(token=link.rpartition("/")[2], now=timezone.now())
            assert kept(athlete)[0].ended_at is not None

    def test_a_note_that_waits_for_the_feed_holds_nothing_up(
        self, squad: Squad, athlete: Person
    ) -> None:
        grant = squad.join(athlete)

        def write() -> object:
            try:
                return write_note(
                    coach=squad.coach.user, team_id=squad.team.id, athlete_id=athlete.id,
                    text="Two easy days.", now=timezone.now(),
                )  # fmt: skip
            except NotFound as refusal:
                return refusal
            finally:
                connections.close_all()

        with ThreadPoolExecutor(1) as pool:
            with feed_held(athlete.id):
                writing = pool.submit(write)
                until_it_waits(writing, for_a="sync_feed")
                assert athlete.post(f"/v1/me/grants/{grant.id}/end").status_code == 200
            assert isinstance(writing.result(), NotFound)

    def test_it_can_be_given_and_renewed_too(self, squad: Squad, athlete: Person) -> None:
        with feed_held(athlete.id):
            grant = squad.join(athlete)
            renew_grant(
                athlete=athlete.user, grant_id=grant.id, now=timezone.now(),
                ends_at=timezone.now() + timedelta(days=60),
            )  # fmt: skip
            assert len(squad.coach.get(squad.panel).json()["rows"]) == 1
        tell_consents(now=database_clock())
        assert sorted(states(athlete)) == ["ended", "renewed"]


class TestSweep:
    def test_tells_what_stands_after_several_changes(self, squad: Squad, athlete: Person) -> None:
        grant = squad.join(athlete)
        with feed_held(athlete.id):
            for what in ("narrow", "pause", "resume", "end"):
                body = {"categories": ["sessions"]}
                assert athlete.post(f"/v1/me/grants/{grant.id}/{what}", body).status_code == 200
        tell_consents(now=database_clock())
        [said] = told(athlete, "consent_grant")
        assert (said["state"], said["categories"]) == ("ended", ["sessions"])
        assert said["changed_at"] == said["ended_at"]

    def test_leaves_a_feed_that_is_still_held_for_the_next_one(
        self, squad: Squad, athlete: Person, stranger: Person
    ) -> None:
        grants = [(one, squad.join(one)) for one in (athlete, stranger)]
        with feed_held(athlete.id):
            with feed_held(stranger.id):
                for one, grant in grants:
                    one.post(f"/v1/me/grants/{grant.id}/end")
            with impatient():
                assert tell_consents(now=database_clock()) == 1
            assert states(stranger) == ["ended"]
            assert waits(athlete)
        assert tell_consents(now=database_clock()) == 1
        assert states(athlete) == ["ended"]

    def test_is_not_stopped_by_one_athlete_s_defect(
        self,
        squad: Squad,
        athlete: Person,
        stranger: Person,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        grants = [(one, squad.join(one)) for one in (athlete, stranger)]
        for one, grant in grants:
            with feed_held(one.id):
                one.post(f"/v1/me/grants/{grant.id}/end")
        with acting_as(athlete.id), connection.cursor() as cursor:
            hold_feed(athlete.id)
            cursor.execute("UPDATE sync_record SET body = '{}' WHERE athlete_id = %s", [athlete.id])
        with caplog.at_level(logging.ERROR):
            assert tell_consents(now=database_clock()) == 1
        assert [record.message for record in caplog.records] == ["tell_consents_failed"]
        assert states(stranger) == ["ended"]

    def test_tells_nothing_twice(self, squad: Squad, athlete: Person) -> None:
        grant = squad.join(athlete)
        athlete.post(f"/v1/me/grants/{grant.id}/end")
        before = head_seq(athlete)
        assert tell_consents(now=database_clock()) == 0
        ConsentPlace.objects.create(athlete_id=athlete.id, due_at=timezone.now())
        assert tell_consents(now=database_clock() + timedelta(seconds=1)) == 1
        assert head_seq(athlete) == before

    def test_loses_no_change_that_comes_while_it_tells(
        self, squad: Squad, athlete: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        grant = squad.join(athlete)
        with feed_held(athlete.id):
            athlete.post(f"/v1/me/grants/{grant.id}/pause")
        publish: Any = publish_records

        def ended_meanwhile(**named: Any) -> int:
            def end() -> None:
                try:
                    athlete.post(f"/v1/me/grants/{grant.id}/end")
                finally:
                    connections.close_all()

            with ThreadPoolExecutor(1) as pool:
                pool.submit(end).result()
            monkeypatch.setattr(telling, "publish_records", publish)
            return int(publish(**named))

        monkeypatch.setattr(telling, "publish_records", ended_meanwhile)
        tell_consents(now=database_clock())
        assert waits(athlete)
        tell_consents(now=database_clock())
        assert states(athlete) == ["ended"]

    def test_is_the_job_that_beat_asks_for(self, squad: Squad, athlete: Person) -> None:
        grant = squad.join(athlete)
        with feed_held(athlete.id):
            athlete.post(f"/v1/me/grants/{grant.id}/end")
        app.loader.import_default_modules()
        app.tasks["coaching.tell_consents"].run()
        assert states(athlete) == ["ended"]
        entry = app.conf.beat_schedule["tell-consents"]
        assert entry["task"] == "coaching.tell_consents"
