"""The panel: order, filters, search, pages, tags of answers, and what it must not tell."""

import json
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import msgspec
import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.renderers import JSONRenderer

from apps.coaching.api.panel_answers import panel_answer
from apps.coaching.api.panel_serializers import PanelSerializer
from apps.coaching.models import Assignment, ConsentGrant, Mark, RosterTag
from apps.coaching.panel import PanelQuery, look_at_panel
from apps.common.actor import acting_as
from backend.panel.reasons import on_day
from tests.apps.coaching.conftest import Squad
from tests.apps.coaching.panels import put_part, reason
from tests.conftest import Person, make_person

HOSTILE = [
    "<script>alert(1)</script>",
    "‮rtl‬ שלום",
    "🏃🏽‍♀️ Ko",
    "100%_' OR 1=1 --",
    "x" * 120,
]


def ask(squad: Squad, **query: Any) -> dict[str, Any]:
    """Return the panel as the coach reads it."""
    answer = squad.coach.get(squad.panel, **{name: str(value) for name, value in query.items()})
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def names(panel: dict[str, Any]) -> list[str]:
    """Return whom a panel shows, in order."""
    return [row["name"] for row in panel["rows"]]


def member(squad: Squad, name: str, **part: Any) -> Person:
    """Return an athlete who shares all with the team."""
    person = make_person(name)
    put_part(person, **part)
    squad.join(person)
    return person


@pytest.fixture
def team(squad: Squad) -> Squad:
    """One athlete for every reason to look, or not to."""
    long_ago = timezone.now() - timedelta(days=9)
    due = (timezone.now().date() + timedelta(days=3)).isoformat()
    member(squad, "Steady Eka")
    member(
        squad,
        "Due Élodie",
        category="reminders",
        reasons=[reason("vitd_retest_due", severity=1)],
        facts={"open": "2", "next_due_on": due},
    )
    member(squad, "Silent Şule", last_data_at=long_ago)
    member(squad, "Mild Ann", reasons=[reason("loading_gap")])
    member(squad, "Severe Bo", reasons=[reason("stop", severity=3)], band="review")
    member(squad, "Older Cy", reasons=[reason("loading_gap", since=date(2026, 10, 1))])
    return squad


class TestReasons:
    def test_name_the_records_they_rest_on(self, squad: Squad) -> None:
        record = UUID(int=7)
        rests = msgspec.structs.replace(reason("injury_open"), record_ids=(record,))
        member(squad, "Mild Ann", category="injuries", reasons=[rests])
        (told,) = ask(squad)["rows"][0]["reasons"]
        assert told["record_ids"] == [str(record)]
        assert told["since"] == str(rests.since)


class TestSilence:
    @pytest.mark.parametrize(
        ("words", "synced", "told"),
        [
            ("2027-02", 1, ". The phone has synced since: nothing was recorded, or the app may no "
             "longer read workouts"),
            ("2027-02", -1, ". The phone has synced since: nothing was recorded, or the app may "
             "no longer read workouts"),  # a day ahead of here
            ("2027-02", 7, ". The phone has not synced since {day}"),
            ("2027-02", None, ""),
            ("2027-01", 1, ""),
        ],
    )  # fmt: skip
    def test_says_whether_the_phone_syncs_to_whom_that_was_agreed(
        self, squad: Squad, words: str, synced: int | None, told: str
    ) -> None:
        now = timezone.now()
        day = now.date() - timedelta(days=synced or 0)
        facts = {} if synced is None else {"synced_on": day.isoformat()}
        person = member(squad, "Quiet", facts=facts, last_data_at=now - timedelta(days=9))
        with acting_as(person.id):
            ConsentGrant.objects.filter(athlete_id=person.id).update(text_version=words)
        [row] = ask(squad)["rows"]
        silence = "no data for 9 days; 7 or more count as silent"
        assert row["sentence"] == silence + told.format(day=on_day(day))
        page = squad.coach.page.get(f"{squad.page}/athletes/{person.id}")
        assert ("Phone synced" in page.content.decode()) == (told != "")

    def test_does_not_say_it_where_sessions_are_not_shared(self, squad: Squad) -> None:
        quiet = timezone.now() - timedelta(days=9)
        facts = {"synced_on": quiet.date().isoformat()}
        person = make_person("Quiet")
        put_part(person, facts=facts, last_data_at=quiet)
        put_part(person, "injuries", last_data_at=quiet)
        squad.join(person, frozenset({"injuries"}))
        [row] = ask(squad)["rows"]
        assert row["sentence"] == "no data for 9 days; 7 or more count as silent"


