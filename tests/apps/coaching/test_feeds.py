"""Feeds of athletes who share: by category, by the words agreed to, and no byte beyond."""

import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from apps.coaching import access
from apps.coaching.access import FeedInView, Granted
from apps.coaching.categories import CONSENT_TEXT_DIGEST, CONSENT_TEXT_VERSION, Category
from apps.coaching.models import ConsentGrant
from apps.coaching.services import feeds
from apps.coaching.sharing import SHARED_FIELDS, SHARED_TYPES
from apps.common.actor import Wall, acting_as
from apps.insights.services.recompute import recompute_athlete
from apps.sync import reading_sql
from apps.sync.places import Ask, Scope, fetch, stand
from backend.feed.cursor import Cursor, decode, encode
from backend.feed.wire import PageRequest
from backend.records import REGISTRY
from tests.apps.coaching.conftest import EVERYTHING, Squad
from tests.apps.insights.test_recompute import vitamin_d
from tests.apps.sync.ops import changed, deleted, lab, workout
from tests.apps.sync.test_announce import head_of
from tests.apps.sync.test_reading import ids
from tests.conftest import Person, make_person

Json = dict[str, Any]
CHANGES = "/v1/feeds/changes"
HEADS = "/v1/feeds/heads"
TABLES = ("sync_feed", "sync_record", "sync_log", "coaching_consentgrant")
SECRET = "CANARY-417317"


def ask(reader: Person, places: list[Json], **members: Any) -> Any:
    """Ask for several feeds."""
    body = {"protocol": 1, "request": str(uuid.uuid4()), "feeds": places, **members}
    return reader.post(CHANGES, body)


def place(athlete: Person, cursor: str | None = None, **members: Any) -> Json:
    """Return where a reader stands in a feed."""
    return {"athlete": str(athlete.id), "cursor": cursor, **members}


def part(reader: Person, athlete: Person, cursor: str | None = None, **members: Any) -> Json:
    """Ask for one feed and return its part of the answer."""
    answer = ask(reader, [place(athlete, cursor)], **members)
    assert answer.status_code == 200, answer.content
    (told,) = answer.json()["feeds"]
    assert told["athlete"] == str(athlete.id)
    return dict(told)


def whole(reader: Person, athlete: Person, cursor: str | None = None, **members: Any) -> list[Json]:
    """Read one feed to its end; return all rows."""
    rows: list[Json] = []
    while True:
        page = part(reader, athlete, cursor, **members)["page"]
        rows += page["rows"]
        cursor = page["cursor"]
        if page["complete"]:
            return rows


def refusal(told: Json) -> tuple[int, str]:
    """Return why a feed was refused; it must say nothing else."""
    assert set(told) == {"athlete", "status", "code", "retry"}
    return told["status"], told["code"]


@pytest.fixture
def athlete() -> Person:
    """Somebody with a session, a result, and notes of their own."""
    person = make_person("Aiko Ito")
    answer = person.sync(
        [
            workout(
                note=SECRET, rpe=6, body_mass_kg=61.5, diary=SECRET,
                source={"app": SECRET, "device": SECRET},
                exercises=[{"uid": "e", "exercise": "squat", "note": SECRET,
                            "sets": [{"uid": "s", "reps": 5, "feeling": SECRET}]}],
            ),
            lab(value=41.5, note=SECRET, on_bone_drug=True, device=SECRET, order_id=SECRET),
            {**workout(), "type": "athlete_profile", "id": str(person.id),
             "set": {"sex": "female", "pregnant": True, "note": SECRET}},
        ]
    )  # fmt: skip
    assert {result["status"] for result in answer.json()["results"]} == {"applied"}
    return person


