"""The rules that hold across the table, where no other test has them for all ways at once."""

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from itertools import product

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.coaching.categories import Category
from apps.coaching.services.consent import end_grant, narrow_grant
from apps.coaching.services.teams import create_team
from apps.common.actor import acting_as
from apps.insights.models import LoadDay, PanelRow
from tests.apps.coaching.conftest import Squad, fill_panel, reason
from tests.apps.insights.recordings import delete
from tests.apps.integrations.third_party import ThirdParty, read
from tests.apps.matrix.cast import whole
from tests.apps.matrix.records import CANARIES, CANARY, LAB_NUMBERS, NOTE, sync_everything
from tests.apps.matrix.seeing import OPENS
from tests.conftest import Person, make_person

pytestmark = pytest.mark.xdist_group("matrix")
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


def squad_of(coach: Person) -> Squad:
    """Return a new team of this coach."""
    return Squad(coach, create_team(head=coach.user, name="Team", now=timezone.now()))


@pytest.fixture
def athlete() -> Person:
    """An athlete with records, panel rows and a loading day."""
    person = make_person("Aiko Ito")
    sync_everything(person, CANARIES)
    with acting_as(person.id):
        PanelRow.objects.filter(athlete_id=person.id).delete()
        LoadDay.objects.filter(athlete_id=person.id).delete()
    fill_panel(person)
    return person


Ways = dict[str, Callable[[], tuple[int, str]]]


def ways(squad: Squad, athlete: Person) -> Ways:
    """Return every way in which a coach reads of an athlete."""
    coach, page = squad.coach, f"{squad.page}/athletes/{athlete.id}"
    one = squad.one(athlete.id)
    feeds = {
        "protocol": 1,
        "request": str(uuid.UUID(int=1)),
        "feeds": [{"athlete": str(athlete.id)}],
    }
    asked = {
        "vector": lambda: coach.post("/v1/feeds/changes", feeds),
        "heads": lambda: coach.get("/v1/feeds/heads"),
        "panel": lambda: coach.get(squad.panel),
        "file": lambda: coach.get(f"{squad.panel}.csv"),
        "athlete": lambda: coach.get(one),
        "marks": lambda: coach.get(f"{one}/marks"),
        "notes": lambda: coach.get(f"{one}/notes"),
        "roster": lambda: coach.page.get(squad.page),
        "fragment": lambda: coach.page.get(squad.page, headers={"HX-Request": "true"}),
        "page": lambda: coach.page.get(page),
        "review": lambda: coach.page.get(f"{page}/review"),
    }

    def answered(ask: Callable[[], object]) -> Callable[[], tuple[int, str]]:
        def text() -> tuple[int, str]:
            answer = whole(ask())
            return answer.status, answer.text

        return text

    return {name: answered(ask) for name, ask in asked.items()}


def words_of(text: str) -> set[str]:
    """Return which record types' words, and which numbers, stand in an answer."""
    found = {kind for kind, word in CANARY.items() if word in text}
    return found | {
        word for word in (*LAB_NUMBERS, "CANARYLABS", "CANARYDXA", NOTE) if word in text
    }


