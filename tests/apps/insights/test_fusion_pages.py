"""The box on the athlete's page that asks whether recordings are one workout."""

import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.insights.services.recompute import drain
from tests.apps.insights.recordings import (
    WATCH,
    copy_of,
    decide,
    delete,
    fusions,
    live,
    loads,
    logged,
    session,
    states,
    sync,
)
from tests.apps.insights.test_pages import HOSTILE, page_of, text_of
from tests.conftest import Person

ASKS = "These look like the same workout"
MOST_STATEMENTS = 17  # of the page, and three for its box


def morning(days_ago: int = 2) -> datetime:
    """Return eight o'clock so many days ago."""
    now = timezone.now() - timedelta(days=days_ago)
    return now.replace(hour=8, minute=0, second=0, microsecond=0)


def recorded(person: Person, *, shift_min: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """Sync an hour of a watch and a logger, so many minutes apart."""
    watch = session(morning(), 60, WATCH, hr_avg=120)
    logger = logged(morning() + timedelta(minutes=shift_min), 60)
    sync(person, watch, logger)
    return watch, logger


def answer(person: Person, word: str) -> Any:
    """Press a button of the newest fusion, and have everything computed."""
    (fusion, *_) = fusions(person)
    response = person.page.post(f"/me/fusions/{fusion['id']}", {"decision": word})
    drain(now=timezone.now())
    return response


class TestBox:
    def test_asks_with_both_recordings_beside_each_other(self, athlete: Person) -> None:
        recorded(athlete, shift_min=27)
        text = text_of(page_of(athlete))
        assert ASKS in text
        assert "com.apple.health 08:00 to 09:00 measured by the device" in text
        assert "hevy 08:27 to 09:27 3 sets" in text
        assert "55 % of the shorter recording overlaps." in text

    def test_shows_what_was_fused_and_which_source_gave_what(self, athlete: Person) -> None:
        recorded(athlete, shift_min=5)
        text = text_of(page_of(athlete))
        assert ASKS not in text
        assert "Recordings of one workout, last four weeks (1)" in text
        assert "Gives heart rate, times, kind." in text
        assert "Gives sets, effort, body mass." in text
        assert "counted once" in text

    def test_is_not_there_without_a_reason(self, athlete: Person) -> None:
        sync(athlete, logged(morning()))
        page = page_of(athlete)
        assert "fusions" not in page

    def test_tells_hours_by_the_persons_clock(self, athlete: Person) -> None:
        athlete.user.zone = "Asia/Tokyo"
        athlete.user.save()
        recorded(athlete, shift_min=27)
        assert "com.apple.health 17:00 to 18:00" in text_of(page_of(athlete))

    def test_escapes_the_names_of_sources_and_needs_no_inline_code(self, athlete: Person) -> None:
        hostile = {"system": "kiosk", "app": HOSTILE[:150]}
        sync(
            athlete, session(morning(), 60, hostile), logged(morning() + timedelta(minutes=27), 60)
        )
        page = page_of(athlete)
        assert ASKS in page
        assert "<script>" not in page
        assert "style=" not in page
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert len(ids) == len(set(ids))

    def test_costs_the_same_for_many(
        self, athlete: Person, sql_statements: Callable[[], Any]
    ) -> None:
        for back in range(2, 12):
            watch = session(morning(back), 60, WATCH)
            athlete.sync([watch, logged(morning(back) + timedelta(minutes=3 * back), 60)])
        drain(now=timezone.now())
        browser = athlete.page
        with sql_statements() as statements:
            browser.get("/me")
        assert len(statements) <= MOST_STATEMENTS, statements


class TestChoice:
    @pytest.mark.parametrize(
        ("word", "state", "count"), [("same", "fused", 1), ("separate", "separate", 2)]
    )
    def test_is_a_record_of_the_feed_like_a_phones(
        self, athlete: Person, word: str, state: str, count: int
    ) -> None:
        watch, logger = recorded(athlete, shift_min=27)
        response = answer(athlete, word)
        assert (response.status_code, response["Location"]) == (302, "/me")
        (body,) = live(athlete, "fusion_decision").values()
        assert (sorted(body["records"]), body["decision"]) == (
            sorted((watch["id"], logger["id"])), word,
        )  # fmt: skip
        assert states(athlete) == [(state, "athlete", 2)]
        assert len(loads(athlete)) == count
        text = text_of(page_of(athlete))
        assert "your choice" in text
        assert "Noted." in text

    def test_can_be_changed_again_and_again(self, athlete: Person) -> None:
        recorded(athlete, shift_min=5)
        for word, count in (("separate", 2), ("same", 1), ("separate", 2)):
            answer(athlete, word)
            assert len(loads(athlete)) == count
        assert len(live(athlete, "fusion_decision")) == 1

    def test_takes_three_apart_and_leaves_a_copy_with_its_original(self, athlete: Person) -> None:
        watch, logger = recorded(athlete, shift_min=0)
        third = session(morning(), 60, {"system": "strava"})
        copy = copy_of(athlete, logger["id"], morning())
        sync(athlete, third, copy)
        answer(athlete, "separate")
        assert loads(athlete).keys() == {watch["id"], logger["id"], third["id"]}
        assert ("fused", "rule", 2) in states(athlete)

    def test_says_that_a_copy_is_none(self, athlete: Person) -> None:
        copy = copy_of(athlete, str(uuid.uuid4()), morning())
        sync(athlete, copy)
        assert loads(athlete) == {}
        answer(athlete, "separate")
        assert loads(athlete).keys() == {copy["id"]}

    def test_works_on_from_what_a_phone_decided(self, athlete: Person) -> None:
        watch, logger = recorded(athlete, shift_min=5)
        op = decide(athlete, watch, logger, word="separate")
        sync(athlete, op)
        answer(athlete, "same")
        assert states(athlete) == [("fused", "athlete", 2)]
        assert live(athlete, "fusion_decision").keys() == {op["id"]}

    def test_works_after_a_decision_was_deleted(self, athlete: Person) -> None:
        watch, logger = recorded(athlete, shift_min=5)
        op = decide(athlete, watch, logger, word="separate")
        sync(athlete, op)
        sync(athlete, delete(op))
        answer(athlete, "separate")
        assert states(athlete) == [("separate", "athlete", 2)]

    def test_that_says_nothing_changes_nothing(self, athlete: Person) -> None:
        recorded(athlete, shift_min=27)
        answer(athlete, "perhaps")
        assert live(athlete, "fusion_decision") == {}
        assert "Nothing was chosen" in text_of(page_of(athlete))

    def test_about_somebody_elses_recordings_is_not_there(
        self, athlete: Person, stranger: Person
    ) -> None:
        recorded(athlete, shift_min=27)
        (fusion,) = fusions(athlete)
        response = stranger.page.post(f"/me/fusions/{fusion['id']}", {"decision": "same"})
        assert response.status_code == 404
        assert live(athlete, "fusion_decision") == {}

    def test_needs_the_forms_token(self, athlete: Person) -> None:
        recorded(athlete, shift_min=27)
        (fusion,) = fusions(athlete)
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(athlete.user)
        response = browser.post(f"/me/fusions/{fusion['id']}", {"decision": "same"})
        assert response.status_code == 403
        assert live(athlete, "fusion_decision") == {}