class TestShared:
    @pytest.mark.parametrize(
        ("categories", "types"),
        [
            ({"sessions"}, {"workout_session"}),
            ({"labs"}, {"lab_result"}),
            ({"sessions", "labs"}, {"workout_session", "lab_result"}),
            (EVERYTHING, {"workout_session", "lab_result"}),
            ({"reminders"}, set()),
        ],
    )
    def test_i14_is_what_the_grant_opens(
        self, squad: Squad, athlete: Person, categories: set[str], types: set[str]
    ) -> None:
        squad.join(athlete, frozenset(categories))
        answer = ask(squad.coach, [place(athlete)])
        (told,) = answer.json()["feeds"]
        assert told["status"] == 200
        assert {row["type"] for row in told["page"]["rows"]} == types
        opened = {name for name, category in SHARED_TYPES.items() if category in categories}
        assert set(told["types"]) == opened
        assert SECRET.encode() not in answer.content
        assert b"pregnant" not in answer.content
        assert b"on_bone_drug" not in answer.content
        assert b"61.5" not in answer.content
        assert (b'"value":41.5' in answer.content) == ("labs" in categories)

    def test_holds_the_fields_on_the_list_and_no_other(self, squad: Squad, athlete: Person) -> None:
        squad.join(athlete)
        for row in whole(squad.coach, athlete):
            assert set(row["body"]) <= set(SHARED_FIELDS[row["type"]])
        session = next(r for r in whole(squad.coach, athlete) if r["type"] == "workout_session")
        assert session["body"]["rpe"] == 6
        assert session["body"]["exercises"] == [
            {"uid": "e", "exercise": "squat", "sets": [{"uid": "s", "reps": 5}]}
        ]

    def test_hides_deletions_of_what_is_hidden(self, squad: Squad, athlete: Person) -> None:
        squad.join(athlete, frozenset({"sessions"}))
        first = part(squad.coach, athlete)["page"]
        result = lab()
        athlete.sync([result])
        athlete.sync([deleted(result)])
        page = part(squad.coach, athlete, first["cursor"])["page"]
        assert (page["rows"], page["complete"]) == ([], True)

    def test_follows_edits_and_deletions_of_what_is_shown(
        self, squad: Squad, athlete: Person
    ) -> None:
        squad.join(athlete)
        op = workout()
        athlete.sync([op])
        cursor = part(squad.coach, athlete)["page"]["cursor"]
        edit = changed(op, set={"rpe": 3, "note": SECRET})
        athlete.sync([edit])
        page = part(squad.coach, athlete, cursor)["page"]
        assert [row["body"]["rpe"] for row in page["rows"]] == [3]
        athlete.sync([deleted(op, edit["op"])])
        page = part(squad.coach, athlete, page["cursor"])["page"]
        assert [(row["id"], row["deleted"]) for row in page["rows"]] == [(op["id"], True)]

    def test_reminders_tell_what_is_due_and_not_why(self, squad: Squad) -> None:
        athlete = make_person()
        athlete.sync([vitamin_d(20.0)])
        recompute_athlete(athlete_id=athlete.id, now=timezone.now())
        squad.join(athlete, frozenset({"reminders"}))
        rows = whole(squad.coach, athlete)
        assert {row["type"] for row in rows} == {"reminder"}
        for row in rows:
            assert set(row["body"]) <= {"topic", "due_date", "priority", "state"}
        assert "low" not in json.dumps(rows)

    def test_by_two_teams_is_the_sum_of_both(
        self, squad: Squad, other_squad: Squad, athlete: Person
    ) -> None:
        other_squad.team.members.create(
            user=squad.coach.user, role="head", joined_at=timezone.now()
        )
        squad.join(athlete, frozenset({"sessions"}))
        other_squad.join(athlete, frozenset({"labs"}))
        types = {row["type"] for row in whole(squad.coach, athlete)}
        assert types == {"workout_session", "lab_result"}

    def test_needs_words_that_say_so(
        self, squad: Squad, athlete: Person, owner_sql: Callable[..., None]
    ) -> None:
        squad.join(athlete)
        owner_sql("ALTER TABLE coaching_consentgrant DISABLE ROW LEVEL SECURITY")
        try:
            owner_sql(
                "UPDATE coaching_consentgrant SET text_version = '2026-11' WHERE athlete_id = %s",
                athlete.id,
            )
        finally:
            owner_sql("ALTER TABLE coaching_consentgrant ENABLE ROW LEVEL SECURITY")
        told = part(squad.coach, athlete)
        assert refusal(told) == (403, "consent-scope-missing")
        assert squad.coach.get(HEADS).json()["feeds"] == []
        with acting_as(squad.coach.id, wall=Wall.COACH), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM sync_record")
            assert cursor.fetchone()[0] == 0

    def test_of_nothing_that_is_a_record_is_refused(self, squad: Squad, athlete: Person) -> None:
        squad.join(athlete, frozenset({"loading"}))
        assert refusal(part(squad.coach, athlete)) == (403, "consent-scope-missing")

    def test_types_asked_for_narrow_it_further(self, squad: Squad, athlete: Person) -> None:
        squad.join(athlete)
        told = part(squad.coach, athlete, types={"lab_result": 2, "athlete_profile": 1})
        assert told["types"] == ["lab_result"]
        assert {row["type"] for row in told["page"]["rows"]} == {"lab_result"}


