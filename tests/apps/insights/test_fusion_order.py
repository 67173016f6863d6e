"""Fused workouts depend on the records that stand, never on how they came to stand."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import msgspec
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.common.actor import acting_as
from apps.insights.models import (
    Fusion,
    FusionDecision,
    FusionMember,
    LoadDay,
    Published,
    SessionLoad,
    SessionSource,
)
from apps.insights.services.recompute import rebuild_athlete, recompute_athlete
from apps.sync.selectors import feed_state
from apps.sync.services import DerivedBody, publish_derived
from backend.fusion.tables import MOST_A_DAY
from backend.records.fusion import FUSION
from backend.records.ids import record_id
from tests.apps.insights.recordings import (
    LOGGER,
    THIRD,
    WATCH,
    decide,
    delete,
    live,
    loads,
    put,
    session,
    states,
    sync,
)
from tests.conftest import Person, make_person

EVENING = datetime(2026, 4, 1, 20, tzinfo=UTC)
SLOTS, DECISIONS, COPIES = 6, 3, 3
RECORDS = [str(uuid.UUID(int=number + 1)) for number in range(SLOTS)]
TABLES = (SessionLoad, LoadDay, SessionSource, FusionDecision, Fusion, FusionMember)
NAMED = {"athlete_id", "fusion_id", "pk"}  # differ between two people with equal records
SQUATS = {
    "uid": "e", "exercise": "squat",
    "sets": [{"uid": f"s{n}", "reps": 5, "load_kg": 90 + n, "rir": 1} for n in range(3)],
}  # fmt: skip
# A workout that stays, so that there is always something to sum up.
ANCHOR = session(EVENING - timedelta(days=9), 45, WATCH)


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, Any]:
    """Return a workout within a night and a day, by one of several sources."""
    start = EVENING + timedelta(minutes=15 * draw(st.integers(0, 40)))
    source = draw(st.sampled_from([WATCH, LOGGER, THIRD, None]))
    minutes = draw(st.sampled_from([-5, 0, 15, 60, 60, 60, 90, 300]))
    told: dict[str, Any] = {"rpe": draw(st.integers(1, 9)), "body_mass_kg": 70}
    if draw(st.booleans()):
        told["exercises"] = [SQUATS]
    if draw(st.integers(0, 4)) == 0:
        told["time_quality"] = "local_only"
    activity = draw(st.sampled_from(["resistance_unspecified"] * 3 + ["running", "other"]))
    return dict(session(start, minutes, source, activity=activity, **told)["set"])


@st.composite
def decided_pairs(draw: st.DrawFn) -> dict[str, Any]:
    """Return a decision about two of the slots."""
    pair = draw(st.lists(st.sampled_from(RECORDS), min_size=2, max_size=2, unique=True))
    word = draw(st.sampled_from(["same", "separate"]))
    at = datetime(2026, 4, 3, tzinfo=UTC) + timedelta(minutes=draw(st.integers(0, 9)))
    return {"records": pair, "decision": word, "decided_at": at.isoformat()}


def slots(first: int, count: int, told: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return events of numbered records."""
    number = st.integers(first, first + count - 1)
    return st.tuples(number, st.one_of(told, told, st.none()))


# What happens to which record; None deletes it.
EVENTS = st.lists(
    st.one_of(
        slots(0, SLOTS, bodies()),
        slots(SLOTS, DECISIONS, decided_pairs()),
        slots(SLOTS + DECISIONS, COPIES, bodies()),
    ),
    min_size=3,
    max_size=16,
)


def copies_of(person: Person) -> dict[str, str]:
    """Return the ids a person's copies of exports have, each with a name equal for everybody."""
    kind = "workout_session"
    exported = RECORDS[:COPIES]
    return {
        str(record_id(person.id, kind, "mechanostat", one)): f"copy of {one}" for one in exported
    }


def somebody() -> Person:
    """Return a new person whose copies stand in the order of what they were exported from.

    Their ids depend on whose they are, and of equals the one with the lower id is taken.
    """
    while True:
        person = make_person()
        if [*copies_of(person)] == sorted(copies_of(person)):
            return person


class Phone:
    """Pushes whole bodies of numbered records and remembers what it pushed."""

    def __init__(self) -> None:
        self.person: Person = somebody()
        self.bases: dict[int, str] = {}
        self.records: dict[int, dict[str, Any]] = {}
        self.person.sync([ANCHOR | {"op": str(uuid.uuid4())}])

    def push(self, number: int, body: dict[str, Any] | None) -> None:
        """Put a record, or delete it."""
        if body is None and number not in self.records:
            return
        kind = "workout_session"
        key = uuid.UUID(int=number + 1)
        if number >= SLOTS + DECISIONS:  # a copy of an export of one of the others
            source = {"system": "mechanostat", "external_id": RECORDS[number - SLOTS - DECISIONS]}
            key = record_id(self.person.id, kind, *source.values())
            body = body and body | {"source": source}
        elif number >= SLOTS:
            kind = "fusion_decision"
        op = put(kind, body or {}, record=str(key), base=self.bases.get(number))
        if body is None:
            op |= {"action": "delete", "set": {}}
            del self.records[number]
        else:
            gone = [name for name in self.records.get(number, {}) if name not in body]
            op |= {"unset": gone, "edited_at": body.get("decided_at", EVENING.isoformat())}
            self.records[number] = body
        (result,) = self.person.sync([op]).json()["results"]
        assert result["status"] in ("applied", "noop"), result
        self.bases[number] = result["v"]

    def compute(self) -> None:
        """Run a recompute."""
        recompute_athlete(athlete_id=self.person.id, now=timezone.now())