class TestGrants:
    def test_narrowed_take_types_off_the_next_request_of_every_way(
        self, squad: Squad, athlete: Person
    ) -> None:
        grant = squad.join(athlete)
        before = {name: ask() for name, ask in ways(squad, athlete).items()}
        assert words_of(before["vector"][1]) >= set(OPENS)
        narrow_grant(
            athlete=athlete.user, grant_id=grant.id, categories={"sessions"}, now=timezone.now()
        )
        left = {name: words_of(ask()[1]) for name, ask in ways(squad, athlete).items()}
        assert left.pop("vector") == {"workout_session"}
        assert left == {name: set() for name in left}

    def test_ended_stop_every_way_and_no_cache_answers_for_it(
        self, squad: Squad, athlete: Person
    ) -> None:
        grant = squad.join(athlete)
        first = squad.coach.get(squad.panel)
        tag = {**squad.coach.headers, "If-None-Match": first["ETag"]}
        kept = whole(squad.coach.page.get(f"{squad.page}/athletes/{athlete.id}"))
        assert kept.headers["Cache-Control"] == "no-store"
        end_grant(athlete=athlete.user, grant_id=grant.id, now=timezone.now())
        again = whole(squad.coach.page.get(squad.panel, headers=tag))
        assert (again.status, words_of(again.text)) == (200, set())
        for name, ask in ways(squad, athlete).items():
            status, text = ask()
            assert words_of(text) == set(), name
            assert str(athlete.id) not in text or name == "vector", name
            assert status == 404 or name in (
                "vector",
                "heads",
                "panel",
                "file",
                "roster",
                "fragment",
            )

    def test_never_let_a_stranger_have_not_modified(self, athlete: Person) -> None:
        """The tag of somebody's own answer opens nothing to another."""
        stranger = make_person("Stranger")
        for path in (f"/v1/athletes/{athlete.id}/changes", f"/v1/athletes/{athlete.id}/workouts"):
            mine = whole(athlete.page.get(path, headers=athlete.headers))
            tags = {"If-None-Match": f"{mine.headers.get('ETag', 'W/x')}, *"}
            answer = whole(stranger.page.get(path, headers={**stranger.headers, **tags}))
            assert answer.status in (403, 404)

    @pytest.mark.parametrize("who", ["athlete", "coach"])
    def test_of_a_closed_account_are_dead(self, squad: Squad, who: str) -> None:
        closed = make_person("Closed Account")
        sync_everything(closed, CANARIES)
        squad.join(closed)
        own = squad_of(closed)
        shares = make_person("Shares")
        own.join(shares)
        User.objects.filter(pk=closed.id).update(is_active=False)
        if who == "coach":
            answers = ways(own, shares)
            for name in ("vector", "heads", "panel", "file", "athlete", "notes"):
                assert answers[name]()[0] == 401, name
            assert {answers[name]()[0] for name in ("roster", "page", "review")} == {302}
            return
        for name, ask in ways(squad, closed).items():
            status, text = ask()
            assert words_of(text) == set(), name
            assert status == 404 or name in (
                "vector",
                "heads",
                "panel",
                "file",
                "roster",
                "fragment",
            )


class TestPeople:
    def test_who_coach_and_train_never_mix_their_rights(
        self, squad: Squad, athlete: Person
    ) -> None:
        """Their coach sees nothing of their athletes, their athletes nothing of them."""
        squad.join(athlete)
        coach = squad.coach
        theirs = squad_of(make_person("Coach's Coach"))
        theirs.join(coach)
        for name, ask in ways(theirs, athlete).items():
            status, text = ask()
            assert words_of(text) == set(), name
            assert str(athlete.id) not in text.replace(str(athlete.id), "", 1) or status == 404, (
                name
            )
        feed = {"athlete": str(coach.id)}
        body = {"protocol": 1, "request": str(uuid.uuid4()), "feeds": [feed]}
        (part,) = theirs.coach.post("/v1/feeds/changes", body).json()["feeds"]
        assert (part["status"], words_of(str(part))) == (200, set())
        assert athlete.get(f"/v1/athletes/{coach.id}/changes").status_code == 403
        for path in ("changes", "summary", "workouts", "observations?code=vitd_25oh", "digest"):
            assert words_of(coach.get(f"/v1/athletes/me/{path}").content.decode()) == set()

    def test_lend_a_third_party_no_more_than_their_own(self, squad: Squad, athlete: Person) -> None:
        """A coach's app reads the coach: not whom the coach sees, nor by the coach's addresses."""
        squad.join(athlete)
        token = ThirdParty().connect(squad.coach)["access_token"]
        for path in ("summary", "workouts", "observations?code=vitd_25oh", "trends/vitd_25oh"):
            theirs = read(token, f"/v1/athletes/{athlete.id}/{path}")
            nobodys = read(token, f"/v1/athletes/{uuid.uuid4()}/{path}")
            assert (theirs.status_code, theirs.content) == (404, nobodys.content)
        for path in (squad.panel, f"{squad.panel}.csv", squad.one(athlete.id), "/v1/feeds/heads"):
            assert read(token, path).status_code == 401
        mine = ThirdParty().connect(athlete)["access_token"]
        assert read(mine, "/v1/athletes/me/workouts").status_code == 200
        User.objects.filter(pk=athlete.id).update(is_active=False)
        assert read(mine, "/v1/athletes/me/workouts").status_code == 401


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
        token = r'(csrfmiddlewaretoken" value="|X-CSRFToken": ?")[^"]*'
        # Cursors are sealed anew, and moments are of the asking.
        return {name: re.sub(token, "", IDS.sub("", text)) for name, text in found.items()}

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