class TestConsent:
    def test_c54_taken_back_stops_that_feed_and_no_other(self, squad: Squad) -> None:
        people = [make_person(f"A{number}") for number in range(50)]
        grants = []
        for person in people:
            person.sync([workout()])
            grants.append(squad.join(person))
        first = ask(squad.coach, [place(person) for person in people]).json()["feeds"]
        assert {told["status"] for told in first} == {200}
        people[7].post(f"/v1/me/grants/{grants[7].id}/end")
        for person in people:
            person.sync([workout(note=SECRET)])
        places = [
            place(person, told["page"]["cursor"], witness=told["witness"])
            for person, told in zip(people, first, strict=True)
        ]
        answer = ask(squad.coach, places)
        told = answer.json()["feeds"]
        assert refusal(told[7]) == (403, "consent-revoked")
        assert [len(one["page"]["rows"]) for one in told if one["status"] == 200] == [1] * 49
        assert [one["athlete"] for one in told] == [str(person.id) for person in people]
        heads = squad.coach.get(HEADS).json()["feeds"]
        assert str(people[7].id) not in [head["athlete"] for head in heads]

    def test_that_ran_out_counts_as_taken_back(self, squad: Squad, athlete: Person) -> None:
        squad.join(athlete, days=1)
        with acting_as(athlete.id), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE coaching_consentgrant SET granted_at = now() - interval '2 days',"
                " ends_at = now() - interval '1 second' WHERE athlete_id = %s",
                [athlete.id],
            )
            cursor.execute(
                "UPDATE coaching_teammember SET joined_at = now() - interval '3 days'"
                " WHERE user_id = %s",
                [squad.coach.id],
            )
        assert refusal(part(squad.coach, athlete)) == (403, "consent-revoked")

    def test_never_given_is_as_if_nobody_were_there(
        self, squad: Squad, other_squad: Squad, athlete: Person
    ) -> None:
        other_squad.join(athlete)
        nobody = make_person()
        cursor = part(other_squad.coach, athlete)["page"]["cursor"]
        answers = [
            ask(squad.coach, [{"athlete": str(who), "cursor": cursor}]).json()["feeds"][0]
            for who in (athlete.id, nobody.id, uuid.uuid4())
        ]
        for told in answers:
            assert refusal(told) == (403, "wrong-athlete")

    def test_of_somebody_who_left_is_taken_back(self, squad: Squad, athlete: Person) -> None:
        squad.join(athlete)
        athlete.user.is_active = False
        athlete.user.save()
        assert refusal(part(squad.coach, athlete)) == (403, "consent-revoked")

    def test_given_before_a_coach_joined_shows_them_nothing(
        self, squad: Squad, athlete: Person, stranger: Person
    ) -> None:
        squad.join(athlete)
        squad.team.members.create(user=stranger.user, role="assistant", joined_at=timezone.now())
        assert refusal(part(stranger, athlete)) == (403, "wrong-athlete")

    def test_c55_widened_loads_only_what_is_new(self, squad: Squad) -> None:
        athlete = make_person()
        sessions, labs = [workout() for _ in range(8)], [lab() for _ in range(8)]
        athlete.sync([*sessions, *labs])
        grant = squad.join(athlete, frozenset({"sessions"}))
        first = part(squad.coach, athlete)["page"]
        assert set(ids(first["rows"])) == {op["id"] for op in sessions}
        athlete.post(f"/v1/me/grants/{grant.id}/end")
        squad.join(athlete, frozenset({"sessions", "labs"}))
        edit = changed(sessions[0], set={"rpe": 1})
        athlete.sync([edit])
        told = part(squad.coach, athlete, first["cursor"])
        assert told["types"] == ["lab_result", "workout_session"]
        assert (told["page"]["reset"], told["page"]["complete"]) == (None, True)
        assert ids(told["page"]["rows"])[0] == sessions[0]["id"]
        assert sorted(ids(told["page"]["rows"])[1:]) == sorted(op["id"] for op in labs)

    def test_narrowed_drops_what_is_gone(self, squad: Squad, athlete: Person) -> None:
        grant = squad.join(athlete, frozenset({"sessions", "labs"}))
        cursor = part(squad.coach, athlete)["page"]["cursor"]
        athlete.post(f"/v1/me/grants/{grant.id}/narrow", {"categories": ["sessions"]})
        athlete.sync([lab(note=SECRET), workout()])
        told = part(squad.coach, athlete, cursor)
        assert (told["types"], told["page"]["reset"]) == (["workout_session"], None)
        assert [row["type"] for row in told["page"]["rows"]] == ["workout_session"]


