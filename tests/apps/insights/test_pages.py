"""The athlete's own page, through a browser session."""

import re
import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.insights.pages.areas import REASONS, due_items
from apps.insights.services.recompute import drain
from backend.records.server_owned import Reminder
from backend.reminding.catalogue import RULES, Rule
from tests.apps.insights.test_recompute import vitamin_d
from tests.apps.sync.test_push import workout
from tests.conftest import Person
from tests.words import said

HOSTILE = "</text><script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
# A session, a person, a feed, and one or two statements per kind of record the page shows.
MOST_STATEMENTS = 18


def trained(days_ago: int, **body: Any) -> dict[str, Any]:
    """Return a put of an hour's run so many days ago."""
    began = timezone.now().replace(hour=6, minute=0, second=0, microsecond=0)
    began -= timedelta(days=days_ago)
    return workout(
        started_at=began.isoformat(),
        ended_at=(began + timedelta(hours=1)).isoformat(),
        utc_offset_min=0,
        local_date=began.date().isoformat(),
        **body,
    )


def result(days_ago: int, value: float = 38.2, **body: Any) -> dict[str, Any]:
    """Return a put of a vitamin D result in nmol/L so many days ago."""
    drawn: datetime = timezone.now() - timedelta(days=days_ago)
    op = vitamin_d(value, drawn=drawn.isoformat())
    op["set"] |= body
    return op


def page_of(person: Person) -> str:
    """Return the person's page once everything is computed."""
    drain(now=timezone.now())
    answer = person.page.get("/me")
    assert answer.status_code == 200
    return str(answer.content.decode())


