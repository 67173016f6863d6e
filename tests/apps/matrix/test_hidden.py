"""What is not shared moves nothing, and nothing that is said names it."""

import re
import uuid
from datetime import timedelta
from itertools import product

import pytest
from django.utils import timezone

from apps.coaching.categories import Category
from apps.common.actor import acting_as
from apps.insights.models import LoadDay, PanelRow
from tests.apps.coaching.conftest import Squad, fill_panel, reason
from tests.apps.insights.recordings import delete
from tests.apps.matrix.cast import whole
from tests.apps.matrix.records import CANARY
from tests.apps.matrix.ways import known_athlete, squad_of, words_of
from tests.conftest import Person, make_person

IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|\+00:00)")
SORTS = ("attention", "name", "last_data", "due")
FILTERS: tuple[dict[str, str], ...] = (
    {}, {"band": "review"}, {"band": "supportive"}, {"due_within_days": "30"}, {"stale_days": "3"},
    {"group": "needs_a_look"}, {"group": "due_soon"}, {"q": "aiko"}, {"tag": "none"},
)  # fmt: skip


@pytest.fixture
def squad() -> Squad:
    """A coach with a team of nobody yet."""
    return squad_of(make_person("Kim Coach"))


@pytest.fixture
def athlete() -> Person:
    """An athlete with records, panel rows and a loading day."""
    return known_athlete()