def drained(reader: Person, people: Sequence[Person], **members: Any) -> Iterator[Any]:
    """Pull the feeds of people together, page after page, until all are complete."""
    places = [place(person) for person in people]
    for _ in range(200):
        answer = ask(reader, places, **members).json()
        yield answer
        places = [
            {"athlete": told["athlete"], "cursor": told["page"]["cursor"]}
            for told in answer["feeds"]
        ]
        if all(told["page"]["complete"] for told in answer["feeds"]):
            return
        assert answer["next_poll_s"] == 0
    raise AssertionError("never complete")


class TestVector:
    def test_holds_the_callers_own_feed_in_full(self, squad: Squad, athlete: Person) -> None:
        squad.join(athlete)
        squad.coach.sync([workout(note="my own")])
        told = ask(squad.coach, [place(athlete), place(squad.coach)]).json()["feeds"]
        assert [one["athlete"] for one in told] == [str(athlete.id), str(squad.coach.id)]
        assert told[1]["page"]["rows"][0]["body"]["note"] == "my own"
        assert "risk_summary" in told[1]["types"]
        again = ask(squad.coach, [place(squad.coach, told[1]["page"]["cursor"])]).json()
        assert again["feeds"][0]["page"]["rows"] == []

    def test_costs_as_many_statements_for_1_as_for_200(
        self, squad: Squad, sql_statements: Callable[[], Any]
    ) -> None:
        people = [make_person(f"A{number}") for number in range(40)]
        for person in people:
            person.sync([workout(), lab()])
            squad.join(person)
        strangers = [{"athlete": str(uuid.uuid4())} for _ in range(160)]
        counts, read = [], []
        for places in ([place(people[0])], [*(place(p) for p in people), *strangers]):
            with sql_statements() as statements:
                assert ask(squad.coach, places).status_code == 200
            counts.append(len(statements))
            read.append(len([s for s in statements if "sync_record" in s]))
        assert read == [1, 1]
        assert counts[0] == counts[1]

    def test_is_limited_as_a_whole(self, squad: Squad) -> None:
        people = [make_person(f"A{number}") for number in range(4)]
        for person in people:
            person.sync([workout() for _ in range(20)])
            squad.join(person)
        seen: dict[str, list[str]] = {str(person.id): [] for person in people}
        for answer in drained(squad.coach, people, page={"max_rows": 6}):
            rows = [row for told in answer["feeds"] for row in told["page"]["rows"]]
            assert len(rows) <= 6
            for told in answer["feeds"]:
                seen[told["athlete"]] += ids(told["page"]["rows"])
        assert [len(set(rows)) for rows in seen.values()] == [20] * 4
        assert [len(rows) for rows in seen.values()] == [20] * 4

    def test_brings_all_where_one_feed_takes_the_room_that_another_leaves(
        self, squad: Squad
    ) -> None:
        full, empty = make_person("Full"), make_person("Empty")
        ops = [workout(note="n" * 4_500) for _ in range(60)]
        full.sync(ops)
        for person in (full, empty):
            squad.join(person)
        seen = [
            record
            for answer in drained(squad.coach, [full, empty], page={"max_bytes": 60_000})
            for told in answer["feeds"]
            for record in ids(told["page"]["rows"])
        ]
        assert sorted(seen) == sorted(op["id"] for op in ops)

    def test_starts_over_only_where_a_cursor_is_of_no_use(
        self, squad: Squad, athlete: Person
    ) -> None:
        other = make_person()
        other.sync([workout()])
        squad.join(athlete)
        squad.join(other)
        good = part(squad.coach, athlete)["page"]["cursor"]
        place_of = decode(good)
        assert place_of is not None
        told = ask(squad.coach, [place(athlete, good), place(other, good)]).json()["feeds"]
        assert [one["page"]["reset"] for one in told] == [None, "cursor-unreadable"]
        assert [len(one["page"]["rows"]) for one in told] == [0, 1]
        before = encode(Cursor(place_of.epoch, b"old!", place_of.groups))
        told = ask(squad.coach, [place(athlete, before), place(other)]).json()["feeds"]
        assert [one["page"]["reset"] for one in told] == ["scope-changed", None]

    def test_tells_a_fork_for_the_feed_it_is_in(self, squad: Squad, athlete: Person) -> None:
        other = make_person()
        other.sync([workout()])
        squad.join(athlete)
        squad.join(other)
        first = ask(squad.coach, [place(athlete), place(other)]).json()["feeds"]
        places = [
            place(athlete, witness={"seq": 1, "mark": "00000000000000aa"}),
            place(other, witness=first[1]["witness"]),
        ]
        told = ask(squad.coach, places).json()["feeds"]
        assert refusal(told[0]) == (409, "feed-forked")
        assert told[1]["status"] == 200

    def test_says_when_nothing_was_ever_synced(self, squad: Squad, stranger: Person) -> None:
        now = timezone.now()
        with acting_as(stranger.id):  # a consent from before consents were told to the feed
            ConsentGrant.objects.create(
                athlete_id=stranger.id,
                team_id=squad.team.id,
                invitation_id=uuid.uuid4(),
                categories=["sessions"],
                text_version=CONSENT_TEXT_VERSION,
                text_digest=CONSENT_TEXT_DIGEST,
                granted_at=now,
                ends_at=now + timedelta(days=1),
            )
        assert refusal(part(squad.coach, stranger)) == (404, "feed-unknown")

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            ({"feeds": []}, 200, None),
            ({}, 400, "malformed-request"),
            ({"feeds": [{}]}, 400, "malformed-request"),
            ({"feeds": [{"athlete": "me"}]}, 400, "malformed-request"),
            ({"feeds": [], "more": 1}, 422, "unknown-field"),
            ({"feeds": [], "protocol": 2}, 422, "invalid-envelope"),
            ({"feeds": [{"athlete": str(uuid.UUID(int=1))}] * 2}, 422, "invalid-envelope"),
            ({"feeds": [{"athlete": str(uuid.uuid4())} for _ in range(201)]}, 413,
             "request-too-large"),
            ({"feeds": [], "page": {"max_rows": 2_001}}, 400, "malformed-request"),
            ({"feeds": [{"athlete": str(uuid.uuid4()), "cursor": "A" * 2_001}]}, 200, None),
        ],
    )  # fmt: skip
    def test_takes_well_formed_questions_only(
        self, squad: Squad, body: Json, status: int, code: str | None
    ) -> None:
        told = {"protocol": 1, "request": str(uuid.uuid4()), **body}
        answer = squad.coach.post(CHANGES, told)
        assert (answer.status_code, answer.json().get("code")) == (status, code)


