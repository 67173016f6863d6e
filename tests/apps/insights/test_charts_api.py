"""The numbers behind the pictures: page, JSON and CSV tell the same."""

import csv
import html
import io
import re
import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.insights.chart_selectors import CHARTS
from apps.insights.services.recompute import drain
from backend.charts.chart import number_text
from backend.drawing import short_date
from tests.apps.insights.recordings import LOGGER, WATCH, put, session
from tests.apps.insights.test_pages import HOSTILE, page_of, result
from tests.conftest import Person

HEAVY = [{"uid": f"s{number}", "reps": 5, "load_kg": 80.0, "rir": 2} for number in range(3)]
SQUATS = [{"uid": "e", "exercise": "squat", "sets": HEAVY}]


def at(days_ago: int) -> datetime:
    """Return a morning so many days ago."""
    morning: datetime = timezone.now().replace(hour=6, minute=0, second=0, microsecond=0)
    return morning - timedelta(days=days_ago)


def rich(person: Person) -> list[dict[str, Any]]:
    """Return something for every picture."""
    profile = {"sex": "female", "born_date": "1960-01-01", "height_cm": 165, "latitude": 52.5}
    dose = {"code": "vitamin_d", "amount": 1000, "unit": "IU/d"}
    told = [put("athlete_profile", profile, record=str(person.id))]
    told += [result(200, 61.0, lab="North"), result(30, lab="South", supplement_dose=dose)]
    for days in (800, 60):
        sites = [{"uid": "a", "site": "total_hip", "bmd_g_cm2": 0.81, "t_score": -1.4}]
        scan = {"scanned_at": at(days).isoformat(), "manufacturer": "GE", "model": "Lunar"}
        told.append(put("dxa_scan", {**scan, "site_results": sites}))
        lean = {"measured_at": at(days - 3).isoformat(), "method": "dxa", "alm_kg": 16.2}
        told.append(put("body_composition", lean))
    told += [
        session(at(days), 50, WATCH, exercises=SQUATS, body_mass_kg=60.0) for days in (2, 5, 12)
    ]
    return told


def full(person: Person) -> Person:
    """Return the person with something behind every picture."""
    answer = person.sync(rich(person))
    assert {one["status"] for one in answer.json()["results"]} <= {"applied", "merged"}
    drain(now=timezone.now())
    return person