class TestOrder:
    def test_shows_the_most_pressing_first(self, team: Squad) -> None:
        panel = ask(team)
        assert names(panel) == [
            "Severe Bo",
            "Older Cy",
            "Mild Ann",
            "Silent Şule",
            "Due Élodie",
            "Steady Eka",
        ]
        assert [row["group"] for row in panel["rows"]] == [
            *["needs_a_look"] * 3,
            "silent",
            "due_soon",
            "steady",
        ]
        assert panel["counts"] == {"needs_a_look": 3, "silent": 1, "due_soon": 1, "steady": 1}

    @pytest.mark.parametrize(
        ("sort", "first", "last"),
        [
            ("name", "Due Élodie", "Steady Eka"),
            ("last_data", "Silent Şule", None),
            ("due", "Due Élodie", "Steady Eka"),
        ],
    )
    def test_sorts_by_what_is_asked(
        self, team: Squad, sort: str, first: str, last: str | None
    ) -> None:
        found = names(ask(team, sort=sort))
        assert found[0] == first
        assert last is None or found[-1] == last

    @pytest.mark.parametrize(
        ("code", "severity", "group"),
        [
            ("check_in_due", 1, "due_soon"),
            ("check_in_overdue", 1, "due_soon"),
            ("food_log_overdue", 1, "due_soon"),
            ("vitd_retest_overdue", 2, "needs_a_look"),
        ],
    )
    @pytest.mark.parametrize("has_columns", [True, False])
    def test_does_not_call_steady_what_is_overdue(
        self, squad: Squad, code: str, severity: int, group: str, has_columns: bool
    ) -> None:
        late = [reason(code, severity=severity)]
        member(squad, "Late", category="reminders", reasons=late, has_columns=has_columns)
        [row] = ask(squad)["rows"]
        assert row["group"] == group

    @pytest.mark.parametrize("sort", ["attention", "name", "last_data", "due"])
    def test_pages_through_everybody_once(self, team: Squad, sort: str) -> None:
        whole = names(ask(team, sort=sort))
        paged: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            page = ask(team, sort=sort, limit=2, **cursor)
            paged += names(page)
            assert page["counts"] == {"needs_a_look": 3, "silent": 1, "due_soon": 1, "steady": 1}
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        assert paged == whole

    def test_leaves_nobody_out_when_a_row_moves_between_two_pages(self, team: Squad) -> None:
        first = ask(team, limit=1)
        [row] = first["rows"]
        team.coach.post(
            f"{team.one(row['athlete_id'])}/marks",
            {"kind": "reviewed", "ending": "ask", "reasons": row["reason_marks"]},
        )
        rest = ask(team, cursor=first["next_cursor"], limit=50)
        assert set(names(rest)) == set(names(ask(team)))

    @pytest.mark.parametrize("sort", ["attention", "name"])
    @pytest.mark.parametrize("change", ["renamed", "not shared any more", "gone"])
    def test_goes_on_from_its_place_whatever_became_of_the_last_row(
        self, squad: Squad, sort: str, change: str
    ) -> None:
        people = [member(squad, name) for name in ("Ann", "Bo", "Cy", "Dee")]
        first = ask(squad, sort=sort, limit=2)
        assert names(first) == ["Ann", "Bo"]
        last = people[1].user
        if change == "renamed":
            last.display_name = "Zoe"
            last.save()
        elif change == "not shared any more":
            with acting_as(last.id):
                ConsentGrant.objects.filter(athlete_id=last.id).update(ended_at=timezone.now())
        else:
            last.delete()
        rest = names(ask(squad, sort=sort, cursor=first["next_cursor"]))
        assert rest == ["Cy", "Dee", *(["Zoe"] if change == "renamed" else [])]

    def test_pages_by_names_of_any_length_and_alphabet(self, squad: Squad) -> None:
        """A folded name may be many times as long as the name; a cursor has room for its start."""
        written = [letter * 120 for letter in ("ﷺ", "한", "🏃", "x", "İ")]
        for name in (*written, "", "‮gnp"):
            member(squad, name)
        whole, paged, cursor = names(ask(squad, sort="name")), list[str](), dict[str, str]()
        while True:
            page = ask(squad, sort="name", limit=1, **cursor)
            paged += names(page)
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
            on_page = squad.coach.page.get(squad.page, {"sort": "name", **cursor})
            assert b'class="coach-name' in on_page.content
        assert paged == whole
        assert len(whole) == 7

    def test_ranks_rows_that_were_written_before_there_were_columns(self, squad: Squad) -> None:
        member(squad, "Steady")
        member(squad, "Old", reasons=[reason("loading_gap")], has_columns=False)
        due = timezone.now().date().isoformat()
        member(
            squad,
            "Due",
            category="reminders",
            has_columns=False,
            facts={"next_due_on": due},
            reasons=[reason("vitd_retest_due", severity=1)],
        )
        assert [(r["name"], r["group"]) for r in ask(squad)["rows"]] == [
            ("Old", "needs_a_look"),
            ("Due", "due_soon"),
            ("Steady", "steady"),
        ]
        assert names(ask(squad, due_within_days=0)) == ["Due"]