class TestHeads:
    def test_name_the_feeds_that_can_be_read(
        self, squad: Squad, other_squad: Squad, athlete: Person
    ) -> None:
        squad.join(athlete, frozenset({"labs"}))
        elsewhere = make_person()
        elsewhere.sync([workout()])
        other_squad.join(elsewhere)
        squad.coach.sync([workout()])
        told = squad.coach.get(HEADS).json()["feeds"]
        assert [head["athlete"] for head in told] == [str(squad.coach.id), str(athlete.id)]
        moved = head_of(athlete.sync([lab()]))
        assert squad.coach.get(HEADS).json()["feeds"][1]["head"] == moved != told[1]["head"]
        assert set(told[1]) == {"athlete", "epoch", "head"}

    def test_of_nobody_are_none(self, stranger: Person) -> None:
        assert stranger.get(HEADS).json()["feeds"] == []


class TestLooks:
    def lines(self, person: Person) -> list[tuple[str, list[str]]]:
        told = person.get("/v1/me/access-log").json()["lines"]
        return sorted((line["what"], line["categories"]) for line in told)

    def test_are_written_when_something_was_shown(self, squad: Squad, athlete: Person) -> None:
        squad.join(athlete, frozenset({"sessions", "labs", "loading"}))
        with time_machine.travel(timezone.now().replace(minute=30, second=0), tick=False):
            page = part(squad.coach, athlete, types={"lab_result": 2})["page"]
            part(squad.coach, athlete, page["cursor"], types={"lab_result": 2})
        assert self.lines(athlete) == [("records", ["labs"])]

    def test_are_not_written_for_an_empty_page(self, squad: Squad, athlete: Person) -> None:
        squad.join(athlete)
        cursor = part(squad.coach, athlete)["page"]["cursor"]
        assert len(self.lines(athlete)) == 1
        with time_machine.travel(timezone.now() + timedelta(minutes=20)):
            part(squad.coach, athlete, cursor)
        assert len(self.lines(athlete)) == 1

    def test_at_heads_are_one_line_a_day(self, squad: Squad, athlete: Person) -> None:
        squad.join(athlete, frozenset({"sessions"}))
        noon = timezone.now().replace(hour=12, minute=0)
        for minutes in (0, 15, 30, 300):
            with time_machine.travel(noon + timedelta(minutes=minutes), tick=False):
                squad.coach.get(HEADS)
        assert self.lines(athlete) == [("heads", ["sessions"])]
        assert b"Whether you had new records" in athlete.page.get("/me/sharing").content

    def test_of_ones_own_are_not_written(self, athlete: Person) -> None:
        part(athlete, athlete)
        assert self.lines(athlete) == []

    def test_that_can_not_be_written_show_nothing(
        self, squad: Squad, athlete: Person, owner_sql: Callable[..., None]
    ) -> None:
        squad.join(athlete)
        owner_sql("REVOKE INSERT ON coaching_accessline FROM mechanostat_coach")
        try:
            with pytest.raises(Exception, match="permission denied"):
                ask(squad.coach, [place(athlete)])
        finally:
            owner_sql("GRANT INSERT ON coaching_accessline TO mechanostat_coach")