def chart(person: Person, name: str, **query: str) -> Any:
    """Return one picture's numbers as JSON."""
    answer = person.get(f"/v1/athletes/me/charts/{name}", **query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def table_of(page: str, name: str) -> list[list[str]]:
    """Return the cells of one picture's table on the page, headings first."""
    section = page.split(f'id="chart-{name}"')[1].split("</section>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", section, re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[html.unescape(cell) for cell in row] for row in cells]


def as_read(value: Any) -> str | None:
    """Return a value of the JSON as the page writes it; None for what has words of its own."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        is_day = re.fullmatch(r"\d{4}-\d\d-\d\d", value)
        return short_date(date.fromisoformat(value)) if is_day else value
    return number_text(value)


class TestTwins:
    @pytest.mark.parametrize("name", CHARTS)
    def test_tell_the_same_on_the_page_in_json_and_in_csv(self, athlete: Person, name: str) -> None:
        told = chart(full(athlete), name)
        keys = [column["key"] for column in told["columns"]]
        assert told["rows"]
        assert told["empty"] is None

        head, *shown = table_of(page_of(athlete), name)
        assert head == [column["label"] for column in told["columns"]]
        assert len(shown) == len(told["rows"])
        for cells, row in zip(shown, told["rows"], strict=True):
            for cell, key in zip(cells, keys, strict=True):
                assert as_read(row[key]) in (cell, None), (name, key)

        answer = athlete.get(f"/v1/athletes/me/charts/{name}", format="csv")
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert answer["Content-Disposition"] == f'attachment; filename="{name}.csv"'
        written = list(csv.reader(io.StringIO(answer.content.decode())))
        assert written[0] == keys
        assert written[1:] == [[_as_written(row[key]) for key in keys] for row in told["rows"]]

    @pytest.mark.parametrize("name", CHARTS)
    def test_say_in_words_that_there_is_nothing(self, athlete: Person, name: str) -> None:
        athlete.sync([put("athlete_profile", {"sex": "female"}, record=str(athlete.id))])
        told = chart(athlete, name)
        assert told["rows"] == []
        assert told["empty"] in html.unescape(page_of(athlete))


def _as_written(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else number_text(value)


class TestAsking:
    def test_for_csv_works_by_header_too(self, athlete: Person) -> None:
        answer = Client().get(
            "/v1/athletes/me/charts/vitamin_d", headers=athlete.headers | {"Accept": "text/csv"}
        )
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert answer.content.startswith(b"drawn,printed,value")

    def test_the_query_wins_over_the_header(self, athlete: Person) -> None:
        answer = Client().get(
            "/v1/athletes/me/charts/vitamin_d?format=json",
            headers=athlete.headers | {"Accept": "text/csv"},
        )
        assert answer.json()["name"] == "vitamin_d"

    @pytest.mark.parametrize(
        ("path", "status"),
        [("charts/nothing", 404), ("charts/loading?format=xml", 422),
         ("charts/impacts?session=7", 422), (f"charts/impacts?session={uuid.UUID(int=7)}", 404)],
    )  # fmt: skip
    @pytest.mark.parametrize("accept", ["*/*", "text/csv"])
    def test_for_what_there_is_not_is_a_problem_in_json(
        self, athlete: Person, path: str, status: int, accept: str
    ) -> None:
        answer = Client().get(
            f"/v1/athletes/me/{path}", headers=athlete.headers | {"Accept": accept}
        )
        assert answer.status_code == status
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == status

    def test_for_anybody_else_is_not_found(self, athlete: Person, stranger: Person) -> None:
        full(athlete)
        for name in CHARTS:
            answer = stranger.get(f"/v1/athletes/{athlete.id}/charts/{name}")
            assert answer.status_code == 404
            assert chart(stranger, name)["rows"] == []

    def test_for_a_session_shows_that_one_and_no_strangers(
        self, athlete: Person, stranger: Person
    ) -> None:
        run = session(at(9), 50, WATCH, activity="running")
        athlete.sync([run, session(at(2), 50, WATCH, exercises=SQUATS, body_mass_kg=60.0)])
        drain(now=timezone.now())
        newest = chart(athlete, "impacts")["rows"]
        asked = chart(athlete, "impacts", session=run["id"])["rows"]
        assert newest != asked
        answer = stranger.get("/v1/athletes/me/charts/impacts", session=run["id"])
        assert answer.status_code == 404


class TestNumbers:
    def test_count_a_workout_from_two_sources_once(self, athlete: Person) -> None:
        athlete.sync(
            [
                session(at(2), 50, LOGGER, exercises=SQUATS, title="Legs"),
                session(at(2), 50, WATCH, exercises=SQUATS, hr_avg=120.0),
            ]
        )
        drain(now=timezone.now())
        states = [one["state"] for one in athlete.get("/v1/athletes/me/fusions").json()["fusions"]]
        assert states == ["fused"]
        assert [row["sets"] for row in chart(athlete, "strength")["rows"]] == [3]

    def test_leave_out_what_was_deleted_or_is_implausible(self, athlete: Person) -> None:
        heavy = [{"uid": "s", "reps": 5, "load_kg": 9000.0, "rir": 2}]
        impossible = [{"uid": "e", "exercise": "squat", "sets": heavy}]
        athlete.sync([session(at(2), 50, WATCH, exercises=impossible)])
        drain(now=timezone.now())
        assert chart(athlete, "strength")["rows"] == []

    def test_know_silence_from_rest(self, athlete: Person) -> None:
        athlete.sync([session(at(9), 50, WATCH, exercises=SQUATS)])
        drain(now=timezone.now())
        days = [
            row[key]
            for row in chart(athlete, "calendar")["rows"]
            for key in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
        ]
        assert days.count("high, heavy") == 1
        assert days.count("no session") == 9
        assert set(days) <= {"high, heavy", "no session", "no data", None}

    def test_cost_the_same_for_a_long_history(
        self, athlete: Person, sql_statements: Callable[[], Any]
    ) -> None:
        athlete.sync([session(at(days), 50, WATCH, exercises=SQUATS) for days in range(1, 80)])
        drain(now=timezone.now())
        with sql_statements() as statements:
            chart(athlete, "strength")
        assert len(statements) <= 6, statements


class TestPage:
    def test_shows_every_picture_with_its_twin(self, athlete: Person) -> None:
        page = page_of(full(athlete))
        assert len(re.findall(r'<svg [^>]*role="img"', page)) == 2 * len(CHARTS)
        assert page.count("The same as a table") == len(CHARTS)
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert len(ids) == len(set(ids))
        assert "style=" not in page

    def test_escapes_what_people_wrote_in_every_picture(self, athlete: Person) -> None:
        hostile = HOSTILE[:60]
        told = rich(athlete)
        for op in told:
            kind, body = op["type"], op["set"]
            if kind == "lab_result":
                body |= {"lab": hostile, "method": hostile}
                body["supplement_dose"] = {"code": "d", "amount": 1, "unit": hostile}
            elif kind == "dxa_scan":
                body |= {"manufacturer": hostile, "model": hostile}
            elif kind == "body_composition":
                body["device"] = hostile
            elif kind == "workout_session":
                body["exercises"] = [{"uid": "e", "exercise": hostile, "sets": HEAVY}]
                body["activity"] = hostile
        answer = athlete.sync(told)
        assert {one["status"] for one in answer.json()["results"]} <= {"applied", "merged"}
        page = page_of(athlete)
        assert "<script>" not in page
        assert html.escape(hostile[:20]) in page
        assert re.findall(r"<img (?!class=\"phone-code\" )", page) == []  # but our own
