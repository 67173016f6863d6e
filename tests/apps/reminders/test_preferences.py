"""How a person is reminded: by API, by page, and as fields of the profile their phones have."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import Device
from apps.reminders.topics import TOPICS
from backend.records.athlete_profile import AthleteProfile
from backend.reminding.catalogue import RULES
from backend.reminding.delivery import Wishes, deliver_at, wishes_of
from tests.apps.reminders.feed import NOON, TODAY, set_profile
from tests.conftest import Person

API = "/v1/me/preferences"
PAGE = "/me/preferences"
DEFAULTS = {
    "zone": "UTC", "locale": "en", "delivery_hour": 9,
    "quiet_hours": {"from": "22:00", "to": "07:00"}, "reminders_per_week": 2,
    "channels_off": [], "topics_off": [], "paused_until": None, "weekly_digest": False,
}  # fmt: skip
CHANGED = {
    "zone": "Asia/Tokyo", "locale": "de-AT", "delivery_hour": 0,
    "quiet_hours": {"from": "23:30", "to": "05:15"}, "reminders_per_week": 0,
    "channels_off": ["email"], "topics_off": ["dxa", "own"],
    "paused_until": (TODAY + timedelta(days=9)).isoformat(), "weekly_digest": True,
}  # fmt: skip


@pytest.fixture(autouse=True)
def at_noon() -> Any:
    with time_machine.travel(NOON, tick=True):
        yield


def patch(person: Person, body: Any) -> Any:
    return Client().patch(API, body, content_type="application/json", headers=person.headers)


def profile(person: Person) -> dict[str, Any]:
    """Return the row of the profile as the person's phones read it."""
    pulled = person.get("/v1/athletes/me/changes", types="athlete_profile").json()
    [row] = pulled["page"]["rows"]
    return dict(row)