class TestWalls:
    """Each alone, as everywhere: the app's filter gone, then the database's policies gone."""

    @pytest.fixture
    def sharing(self, squad: Squad, athlete: Person) -> Person:
        squad.join(athlete, frozenset({"sessions"}))
        return athlete

    @pytest.fixture
    def others(self, squad: Squad, other_squad: Squad) -> list[Person]:
        ended, elsewhere, nobody = make_person(), make_person(), make_person()
        for person in (ended, elsewhere, nobody):
            person.sync([workout(title=SECRET), lab(code_text=SECRET)])
        grant = squad.join(ended)
        ended.post(f"/v1/me/grants/{grant.id}/end")
        other_squad.join(elsewhere)
        return [ended, elsewhere, nobody]

    @pytest.fixture
    def open_access(self, monkeypatch: pytest.MonkeyPatch, squad: Squad) -> None:
        ends_at = timezone.now() + timedelta(days=1)

        def everybody(viewer: uuid.UUID, athletes: Any = None) -> dict[uuid.UUID, FeedInView]:
            found = {}
            for athlete in athletes or ():
                grant = Granted(
                    athlete, "x", squad.team.id, frozenset(Category), ends_at, ends_at,
                    CONSENT_TEXT_VERSION,
                )  # fmt: skip
                found[athlete] = FeedInView(athlete, (grant,), (grant,))
            return found

        monkeypatch.setattr(access, "feeds_in_view", everybody)
        monkeypatch.setattr(feeds, "log_access", lambda **_: None)

    @pytest.fixture
    def no_policies(self, owner_sql: Callable[..., None]) -> Iterator[None]:
        try:
            for table in TABLES:
                owner_sql(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
            yield
        finally:
            for table in TABLES:
                owner_sql(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")

    def read(self, squad: Squad, people: list[Person]) -> bytes:
        answer = ask(squad.coach, [place(person) for person in people])
        assert answer.status_code == 200, answer.content
        return bytes(answer.content)

    @pytest.mark.usefixtures("open_access")
    def test_of_the_database_hold_without_the_app(
        self, squad: Squad, sharing: Person, others: list[Person]
    ) -> None:
        seen = self.read(squad, [sharing, *others])
        assert SECRET.encode() not in seen
        assert b"workout_session" in seen
        assert b"vitd_25oh" not in seen, "labs were not shared"

    @pytest.mark.usefixtures("no_policies")
    def test_of_the_app_hold_without_the_database(
        self, squad: Squad, sharing: Person, others: list[Person]
    ) -> None:
        seen = self.read(squad, [sharing, *others])
        assert SECRET.encode() not in seen
        assert b"vitd_25oh" not in seen

    @pytest.mark.usefixtures("open_access", "no_policies")
    def test_are_what_hides_it(self, squad: Squad, sharing: Person, others: list[Person]) -> None:
        assert SECRET.encode() in self.read(squad, [sharing, *others])

    def test_open_the_same_types_in_the_database_as_in_the_app(
        self, squad: Squad, athlete: Person
    ) -> None:
        """The policy has the list by heart; a type that is added here must be added there."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_get_expr(polqual, polrelid) FROM pg_policy"
                " WHERE polname = 'sync_record_shared'"
            )
            text = cursor.fetchone()[0]
        told = {
            f"(({REGISTRY[name].type_id})::smallint,'{category}'::text)"
            for name, category in SHARED_TYPES.items()
        }
        assert {entry for entry in told if entry in text.replace(", ", ",")} == told
        assert text.count("::smallint") == len(told)

    def test_are_read_by_index(self, squad: Squad, sharing: Person) -> None:
        plans: list[str] = []

        def explain(execute: Any, statement: Any, params: Any, many: bool, context: Any) -> Any:
            with connection.connection.cursor() as cursor:
                cursor.execute(("EXPLAIN " + str(statement)).encode(), params)
                plans.append("\n".join(row[0] for row in cursor.fetchall()))
            return execute(statement, params, many, context)

        with acting_as(squad.coach.id, wall=Wall.COACH):
            reading = stand(Ask(sharing.id, Scope(frozenset({2, 3}))))
            with connection.cursor() as cursor:  # of a small table the planner may read all
                cursor.execute("SET LOCAL enable_seqscan = off")
            with connection.execute_wrapper(explain):
                fetch([reading], PageRequest(), statement=reading_sql.SHARED_PAGES)
        (plan,) = plans
        assert "sync_record_seq" in plan
        assert "Seq Scan on sync_record" not in plan
        assert "Seq Scan on sync_log" not in plan
