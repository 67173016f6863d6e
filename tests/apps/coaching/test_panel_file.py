"""The panel as a file: what the panel shows, and nothing a spreadsheet would run."""

import csv
import io
from typing import Any

from apps.accounts.models import User
from apps.coaching import panel_csv
from tests.apps.coaching.conftest import CANARY, Squad, fill_panel
from tests.apps.coaching.panels import put_part, reason
from tests.conftest import make_person

HOSTILE = [
    "<script>alert(1)</script>",
    "\u202egnp.exe \u2067\u0645\u0631\u062d\u0628\u0627 evil",
    "\U0001f469\U0001f3fd\u200d\U0001f9bd\u200d\u27a1\ufe0f " * 12,
    'a "quoted"\r\nsecond, line; third',
    "W" * 120,
]
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", 'a "b", c']


def rows(squad: Squad, **query: str) -> list[dict[str, str]]:
    """Return the file's rows by column."""
    answer = squad.coach.get(f"{squad.panel}.csv", **query)
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


def join_as(squad: Squad, name: str) -> None:
    """Let somebody join whose name stands as it is, as from before names were tidied."""
    person = make_person()
    User.objects.filter(pk=person.id).update(display_name=name)
    put_part(person)
    squad.join(person)


class TestFile:
    def test_holds_what_the_panel_shows_in_its_order(self, squad: Squad) -> None:
        for name, severity in (("Ann", 2), ("Bo", 3), ("Cy", 1)):
            person = make_person(name)
            put_part(person, reasons=[reason("loading_gap", severity=severity)])
            squad.join(person)
        shown = squad.coach.get(squad.panel).json()["rows"]
        found = rows(squad)
        assert [row["name"] for row in found] == ["Bo", "Ann", "Cy"]
        assert [row["sentence"] for row in found] == [row["sentence"] for row in shown]
        assert [row["name"] for row in rows(squad, group="steady")] == ["Cy"]

    def test_holds_nothing_that_is_hidden(self, squad: Squad) -> None:
        person = make_person("Aiko Ito")
        fill_panel(person)
        squad.join(person, frozenset({"sessions"}))
        [row] = rows(squad)
        told = " ".join(row.values())
        assert [name for name, words in CANARY.items() if words in told] == ["sessions"]

    def test_makes_a_text_of_every_formula(self, squad: Squad) -> None:
        for name in FORMULAS:
            join_as(squad, name)
        names = {row["name"] for row in rows(squad)}
        assert names == {"'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\tx", 'a "b", c'}

    def test_holds_hostile_names_each_in_its_cell(self, squad: Squad) -> None:
        for name in HOSTILE:
            join_as(squad, name)
        found = rows(squad)
        assert sorted(row["name"].rstrip("\u202c\u2069") for row in found) == sorted(
            name.rstrip("\u202c\u2069") for name in HOSTILE
        )
        assert {row["group"] for row in found} == {"steady"}
        for row in found:
            openers = sum(row["name"].count(one) for one in "\u202d\u202e\u2066\u2067")
            assert openers == sum(row["name"].count(one) for one in "\u202c\u2069")

    def test_goes_on_over_pages_and_tells_everybody_in_it(
        self, squad: Squad, monkeypatch: Any
    ) -> None:
        monkeypatch.setattr(panel_csv, "PAGE", 2)
        people = [make_person(f"Athlete {number}") for number in range(5)]
        for person in people:
            squad.join(person)
        assert [row["name"] for row in rows(squad, sort="name")] == [
            f"Athlete {number}" for number in range(5)
        ]
        for person in people:
            [line] = person.get("/v1/me/access-log").json()["lines"]
            assert line["what"] == "file"

    def test_ends_for_whom_a_grant_ends_meanwhile(self, squad: Squad, monkeypatch: Any) -> None:
        monkeypatch.setattr(panel_csv, "PAGE", 1)
        first, second = make_person("Ann"), make_person("Bo")
        squad.join(first)
        grant = squad.join(second)
        answer = squad.coach.get(f"{squad.panel}.csv", sort="name")
        pieces = iter(answer.streaming_content)
        assert b"name" in next(pieces)
        second.post(f"/v1/me/grants/{grant.id}/end")
        assert b"Bo" not in b"".join(pieces)
        assert second.get("/v1/me/access-log").json()["lines"] == []

    def test_refuses_as_the_panel_does(self, squad: Squad, other_squad: Squad) -> None:
        assert other_squad.coach.get(f"{squad.panel}.csv").status_code == 404
        assert squad.coach.get(f"{squad.panel}.csv?limit=3").status_code == 400
        assert squad.coach.get(f"{squad.panel}.csv?sort=labs").status_code == 422