def text_of(page: str) -> str:
    """Return what a page says, without markup and with single blanks."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


class TestOverview:
    def test_leads_with_the_band_what_decided_it_and_the_next_step(self, athlete: Person) -> None:
        athlete.sync([trained(day) for day in range(2, 27, 3)] + [result(100)])
        text = text_of(page_of(athlete))
        order = ["areas assessed", "Next step", "At a glance", "Five areas", "Volume beside"]
        assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)
        assert "Repeat 25-OH vitamin D 16 days overdue" in text
        assert "Rests on a guideline or expert consensus" in text
        assert "1 of 4 items recorded" in text
        assert "Not medical advice and not a diagnosis" in text

    def test_counts_nothing_in_words(self, athlete: Person) -> None:
        athlete.sync([workout(activity="yoga")])
        text = text_of(page_of(athlete))
        assert "None of 4 items recorded" in text
        assert "0 of" not in text.partition("Five areas")[2].partition("Volume beside")[0]

    def test_puts_safety_before_everything_else(self, athlete: Person) -> None:
        athlete.sync([result(3, 420.0)])
        text = text_of(page_of(athlete))
        assert text.index("Read this first") < text.index("At a glance")
        assert "Contact a clinician" in text

    def test_shows_a_new_person_how_to_start(self, athlete: Person) -> None:
        text = text_of(page_of(athlete))
        assert "Nothing recorded yet" in text
        assert "Sign in on your phone" in text

    def test_shows_data_before_its_summary_is_there(self, athlete: Person) -> None:
        athlete.sync([trained(2)])
        page = athlete.page.get("/me")
        assert "being computed" in page.content.decode()

    def test_shows_nothing_of_another_person(self, athlete: Person, stranger: Person) -> None:
        athlete.sync([result(10, 41.7)])
        page_of(athlete)
        assert "41.7" not in said(page_of(stranger))

    def test_asks_a_stranger_to_sign_in(self) -> None:
        answer = Client().get("/me")
        assert (answer.status_code, answer["Location"]) == (302, "/sign-in?next=/me")

    def test_costs_the_same_for_a_long_history(
        self, athlete: Person, sql_statements: Callable[[], Any]
    ) -> None:
        athlete.sync([trained(day) for day in range(1, 90, 2)] + [result(d) for d in (9, 99, 199)])
        drain(now=timezone.now())
        browser = athlete.page
        with sql_statements() as statements:
            browser.get("/me")
        assert len(statements) <= MOST_STATEMENTS, statements


class TestPictures:
    def test_have_a_name_and_a_table_with_the_same_numbers(self, athlete: Person) -> None:
        athlete.sync([trained(2), result(30, ref_low=50, ref_high=250, lab="North")])
        page = page_of(athlete)
        drawn = len(re.findall(r'<svg [^>]*role="img"', page))
        assert drawn == 8  # weeks, calendar, impacts and vitamin D, each in two widths
        assert len(re.findall(r'<title id="([^"]+)"', page)) == drawn
        assert page.count("<details class=") == drawn / 2
        text = text_of(page)
        assert "38.2 nmol/L 15.3 20 100.2 North" in text
        assert "no data" in text

    def test_show_a_limit_as_printed_and_never_as_a_number(self, athlete: Person) -> None:
        athlete.sync([result(30, 10.0, comparator="<")])
        page = page_of(athlete)
        assert "point-censored" in page
        assert "&lt;10 nmol/L not computed" in text_of(page)

    def test_mark_a_change_of_laboratory(self, athlete: Person) -> None:
        athlete.sync([result(200, lab="North"), result(30, lab="South")])
        page = page_of(athlete)
        assert 'class="chart-break"' in page
        assert "laboratory or method changed" in page


class TestMarkup:
    def test_escapes_what_people_wrote(self, people: Callable[..., Person]) -> None:
        athlete = people(HOSTILE)
        athlete.sync([trained(2), result(30, lab=HOSTILE[:60], method=HOSTILE[:60])])
        page = page_of(athlete)
        assert "<script>" not in page
        assert "onerror=alert(2)>" not in page

    def test_needs_no_inline_style_or_script(self, athlete: Person) -> None:
        athlete.sync([trained(2), result(30)])
        page = page_of(athlete)
        assert "style=" not in page
        assert not re.search(r"<script(?! src=)", page)

    def test_ids_are_unique_and_headings_step_by_one(self, athlete: Person) -> None:
        athlete.sync([trained(2), result(30)])
        page = page_of(athlete)
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert len(ids) == len(set(ids))
        levels = [int(level) for level in re.findall(r"<h([1-6])", page)]
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))


class TestMissingPage:
    def test_is_a_page_for_people_and_a_problem_for_programs(self, athlete: Person) -> None:
        page = athlete.page.get(f"/me/{uuid.uuid4()}")
        assert page.status_code == 404
        assert "There is no such page" in page.content.decode()
        answer = athlete.get("/v1/nothing")
        assert answer.json()["code"] == "not-found"

    def test_says_the_same_to_everybody(self, athlete: Person, stranger: Person) -> None:
        address = f"/coach/{uuid.uuid4()}"
        assert athlete.page.get(address).content == stranger.page.get(address).content


class TestDueItems:
    @pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
    def test_are_named_in_words(self, rule: Rule) -> None:
        reminder = Reminder(
            rule=rule.id, rule_version=1, topic=rule.topic, due_date=date(2026, 12, 1),
            priority=rule.priority, state="due", reason=rule.reason, source_record=uuid.uuid4(),
            text={},
        )  # fmt: skip
        (item,) = due_items([reminder], [], today=date(2026, 12, 1))
        assert "_" not in item.title + item.why
        assert rule.reason in REASONS
        assert item.title[0].isupper()

    @pytest.mark.parametrize("topic", ["own", "vitd_25oh"])
    def test_of_ones_own_say_what_the_person_wrote(self, topic: str) -> None:
        reminder = Reminder(
            rule="rem.own", rule_version=1, topic=topic, due_date=date(2026, 12, 1), priority=4,
            state="due", reason="own", source_record=uuid.uuid4(), text={"en": "Call Dr. Weber"},
        )  # fmt: skip
        (item,) = due_items([reminder], [], today=date(2026, 12, 1))
        assert (item.title, item.why) == ("Call Dr. Weber", REASONS["own"])