class TestGroup:
    """The database ranks a row, and its words are of the group the core puts it in: one rule."""

    REASONS = (
        (),
        (("loading_gap", 2),),
        (("vitd_retest_due", 1), ("loading_gap", 2)),
        (("food_log_overdue", 1), ("monotony_high", 1)),
        (("bone_scan_overdue", 2), ("check_in_overdue", 1)),
        (("monotony_high", 1), ("due_or_not", 1)),
    )
    MARKS = ("none", "all", "another", "over", "undone")

    def put_mark(
        self, athlete: Person, since: datetime, squad: Squad, kind: str, now: datetime
    ) -> None:
        """Write a mark on a row that covers its reasons, or does not."""
        covered = [f"{code}@2026-11-01" for few in self.REASONS for code, _ in few]
        with acting_as(athlete.id):
            Mark.objects.create(
                athlete_id=athlete.id, team_id=squad.team.id, shared_since=since,
                author_id=squad.coach.id, kind="snoozed" if kind == "over" else "reviewed",
                reasons=["elsewhere@2026-11-01"] if kind == "another" else sorted({*covered}),
                until=now - timedelta(minutes=1) if kind == "over" else None,
                undone_at=now if kind == "undone" else None, made_at=now - timedelta(hours=1),
            )  # fmt: skip

    def test_is_the_same_in_the_database_and_in_the_core(self, squad: Squad) -> None:
        now = timezone.now()
        for number, (told, days, mark) in enumerate(product(self.REASONS, (0, 8), self.MARKS)):
            reasons = [reason(code, severity=severity) for code, severity in told]
            athlete = make_person(f"{number:02} {told} {days} {mark}"[:120])
            put_part(athlete, reasons=reasons, last_data_at=now - timedelta(days=days, hours=1))
            grant = squad.join(athlete)
            if mark != "none":
                self.put_mark(athlete, grant.shared_since, squad, mark, now)
        panel = ask(squad, limit=200)
        found = Counter(row["group"] for row in panel["rows"])
        assert panel["counts"] == {group: found[group] for group in panel["counts"]}
        assert min(panel["counts"].values()) > 0
        for group in panel["counts"]:
            shown = ask(squad, limit=200, group=group)["rows"]
            assert {row["group"] for row in shown} == {group}