class TestApi:
    def test_tells_what_holds_for_somebody_who_chose_nothing(self, athlete: Person) -> None:
        assert athlete.get(API).json() == DEFAULTS

    def test_changes_fields_of_the_profile(self, athlete: Person) -> None:
        answer = patch(athlete, CHANGED)
        assert answer.status_code == 200, answer.content
        assert answer.json() == CHANGED == athlete.get(API).json()
        assert profile(athlete)["body"] == {
            "zone": "Asia/Tokyo", "locale": "de-AT", "delivery_hour": 0,
            "quiet_hours": "23:30-05:15", "reminders_per_week": 0,
            "reminder_channels_off": ["email"], "reminder_topics_off": ["dxa", "own"],
            "reminders_paused_until": CHANGED["paused_until"], "weekly_digest": True,
        }  # fmt: skip

    @pytest.mark.parametrize("name", CHANGED)
    def test_changes_one_alone(self, athlete: Person, name: str) -> None:
        answer = patch(athlete, {name: CHANGED[name]})
        assert answer.json() == {**DEFAULTS, name: CHANGED[name]}

    def test_again_writes_nothing(self, athlete: Person) -> None:
        for _ in range(3):
            assert patch(athlete, CHANGED).status_code == 200
        assert profile(athlete)["rev"] == 1

    def test_takes_back_what_was_chosen(self, athlete: Person) -> None:
        patch(athlete, CHANGED)
        back: dict[str, Any] = {
            "quiet_hours": None,
            "paused_until": None,
            "channels_off": [],
            "topics_off": [],
        }
        assert patch(athlete, back).json() == {**CHANGED, **back}
        assert profile(athlete)["body"]["quiet_hours"] == "none"

    def test_keeps_what_another_app_wrote(self, athlete: Person) -> None:
        set_profile(
            athlete, height_cm=171, reminder_topics_off=["moon", "dxa"], x_mine={"kept": True}
        )
        assert athlete.get(API).json()["topics_off"] == ["dxa"]
        assert patch(athlete, {"topics_off": ["frax"]}).json()["topics_off"] == ["frax"]
        body = profile(athlete)["body"]
        assert body["reminder_topics_off"] == ["frax", "moon"]
        assert (body["height_cm"], body["x_mine"]) == (171, {"kept": True})

    def test_brings_a_deleted_profile_back(self, athlete: Person) -> None:
        set_profile(athlete, height_cm=171)
        op = {
            "op": "0197a2c5-0016-7333-8c3d-0e8b7a6d5c4b", "type": "athlete_profile",
            "id": str(athlete.id), "action": "delete", "base": profile(athlete)["v"],
        }  # fmt: skip
        assert athlete.sync([op]).json()["results"][0]["status"] == "applied"
        assert patch(athlete, {"delivery_hour": 7}).json()["delivery_hour"] == 7

    @pytest.mark.parametrize(
        ("asked", "pointer"),
        [
            ({"zone": "Mars/Olympus_Mons"}, "/zone"),
            ({"zone": "../../etc/passwd"}, "/zone"),
            ({"zone": "localtime"}, "/zone"),
            ({"zone": None}, "/zone"),
            ({"zone": ["UTC"]}, "/zone"),
            ({"locale": "<script>"}, "/locale"),
            ({"delivery_hour": 24}, "/delivery_hour"),
            ({"delivery_hour": -1}, "/delivery_hour"),
            ({"delivery_hour": "noon"}, "/delivery_hour"),
            ({"quiet_hours": {"from": "22:00", "to": "22:00"}}, "/quiet_hours"),
            ({"quiet_hours": {"from": "00:00", "to": "24:00"}}, "/quiet_hours"),
            ({"quiet_hours": {"from": "22:00"}}, "/quiet_hours"),
            ({"quiet_hours": "22-7"}, "/quiet_hours"),
            ({"reminders_per_week": 101}, "/reminders_per_week"),
            ({"reminders_per_week": -1}, "/reminders_per_week"),
            ({"channels_off": ["pigeon"]}, "/channels_off"),
            ({"topics_off": ["moon"]}, "/topics_off"),
            ({"topics_off": "dxa"}, "/topics_off"),
            ({"paused_until": "2026-05-03"}, "/paused_until"),
            ({"paused_until": "2200-01-01"}, "/paused_until"),
            ({"paused_until": "soon"}, "/paused_until"),
            ({"weekly_digest": "maybe"}, "/weekly_digest"),
            ({"quiet_hour": None}, "/quiet_hour"),
        ],
    )
    def test_refuses_and_points_to_what_is_wrong(
        self, athlete: Person, asked: Any, pointer: str
    ) -> None:
        refused = patch(athlete, {"delivery_hour": 5, **asked})
        assert refused.status_code == 422, refused.content
        assert refused.json()["code"] == "invalid-request"
        assert refused.json()["pointers"] == [pointer]
        assert athlete.get(API).json() == DEFAULTS, "all or nothing"

    @pytest.mark.parametrize("body", ["[]", "3", '"x"', "null", "{"])
    def test_refuses_what_is_no_object(self, athlete: Person, body: str) -> None:
        refused = Client().patch(
            API, body, content_type="application/json", headers=athlete.headers
        )
        assert refused.status_code in (400, 422)
        assert refused["Content-Type"] == "application/problem+json"

    def test_are_each_persons_own(self, athlete: Person, stranger: Person) -> None:
        patch(athlete, CHANGED)
        assert stranger.get(API).json() == DEFAULTS