def models(person: Person) -> dict[str, list[Any]]:
    """Return every read-model row and the feed's fusions, without the person's own ids."""
    found: dict[str, list[Any]] = {}
    with acting_as(person.id):
        for table in TABLES:
            rows = table.objects.filter(athlete_id=person.id).values()
            found[table.__name__] = [
                {name: value for name, value in row.items() if name not in NAMED} for row in rows
            ]
    found["feed"] = list(live(person, "fusion").values())
    found["summary"] = [body | {"covers_seq": 0} for body in live(person, "risk_summary").values()]
    copies = copies_of(person)
    return {name: sorted(_plain(row, copies) for row in rows) for name, rows in found.items()}


def _plain(row: dict[str, Any], copies: dict[str, str]) -> str:
    """Return a row as text, in which copies have the same names for everybody."""
    text = json.dumps(row, sort_keys=True, default=str)
    for key, name in copies.items():
        text = text.replace(key, name)
    return text


class TestFusedWorkouts:
    @settings(max_examples=40)
    @given(EVENTS, st.randoms(use_true_random=False))
    def test_are_the_same_in_any_order_of_arrival_and_after_a_rebuild(
        self, events: list[tuple[int, dict[str, Any] | None]], random: Random
    ) -> None:
        phone = Phone()
        deleted: set[int] = set()
        for number, body in events:
            if number in deleted:
                continue  # a deleted record does not come back
            if body is None and number in phone.records:
                deleted.add(number)
            phone.push(number, body)
            if random.random() < 0.6:
                phone.compute()
        phone.compute()
        step_by_step = models(phone.person)

        rebuild_athlete(athlete_id=phone.person.id, now=timezone.now())
        assert models(phone.person) == step_by_step

        other = Phone()
        standing = list(phone.records.items())
        random.shuffle(standing)
        for number, body in standing:
            other.push(number, body)
            if random.random() < 0.6:
                other.compute()
        other.compute()
        assert models(other.person) == step_by_step


class TestCrowdedDays:
    def test_are_left_to_the_athlete_and_come_back_when_the_crowd_goes(
        self, athlete: Person
    ) -> None:
        watch, logger = session(EVENING, 60, WATCH), session(EVENING, 60, LOGGER)
        sync(athlete, watch, logger)
        assert len(states(athlete)) == 1
        noon = EVENING.replace(hour=1)
        crowd = [
            session(noon + timedelta(minutes=10 * number), 1, None, activity="swimming")
            for number in range(MOST_A_DAY - 1)
        ]
        sync(athlete, *crowd)
        crowded = models(athlete)
        assert crowded["Fusion"] == []
        assert len(crowded["SessionLoad"]) == MOST_A_DAY + 1
        rebuild_athlete(athlete_id=athlete.id, now=timezone.now())
        assert models(athlete) == crowded

        sync(athlete, decide(athlete, watch, logger, word="same"))
        assert states(athlete) == [("fused", "athlete", 2)]
        sync(athlete, delete(crowd[0]), delete(crowd[1]))
        assert len(loads(athlete)) == MOST_A_DAY - 2
        before = models(athlete)
        rebuild_athlete(athlete_id=athlete.id, now=timezone.now())
        assert models(athlete) == before


class TestAnotherRule:
    def test_has_everything_made_anew_at_the_next_recompute(self, athlete: Person) -> None:
        watch, logger = session(EVENING, 60, WATCH), session(EVENING, 60, LOGGER)
        sync(athlete, watch, logger)
        before, head = models(athlete), self.head(athlete)
        with acting_as(athlete.id):
            for table in TABLES:
                table.objects.filter(athlete_id=athlete.id).delete()
        Published.objects.filter(athlete_id=athlete.id).update(models_version="1/older")
        recompute_athlete(athlete_id=athlete.id, now=timezone.now())
        assert models(athlete) == before
        assert self.head(athlete) == head

    def test_withdraws_what_it_no_longer_says(self, athlete: Person) -> None:
        watch, logger = session(EVENING, 60, WATCH), session(EVENING, 60, LOGGER)
        sync(athlete, watch, logger)
        (body,) = live(athlete, "fusion").values()
        self.publish(athlete, uuid.uuid4(), msgspec.json.encode(body | {"state": "asks"}))
        assert len(live(athlete, "fusion")) == 2
        Published.objects.filter(athlete_id=athlete.id).update(models_version="1/older")
        recompute_athlete(athlete_id=athlete.id, now=timezone.now())
        assert list(live(athlete, "fusion").values()) == [body]

    def head(self, person: Person) -> dict[str, Any]:
        """Return where the person's feed stands."""
        return dict(person.get("/v1/athletes/me/changes").json()["witness"])

    def publish(self, person: Person, key: uuid.UUID, body: bytes) -> None:
        """Write a fusion that an older rule made."""
        with acting_as(person.id):
            feed = feed_state(person.id)
            assert feed is not None
            publish_derived(
                athlete_id=person.id, records={key: DerivedBody(FUSION, body)}, covers=feed,
                as_of=feed.derived_as_of.date(), now=timezone.now(),
            )  # fmt: skip