class TestHidden:
    """What is not shared moves nothing: the bytes are the same whatever stands in it."""

    def answers(self, squad: Squad, shares: list[Person]) -> dict[str, str]:
        """Return what every order, filter, count, file and page of a panel says."""
        coach, found = squad.coach, {}
        for sort, asked in product(SORTS, FILTERS):
            query = {"sort": sort, **asked}
            found[f"panel {query}"] = whole(coach.page.get(
                squad.panel, query, headers=coach.headers)).text  # fmt: skip
            found[f"file {query}"] = whole(coach.page.get(
                f"{squad.panel}.csv", query, headers=coach.headers)).text  # fmt: skip
        for asked in FILTERS:
            found[f"roster {asked}"] = whole(coach.page.get(squad.page, asked)).text
        for person in shares:
            found[f"athlete {person.id}"] = coach.get(squad.one(person.id)).content.decode()
            page = whole(coach.page.get(f"{squad.page}/athletes/{person.id}")).text
            found[f"page {person.id}"] = page
        # Tokens are made and cursors sealed anew, and moments are of the asking, to the minute.
        anew = re.compile(
            r'(csrfmiddlewaretoken" value="|X-CSRFToken": ?")[^"]*'
            r"|(\d+ [A-Z][a-z]+, )?\d\d:\d\d(?=</time>)"
        )
        return {name: anew.sub("", IDS.sub("", text)) for name, text in found.items()}

    def test_parts_of_a_panel_move_no_byte_of_any_order_filter_count_file_or_page(self) -> None:
        squad = squad_of(make_person("Kim Coach"))
        shares = [make_person(name) for name in ("Aiko Ito", "Bora Kaya", "Cem Lund")]
        now = timezone.now()
        for person in shares:
            fill_panel(person, last_data_at=now - timedelta(days=1), reasons=False)
            squad.join(person, frozenset({"sessions"}))
        before = self.answers(squad, shares)
        for number, person in enumerate(shares):
            with acting_as(person.id):
                for row in PanelRow.objects.filter(athlete_id=person.id).exclude(
                    category="sessions"
                ):
                    row.part["reasons"] = [reason(f"{row.category}_due", "CANARY", severity=3)]
                    row.severity, row.since, row.band = 3, now.date(), "supportive"
                    row.codes, row.marks = (
                        [f"{row.category}_due"],
                        [f"{row.category}_due@2026-11-01"],
                    )
                    row.next_due_on = now.date() - timedelta(days=number)
                    row.last_data_at = now - timedelta(days=9 * number)
                    row.as_of = now.date() - timedelta(days=number)
                    PanelRow.objects.filter(
                        athlete_id=person.id, category=row.category
                    ).update(**{name: getattr(row, name) for name in (
                        "part", "severity", "since", "band", "codes", "marks", "next_due_on",
                        "last_data_at", "as_of",
                    )})  # fmt: skip
                LoadDay.objects.filter(athlete_id=person.id).update(blu=1.0 + number, minutes=3.0)
        after = self.answers(squad, shares)
        assert [name for name in before if before[name] != after[name]] == []
        assert len(before) == 2 * len(SORTS) * len(FILTERS) + len(FILTERS) + 2 * len(shares)

    def test_deletions_are_as_if_nothing_had_been_there(
        self, squad: Squad, athlete: Person
    ) -> None:
        squad.join(athlete, frozenset({"sessions"}))
        feed = {"athlete": str(athlete.id)}

        def pull(**place: str) -> dict[str, object]:
            body = {"protocol": 1, "request": str(uuid.uuid4()), "feeds": [{**feed, **place}]}
            (part,) = squad.coach.post("/v1/feeds/changes", body).json()["feeds"]
            return dict(part)

        page = pull()["page"]
        rows = athlete.get("/v1/athletes/me/changes").json()["page"]["rows"]
        hidden = [row for row in rows if row["type"] in CANARY and row["type"] != "workout_session"
                  and row["type"] != "athlete_profile"]  # fmt: skip
        gone = [delete({"op": row["v"], "type": row["type"], "id": row["id"]}) for row in hidden]
        told = athlete.sync(gone).json()["results"]
        assert {one["status"] for one in told} == {"applied"}
        after = pull(cursor=page["cursor"])  # type: ignore[index]  # a page of JSON
        assert after["page"]["rows"] == []  # type: ignore[index]
        assert not {row["id"] for row in hidden} & set(re.findall(r"[0-9a-f-]{36}", str(after)))

    def test_reasons_named_in_a_mark_tell_nothing_of_what_is_there(
        self, squad: Squad, athlete: Person
    ) -> None:
        """To review a reason one does not see is as to review one that nobody has."""
        squad.join(athlete, frozenset({"sessions"}))
        answers = [
            squad.coach.post(
                f"{squad.one(athlete.id)}/marks",
                {"kind": "reviewed", "ending": "monitor", "reasons": [f"{code}@2026-11-01"]},
            )
            for code in ("labs_code", "made_up")
        ]
        there, nowhere = (IDS.sub("", one.content.decode()) for one in answers)
        assert there.replace("labs_code", "") == nowhere.replace("made_up", "")
        panel = squad.coach.get(squad.panel).content.decode()
        assert "labs_code" not in panel

    def test_fields_are_named_by_no_refusal(self, squad: Squad, athlete: Person) -> None:
        """What is wrong with a request is said in words of the request, never of the data."""
        squad.join(athlete, frozenset({"sessions"}))
        one = squad.one(athlete.id)
        bad: list[tuple[str, dict[str, object]]] = [
            ("marks", {"kind": "reviewed", "ending": "x", "reasons": ["labs"]}),
            ("marks", {"kind": "snoozed", "until": "never"}),
            ("notes", {"text": "", "about": "vitd_25oh"}),
            ("reminder-proposals", {"title": "", "topic": "x"}),
        ]
        texts = [squad.coach.post(f"{one}/{tail}", body) for tail, body in bad]
        texts += [squad.coach.get(squad.panel, **{name: "x"}) for name in ("sort", "band", "vitd")]
        hidden = {category.value for category in Category} - {"sessions"}
        hidden |= {"vitd_25oh", "value", "t_score", "site", *CANARY.values()}
        for answer in texts:
            assert answer.status_code in (400, 403, 422), answer.content
            told = answer.json().get("errors") or {}
            pointers = set(told) | {str(answer.json().get("pointer", ""))}
            assert not pointers & hidden
            assert words_of(answer.content.decode()) == set()