class TestPage:
    FORM = {
        "zone": "Europe/Berlin", "delivery_hour": "18", "quiet": "on", "quiet_from": "21:00",
        "quiet_to": "06:30", "reminders_per_week": "3", "channels": ["email"],
        "topics": [key for key in TOPICS if key != "dxa"], "paused_until": "", "locale": "de",
    }  # fmt: skip

    def test_shows_every_topic_with_its_usual_interval(self, athlete: Person) -> None:
        html = athlete.page.get(PAGE).content.decode()
        for key in {rule.topic for rule in RULES.values()}:
            assert f'value="{key}" checked' in html
            name, interval = TOPICS[key]
            assert name in html
            assert interval[1:] in html

    def test_saves_all_of_it_at_once(self, athlete: Person) -> None:
        saved = athlete.page.post(PAGE, self.FORM)
        assert (saved.status_code, saved["Location"]) == (302, PAGE)
        assert athlete.get(API).json() == {
            "zone": "Europe/Berlin", "locale": "de", "delivery_hour": 18,
            "quiet_hours": {"from": "21:00", "to": "06:30"}, "reminders_per_week": 3,
            "channels_off": ["push"], "topics_off": ["dxa"], "paused_until": None,
            "weekly_digest": False,
        }  # fmt: skip
        assert "Saved" in athlete.page.get(PAGE).content.decode()

    def test_shown_and_saved_again_changes_nothing(self, athlete: Person) -> None:
        patch(athlete, CHANGED)
        form = athlete.page.get(PAGE).context["form"]
        sent = {name: value for name, value in form.items() if value is not False and value != ""}
        assert athlete.page.post(PAGE, sent).status_code == 302
        assert athlete.get(API).json() == CHANGED

    def test_tells_what_is_wrong_beside_the_field_and_keeps_the_rest(self, athlete: Person) -> None:
        wrong = {**self.FORM, "quiet_to": "21:00", "paused_until": "2020-01-01", "zone": "Mars/X"}
        refused = athlete.page.post(PAGE, wrong)
        html = refused.content.decode()
        assert refused.status_code == 422
        assert "Leave some of the day" in html
        assert "Choose today or a later day" in html
        assert "This time zone is not known" in html
        assert 'value="2020-01-01"' in html
        assert athlete.get(API).json() == DEFAULTS

    def test_says_where_push_works(self, athlete: Person) -> None:
        def told() -> str:
            return athlete.page.get(PAGE).content.decode()

        phone = Device.objects.filter(pk=athlete.device_id)
        assert "has not asked for it" in told()
        phone.update(push_channel="apns", push_token="x", push_registered_at=NOON)
        assert "Push works." in told()
        phone.update(push_stopped="unregistered")
        assert "4 May 2026, has stopped. Open the app there to turn it on again." in told()

    def test_needs_a_session_and_a_csrf_token(self, athlete: Person) -> None:
        assert Client().get(PAGE)["Location"].startswith("/sign-in")
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(athlete.user)
        assert strict.post(PAGE, self.FORM).status_code == 403


class TestTopics:
    def test_are_those_of_the_rules_and_ones_own(self) -> None:
        assert {rule.topic for rule in RULES.values()} | {"own"} == set(TOPICS)


class TestWishes:
    @given(
        zone=st.none() | st.text(max_size=40) | st.sampled_from(["America", "posixrules", "../x"]),
        quiet=st.none() | st.text(max_size=20) | st.from_regex(r"\d{1,3}(:\d{2})?-\d{1,3}"),
        lists=st.none() | st.lists(st.text(max_size=20), max_size=5).map(tuple),
        until=st.none() | st.dates(),
        hour=st.none() | st.integers(0, 23),
        due=st.dates(date(1900, 1, 1), date(2199, 12, 31)),
    )
    def test_are_read_from_anything_a_phone_may_write(
        self, zone: Any, quiet: Any, lists: Any, until: Any, hour: Any, due: date
    ) -> None:
        wishes = wishes_of(
            AthleteProfile(
                zone=zone, quiet_hours=quiet, delivery_hour=hour, reminder_channels_off=lists,
                reminder_topics_off=lists, reminders_paused_until=until,
            ),
            home_zone="UTC",
        )  # fmt: skip
        now = datetime(2026, 5, 4, 12, tzinfo=UTC)
        assert deliver_at(due_date=due, now=now, wishes=wishes) >= now

    def test_hold_all_deliveries_back_until_the_hour_a_pause_ends(self) -> None:
        wishes = Wishes(zone="Europe/Berlin", hour=18, paused_until=date(2026, 6, 1))
        ends_at = datetime(2026, 6, 1, 16, tzinfo=UTC)
        assert deliver_at(due_date=date(2026, 5, 1), now=NOON, wishes=wishes) == ends_at
        later = deliver_at(due_date=date(2026, 6, 2), now=NOON, wishes=wishes)
        assert later == ends_at + timedelta(days=1)

    def test_say_what_may_be_sent(self) -> None:
        wishes = Wishes("UTC", channels_off=frozenset({"email"}), topics_off=frozenset({"dxa"}))
        assert wishes.allows(channel="push", topic="frax")
        assert not wishes.allows(channel="email", topic="frax")
        assert not wishes.allows(channel="push", topic="dxa")

    def test_keep_the_usual_quiet_hours(self) -> None:
        assert wishes_of(AthleteProfile(), home_zone="UTC").quiet is not None
        assert Wishes("UTC").quiet is not None
        assert Wishes("UTC").quiet.starts == time(22)  # type: ignore[union-attr]