class TestFilters:
    @pytest.mark.parametrize(
        ("query", "shown"),
        [
            ({"group": "silent"}, ["Silent Şule"]),
            ({"band": "review"}, ["Severe Bo"]),
            ({"stale_days": 8}, ["Silent Şule"]),
            ({"stale_days": 10}, []),
            ({"due_within_days": 3}, ["Due Élodie"]),
            ({"due_within_days": 2}, []),
            ({"q": "elodie"}, ["Due Élodie"]),
            ({"q": "ÉLO"}, ["Due Élodie"]),
            ({"q": "şule"}, ["Silent Şule"]),
            ({"q": "sule"}, ["Silent Şule"]),
            ({"q": "%"}, []),
            ({"q": "_"}, []),
            ({"q": "\\"}, []),
            ({"q": "bo", "group": "steady"}, []),
            ({"tag": "sprint"}, ["Mild Ann"]),
            ({"tag": "SPRINT"}, []),
        ],
    )
    def test_shows_who_fits(self, team: Squad, query: dict[str, Any], shown: list[str]) -> None:
        ann = next(r for r in ask(team)["rows"] if r["name"] == "Mild Ann")
        with acting_as(uuid.UUID(ann["athlete_id"])):
            RosterTag.objects.create(
                athlete_id=ann["athlete_id"], team_id=team.team.id, tag="sprint"
            )
        found = ask(team, **query)
        assert names(found) == shown
        assert found["size"] == 6
        assert found["tags"] == ["sprint"]

    @pytest.mark.parametrize("text", ["Łukasz", "lukasz", "ØDEGÅRD", "odegard", "ΩΜΈΓΑ", "ωμεγα"])
    def test_finds_a_name_in_any_alphabet(self, squad: Squad, text: str) -> None:
        member(squad, "Łukasz Ødegård Ωμέγα")
        assert len(ask(squad, q=text)["rows"]) == 1

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ("colour=red", 400),
            ("limit=2&limit=3", 400),
            ("q=%00", 400),
            ("q=%ff", 400),
            ("limit=0", 422),
            ("limit=201", 422),
            ("limit=x", 422),
            ("sort=labs", 422),
            ("group=everybody", 422),
            ("band=bad", 422),
            ("stale_days=-1", 422),
            ("due_within_days=1e9", 422),
            ("cursor=AAAA", 422),
            (f"cursor={'A' * 160}", 422),
            (f"q={'x' * 121}", 422),
        ],
    )
    def test_refuses_what_it_does_not_know(self, squad: Squad, query: str, status: int) -> None:
        answer = squad.coach.get(f"{squad.panel}?{query}")
        assert answer.status_code == status
        assert answer["Content-Type"] == "application/problem+json"

    def test_refuses_the_cursor_of_another_order(self, team: Squad) -> None:
        cursor = ask(team, limit=1)["next_cursor"]
        answer = team.coach.get(team.panel, sort="name", cursor=cursor)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-cursor")


class TestWhatIsHidden:
    def test_moves_no_row_and_passes_no_filter(self, squad: Squad) -> None:
        """The same answers whether there is something hidden or not."""
        told = []
        for hidden in (False, True):
            person = make_person("Aiko Ito")
            put_part(person)
            if hidden:
                put_part(person, "labs", reasons=[reason("vitd_low", severity=3)], band="review")
                put_part(person, "reminders", facts={"open": "1", "next_due_on": "2026-11-27"})
            grant = squad.join(person, frozenset({"sessions"}))
            answers = [
                ask(squad, **query)
                for query in (
                    {}, {"band": "review"}, {"due_within_days": 300}, {"group": "needs_a_look"},
                    {"sort": "due"}, {"sort": "attention"},
                )
            ]  # fmt: skip
            for answer in answers:
                answer.pop("as_of")
                for row in answer["rows"]:
                    for name in ("athlete_id", "ends_at", "last_data_at"):
                        row.pop(name)
            told.append(answers)
            person.post(f"/v1/me/grants/{grant.id}/end")
        assert told[0] == told[1]
        assert told[0][0]["rows"][0]["group"] == "steady"
        assert told[0][1]["rows"] == []

    def test_is_the_same_for_a_foreign_and_a_missing_team(
        self, squad: Squad, other_squad: Squad
    ) -> None:
        answers = [
            other_squad.coach.get(squad.panel),
            other_squad.coach.get(f"/v1/teams/{uuid.uuid4()}/panel"),
        ]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.content for answer in answers}) == 1

    def test_shows_an_assistant_whom_they_are_assigned(
        self, squad: Squad, stranger: Person
    ) -> None:
        squad.team.members.create(user=stranger.user, role="assistant", joined_at=timezone.now())
        ours, _ = member(squad, "Ours"), member(squad, "Not ours")
        assert stranger.get(squad.panel).json()["rows"] == []
        with acting_as(ours.id):
            Assignment.objects.create(
                athlete_id=ours.id, team_id=squad.team.id, user_id=stranger.id
            )
        panel = stranger.get(squad.panel).json()
        assert names(panel) == ["Ours"]
        assert panel["size"] == 1

    def test_takes_hostile_names_as_names(self, squad: Squad) -> None:
        for name in HOSTILE:
            member(squad, name)
        assert sorted(names(ask(squad))) == sorted(HOSTILE)
        for name in HOSTILE:
            assert name in names(ask(squad, q=name))


