"""Reminders of one's own and coaches' proposals: by API, page and phone, up to the inbox."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.insights.services.recompute import recompute_athlete
from apps.reminders.models import Delivery
from apps.reminders.services.collect import collect_person
from apps.reminders.services.deliver import deliver_due
from apps.reminders.services.wishes import MOST_WISHES
from backend.reminding.bounds import BOUNDS
from tests.apps.insights.test_recompute import vitamin_d
from tests.apps.reminders.feed import address, inbox
from tests.apps.reminders.postbox import Postbox
from tests.conftest import Person

API = "/v1/me/reminder-wishes"
PAGE = "/me/reminder-wishes"
TITLE = "Repeat DXA {date} <script>alert(1)</script> 41.7317 ng/mL"


def today() -> date:
    return timezone.now().date()


def wish(**fields: Any) -> dict[str, Any]:
    return {"title": TITLE, "due_date": today().isoformat(), **fields}


def refresh(person: Person) -> None:
    """Bring derived records and the inbox up to date."""
    now = timezone.now()
    recompute_athlete(athlete_id=person.id, now=now)
    collect_person(athlete_id=person.id, seq=0, now=now)


def open_own(person: Person) -> list[tuple[str, date]]:
    """Return words and day of own reminders in the inbox."""
    return sorted(
        (item.text["en"], item.due_date)
        for item in inbox(person).values()
        if item.rule == "rem.own" and item.is_open
    )


def patch(person: Person, path: str, body: Any) -> Any:
    return Client().patch(path, body, content_type="application/json", headers=person.headers)


class TestApi:
    def test_adds_changes_lists_and_deletes(self, athlete: Person) -> None:
        added = athlete.post(API, wish(every_months=12, topic="dxa"))
        assert added.status_code == 201, added.content
        path = f"{API}/{added.json()['id']}"
        later = (today() + timedelta(days=9)).isoformat()
        changed = patch(athlete, path, {"title": "Grip", "due_date": later, "every_months": None})
        assert changed.status_code == 200, changed.content
        [listed] = athlete.get(API).json()["wishes"]
        assert listed == changed.json()
        assert (listed["title"], listed["due_date"], listed["every_months"]) == (
            "Grip", later, None,
        )  # fmt: skip
        assert (listed["topic"], listed["standing"]) == ("dxa", "own")
        assert athlete.delete(path).status_code == 204
        assert athlete.get(API).json()["wishes"] == []
        assert athlete.delete(path).status_code == 404

    def test_tells_what_rules_allow(self, athlete: Person) -> None:
        told = athlete.get(API).json()["intervals"]
        assert {one["rule"]: (one["from_days"], one["to_days"]) for one in told} == BOUNDS

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "title"),
            ({"title": ""}, "title"),
            ({"title": "x" * 201}, "title"),
            ({"title": "two\nlines"}, "title"),
            ({"title": "turned \u202e around"}, "title"),
            ({"title": "nul\x00"}, "title"),
            ({"title": ["x"]}, "title"),
            ({"due_date": "1999-01-01"}, "due_date"),
            ({"due_date": "2200-01-01"}, "due_date"),
            ({"due_date": "soon"}, "due_date"),
            ({"every_months": 0}, "every_months"),
            ({"every_days": 3651}, "every_days"),
            ({"every_days": 7, "every_months": 1}, "every_days"),
            ({"topic": "moon"}, "topic"),
            ({"rule": "rem.calcium_confirm", "interval_days": 7}, "rule"),
            ({"rule": "rem.nothing", "interval_days": 7}, "rule"),
            ({"rule": "rem.grip_test"}, "interval_days"),
            ({"rule": "rem.grip_test", "interval_days": 731}, "interval_days"),
            ({"rule": "rem.grip_test", "interval_days": 29}, "interval_days"),
        ],
    )
    def test_refuses_what_is_none(self, athlete: Person, body: dict[str, Any], field: str) -> None:
        asked = body if not body or "rule" in body else wish(**body)
        refused = athlete.post(API, asked)
        assert refused.status_code == 422, refused.content
        assert field in refused.json()["errors"]
        assert athlete.get(API).json()["wishes"] == []

    def test_says_which_days_a_rule_takes(self, athlete: Person) -> None:
        refused = athlete.post(API, {"rule": "rem.grip_test", "interval_days": 900})
        assert "30 to 730 days" in refused.json()["errors"]["interval_days"][0]
        added = athlete.post(API, {"rule": "rem.grip_test", "interval_days": 100}).json()
        path = f"{API}/{added['id']}"
        assert patch(athlete, path, {"interval_days": 900}).status_code == 422
        assert patch(athlete, path, {"interval_days": 200}).json()["interval_days"] == 200

    def test_takes_a_hundred(self, athlete: Person) -> None:
        ops = [
            phone_op(title=f"n {number}", due_date="2027-03-01") for number in range(MOST_WISHES)
        ]
        assert athlete.sync(ops).status_code == 200
        refused = athlete.post(API, wish())
        assert (refused.status_code, refused.json()["code"]) == (409, "reminders.too_many_wishes")

    def test_is_each_persons_own(self, athlete: Person, stranger: Person) -> None:
        path = f"{API}/{athlete.post(API, wish()).json()['id']}"
        for answer in (patch(stranger, path, {"title": "x"}), stranger.delete(path)):
            assert answer.status_code == 404
        assert stranger.get(API).json()["wishes"] == []
        assert len(athlete.get(API).json()["wishes"]) == 1

    def test_touches_no_record_of_another_type(self, athlete: Person) -> None:
        lab = vitamin_d(12)
        athlete.sync([lab])
        path = f"{API}/{lab['id']}"
        assert patch(athlete, path, {"title": "x"}).status_code == 404
        assert athlete.delete(path).status_code == 404


def phone_op(**body: Any) -> dict[str, Any]:
    return {
        "op": str(uuid.uuid4()), "type": "reminder_wish", "id": str(uuid.uuid4()),
        "action": "put", "schema": 1, "set": body,
    }  # fmt: skip


class TestInbox:
    def test_has_it_in_the_persons_words_and_closes_it_when_done(self, athlete: Person) -> None:
        athlete.post(API, wish())
        refresh(athlete)
        assert open_own(athlete) == [(TITLE, today())]
        [key] = [key for key, item in inbox(athlete).items() if item.rule == "rem.own"]
        html = athlete.page.get("/me/inbox").content.decode()
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert(1)" in html
        assert "you asked for it" in html
        athlete.post(f"/v1/me/inbox/{key}/answer", {"action": "done"})
        refresh(athlete)
        assert open_own(athlete) == []

    def test_moves_a_repeated_one_on(self, athlete: Person) -> None:
        athlete.post(API, wish(every_days=30))
        refresh(athlete)
        [key] = [key for key, item in inbox(athlete).items() if item.rule == "rem.own"]
        athlete.post(f"/v1/me/inbox/{key}/answer", {"action": "done"})
        refresh(athlete)
        assert open_own(athlete) == [(TITLE, today() + timedelta(days=30))]

    def test_works_from_a_phone_alone(self, athlete: Person) -> None:
        op = phone_op(title="Stretch", due_date=today().isoformat())
        assert athlete.sync([op]).json()["results"][0]["status"] == "applied"
        refresh(athlete)
        assert open_own(athlete) == [("Stretch", today())]
        [stored] = athlete.get(API).json()["wishes"]
        assert stored["id"] == op["id"]

    def test_keeps_a_phones_impossible_interval_flagged(self, athlete: Person) -> None:
        op = phone_op(rule="rem.calcium_confirm", interval_days=700)
        result = athlete.sync([op]).json()["results"][0]
        assert (result["status"], result["flags"]) == ("applied", ["interval_out_of_bounds"])

    def test_never_has_its_words_sent(self, athlete: Person, postbox: Postbox) -> None:
        athlete.post(API, wish())
        refresh(athlete)
        Delivery.objects.filter(athlete_id=athlete.id).update(due_at=timezone.now())
        person = athlete.user
        noon = datetime.combine(today(), datetime.min.time(), tzinfo=UTC) + timedelta(hours=12)
        deliver_due(now=noon + timedelta(days=1))
        mails = postbox.mails_to(address(athlete))
        assert len(mails) == 1
        for secret in ("DXA", "script", "41.7317", "rem.own", person.display_name):
            assert secret not in mails[0].words


class TestPage:
    def test_adds_changes_and_deletes(self, athlete: Person) -> None:
        form = {"title": TITLE, "due_date": today().isoformat(), "every_months": "12"}
        added = athlete.page.post(PAGE, form)
        assert (added.status_code, added["Location"]) == (302, "/me/inbox#own")
        html = athlete.page.get("/me/inbox").content.decode()
        assert "Added." in html
        assert ", every 12 months" in html
        assert "<script>alert" not in html
        [listed] = athlete.get(API).json()["wishes"]
        path = f"{PAGE}/{listed['id']}"
        athlete.page.post(path, {"action": "save", "title": "Grip", "due_date": "2031-05-06"})
        [changed] = athlete.get(API).json()["wishes"]
        assert (changed["title"], changed["due_date"]) == ("Grip", "2031-05-06")
        assert changed["every_months"] == 12
        athlete.page.post(path, {"action": "delete"})
        assert athlete.get(API).json()["wishes"] == []

    def test_sets_an_interval_and_says_what_is_wrong(self, athlete: Person) -> None:
        athlete.page.post(PAGE, {"rule": "rem.grip_test", "interval_days": "900"})
        html = athlete.page.get("/me/inbox").content.decode()
        assert "This rule takes 30 to 730 days" in html
        athlete.page.post(PAGE, {"rule": "rem.grip_test", "interval_days": "90"})
        [listed] = athlete.get(API).json()["wishes"]
        assert (listed["rule"], listed["interval_days"]) == ("rem.grip_test", 90)
        assert "after 90 days" in athlete.page.get("/me/inbox").content.decode()

    def test_refuses_others_and_forged_forms(self, athlete: Person, stranger: Person) -> None:
        path = f"{PAGE}/{athlete.post(API, wish()).json()['id']}"
        assert stranger.page.post(path, {"action": "delete"}).status_code == 404
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(athlete.user)
        assert strict.post(path, {"action": "delete"}).status_code == 403
        assert len(athlete.get(API).json()["wishes"]) == 1
