"""Answers from the inbox: one record in the feed, the inbox at once, and nobody else's."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from apps.insights.services.recompute import recompute_athlete
from apps.reminders.services.answer import answer
from apps.reminders.services.collect import collect_person
from backend.records.ids import ack_id
from tests.apps.insights.test_recompute import vitamin_d
from tests.apps.reminders.feed import NOON, TODAY, change, days, inbox, remind, reminder
from tests.conftest import Person

PAGE = "/me/inbox"


def path(key: uuid.UUID) -> str:
    return f"/v1/me/inbox/{key}/answer"


def acks(person: Person) -> list[dict[str, Any]]:
    """Return the answers in the person's feed, as their phones read them."""
    pulled = person.get("/v1/athletes/me/changes", types="reminder_ack").json()
    return [row for row in pulled["page"]["rows"] if row["type"] == "reminder_ack"]


class TestAnswer:
    @pytest.mark.parametrize("action", ["seen", "done", "snoozed", "dismissed"])
    def test_is_one_record_however_often_it_is_given(self, athlete: Person, action: str) -> None:
        [key] = remind(athlete)
        with time_machine.travel(NOON, tick=True):
            answers = [athlete.post(path(key), {"action": action}) for _ in range(3)]
        assert [one.status_code for one in answers] == [200, 200, 200], answers[0].content
        assert answers[0].json() == answers[2].json()
        [row] = acks(athlete)
        body = row["body"]
        assert body["reminder"] == str(key)
        assert body["action"] == action
        assert row["id"] == str(ack_id(key, action, body["acted_at"]))

    def test_closes_the_reminder_at_once(self, athlete: Person) -> None:
        done, not_me, left = remind(athlete, reminder(), reminder(), reminder())
        athlete.post(path(done), {"action": "done"})
        athlete.post(path(not_me), {"action": "dismissed"})
        items = athlete.get("/v1/me/inbox").json()["items"]
        assert [item["reminder_id"] for item in items] == [str(left)]
        assert inbox(athlete)[done].state == "done"
        assert inbox(athlete)[not_me].state == "dismissed"

    def test_snoozes_a_week_unless_told(self, athlete: Person) -> None:
        first, second = remind(athlete, reminder(), reminder())
        with time_machine.travel(NOON, tick=False):
            athlete.post(path(first), {"action": "snoozed"})
            far = {"action": "snoozed", "snooze_until": days(30).isoformat()}
            athlete.post(path(second), far)
        items = inbox(athlete)
        assert (items[first].state, items[first].due_date) == ("snoozed", days(7))
        assert (items[second].state, items[second].due_date) == ("snoozed", days(30))
        assert {row["body"]["snooze_until"] for row in acks(athlete)} == {
            days(7).isoformat(),
            days(30).isoformat(),
        }

    @pytest.mark.parametrize("until", [TODAY, TODAY - timedelta(days=1), days(367)])
    def test_refuses_a_snooze_that_is_none(self, athlete: Person, until: Any) -> None:
        [key] = remind(athlete)
        with time_machine.travel(NOON, tick=False):
            refused = athlete.post(
                path(key), {"action": "snoozed", "snooze_until": until.isoformat()}
            )
        assert refused.status_code == 422
        assert refused.json()["code"] == "reminders.snooze_out_of_range"
        assert acks(athlete) == []

    @pytest.mark.parametrize("body", [{}, {"action": "eaten"}, {"action": ["done"]}])
    def test_refuses_what_is_no_answer(self, athlete: Person, body: Any) -> None:
        [key] = remind(athlete)
        refused = athlete.post(path(key), body)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid-request")

    def test_of_a_closed_reminder_is_refused(self, athlete: Person) -> None:
        [key] = remind(athlete)
        change(athlete, key, reminder(state="closed"))
        refused = athlete.post(path(key), {"action": "done"})
        assert (refused.status_code, refused.json()["code"]) == (409, "reminders.closed")
        assert acks(athlete) == []

    def test_of_another_person_is_like_of_nobody(self, athlete: Person, stranger: Person) -> None:
        [key] = remind(athlete)
        foreign = stranger.post(path(key), {"action": "done"})
        missing = stranger.post(path(uuid.uuid4()), {"action": "done"})
        assert foreign.status_code == missing.status_code == 404
        assert foreign.content == missing.content
        assert inbox(athlete)[key].is_open
        assert acks(athlete) == acks(stranger) == []

    def test_after_another_one_stands(self, athlete: Person) -> None:
        [key] = remind(athlete)
        for minute, action in enumerate(["seen", "snoozed", "done"]):
            answer(
                athlete_id=athlete.id,
                reminder_id=key,
                action=action,
                now=NOON + timedelta(minutes=minute),
            )
        assert {row["body"]["action"] for row in acks(athlete)} == {"seen", "snoozed", "done"}
        assert inbox(athlete)[key].state == "done"

    def test_is_confirmed_by_the_recompute(self, athlete: Person) -> None:
        now = datetime.now(UTC)  # noqa: TID251 (records must not lie in the future)
        athlete.sync([vitamin_d(12)])
        recompute_athlete(athlete_id=athlete.id, now=now)
        collect_person(athlete_id=athlete.id, seq=0, now=now)
        retest = next(
            key for key, item in inbox(athlete).items() if item.rule == "rem.vitd_retest_low"
        )
        assert athlete.post(path(retest), {"action": "dismissed"}).status_code == 200
        before = inbox(athlete)[retest]
        recompute_athlete(athlete_id=athlete.id, now=now)
        collect_person(athlete_id=athlete.id, seq=0, now=now)
        after = inbox(athlete)[retest]
        assert before.closed_at == after.closed_at
        pulled = athlete.get("/v1/athletes/me/changes", types="reminder").json()["page"]["rows"]
        assert {row["id"]: row["body"]["state"] for row in pulled}[str(retest)] == "dismissed"


class TestButtons:
    @pytest.mark.parametrize("action", ["done", "snoozed", "dismissed"])
    def test_answer(self, athlete: Person, action: str) -> None:
        [key] = remind(athlete)
        answered = athlete.page.post(f"{PAGE}/{key}/answer", {"action": action})
        assert (answered.status_code, answered["Location"]) == (302, PAGE)
        assert inbox(athlete)[key].state == action
        assert "oted" in athlete.page.get(PAGE).content.decode() or action == "snoozed"

    def test_stand_beside_each_reminder(self, athlete: Person) -> None:
        [key] = remind(athlete)
        html = athlete.page.get(PAGE).content.decode()
        assert f'action="/me/inbox/{key}/answer"' in html
        for word in (">Done<", ">Snooze 1 week<", ">Not me<"):
            assert word in html

    def test_need_a_csrf_token(self, athlete: Person) -> None:
        [key] = remind(athlete)
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(athlete.user)
        assert strict.post(f"{PAGE}/{key}/answer", {"action": "done"}).status_code == 403
        assert inbox(athlete)[key].is_open

    def test_do_nothing_else(self, athlete: Person, stranger: Person) -> None:
        [key] = remind(athlete)
        assert athlete.page.post(f"{PAGE}/{key}/answer", {"action": "x"}).status_code == 404
        assert stranger.page.post(f"{PAGE}/{key}/answer", {"action": "done"}).status_code == 404
        assert inbox(athlete)[key].is_open