class TestAnswer:
    def test_says_what_its_schema_says(self, team: Squad) -> None:
        [first, *_] = ask(team)["rows"]
        reviewed = {"kind": "reviewed", "ending": "ask", "reasons": first["reason_marks"]}
        team.coach.post(f"{team.one(first['athlete_id'])}/marks", reviewed)
        for limit in (2, 200):
            found = look_at_panel(
                viewer=team.coach.user,
                team_id=team.team.id,
                query=PanelQuery(limit=limit),
                now=timezone.now(),
            )
            as_in_the_schema = JSONRenderer().render(PanelSerializer(found).data)
            sent = msgspec.json.encode(panel_answer(found))
            assert json.loads(sent) == json.loads(as_in_the_schema)
        assert any(row.reviewed for row in found.rows)

    def test_is_not_sent_again_while_nothing_changed(self, team: Squad) -> None:
        first = team.coach.get(team.panel)
        assert first["Cache-Control"] == "no-store"

        def again() -> Any:
            headers = {**team.coach.headers, "If-None-Match": first["ETag"]}
            return Client().get(team.panel, headers=headers)

        assert (again().status_code, again().content) == (304, b"")
        row = first.json()["rows"][0]
        marks = f"{team.one(row['athlete_id'])}/marks"
        made = team.coach.post(
            marks, {"kind": "reviewed", "ending": "monitor", "reasons": row["reason_marks"]}
        )
        assert again().status_code == 200
        team.coach.delete(f"{marks}/{made.json()['id']}")
        assert again().status_code == 304

    def test_is_sent_again_once_a_grant_changes(self, squad: Squad) -> None:
        person = make_person("Aiko Ito")
        put_part(person)
        put_part(person, "loading")
        grant = squad.join(person, frozenset({"sessions", "loading"}))
        tags = {squad.coach.get(squad.panel)["ETag"]}
        person.post(f"/v1/me/grants/{grant.id}/narrow", {"categories": ["sessions"]})
        tags.add(squad.coach.get(squad.panel)["ETag"])
        person.post(f"/v1/me/grants/{grant.id}/end")
        tags.add(squad.coach.get(squad.panel)["ETag"])
        assert len(tags) == 3

    def test_names_the_next_page_in_a_link(self, team: Squad) -> None:
        answer = team.coach.get(team.panel, limit="1", sort="name")
        assert 'rel="next"' in answer["Link"]
        assert "sort=name" in answer["Link"]

    def test_writes_a_line_for_those_on_the_page_alone(self, squad: Squad) -> None:
        shown, other = member(squad, "Ann"), member(squad, "Bo")
        ask(squad, limit=1)
        assert len(shown.get("/v1/me/access-log").json()["lines"]) == 1
        assert other.get("/v1/me/access-log").json()["lines"] == []

    @pytest.mark.parametrize("size", [2, 40])
    def test_costs_five_statements_whatever_the_size(
        self, squad: Squad, sql_statements: Callable[[], Any], size: int
    ) -> None:
        for number in range(size):
            member(squad, f"Athlete {number}", reasons=[reason("loading_gap")])
        with sql_statements() as statements:
            found = look_at_panel(
                viewer=squad.coach.user,
                team_id=squad.team.id,
                query=PanelQuery(limit=200),
                now=timezone.now(),
            )
        assert len(found.rows) == size
        assert len(statements) <= 5, statements
