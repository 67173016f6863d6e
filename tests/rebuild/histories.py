"""A history of records, played step by step, rebuilt, and told to somebody else at its end."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

import msgspec
from django.db.models import Model

from apps.common.actor import acting_as
from apps.insights.models import (
    Fusion,
    FusionDecision,
    FusionMember,
    LoadDay,
    Observation,
    PanelRow,
    Published,
    SessionLoad,
    SessionSource,
)
from apps.insights.services.recompute import rebuild_athlete, recompute_athlete
from apps.sync.selectors import feed_state, live_derived
from apps.sync.writer import push_ops
from backend.feed.wire import Op
from backend.records import REGISTRY
from tests.rebuild.bodies import BEGINS, BODY, LASTS, SLOTS

TABLES: tuple[type[Model], ...] = (
    SessionLoad, LoadDay, Observation, PanelRow, SessionSource, FusionDecision, Fusion,
    FusionMember,
)  # fmt: skip
DERIVED = ("risk_summary", "reminder", "fusion")
# What tells two people with equal records apart, and when it was written.
NOT_SAID = {"athlete_id", "fusion_id", "pk", "updated_at", "covers_seq"}
ENDS = BEGINS + LASTS
TAKEN = frozenset({"applied", "noop"})
FIRST_OF_OTHERS = 2**64  # ids of the histories' records are lower


@dataclass(frozen=True)
class Event:
    """A record put or corrected, or deleted where ``body`` is None."""

    kind: str
    number: int
    body: BODY | None

    @property
    def slot(self) -> tuple[str, int]:
        """Which record it is about."""
        return self.kind, self.number


@dataclass(frozen=True)
class Step:
    """Events that come together, and whether a recompute follows; ``at`` is the clock then."""

    at: datetime
    events: tuple[Event, ...]
    computes: bool


@dataclass
class Tally:
    """What was played."""

    histories: int = 0
    steps: int = 0
    pushed: int = 0
    corrected: int = 0
    deleted: int = 0
    recomputes: int = 0
    rows: int = 0
    findings: int = 0
    by_kind: dict[str, int] = field(default_factory=dict)


class Differs(AssertionError):
    """Two ways to the same records came to different things."""


def made(seed: int) -> list[Step]:
    """Return the history of a seed."""
    random = Random(f"history {seed}")  # noqa: S311 - reproducible, not secret
    kinds = list(SLOTS)
    # Some types come often in one history, others seldom: so they meet, and in numbers.
    often = random.sample(kinds, k=3)
    weights = [SLOTS[kind][0] * (8 if kind in often else 1) for kind in kinds]
    gone: set[tuple[str, int]] = set()
    known: set[tuple[str, int]] = set()
    count = random.randint(3, 12)
    steps = []
    for number in range(count):
        events = []
        for _ in range(random.choice((0, 1, 2, 3, 5, 12))):
            kind = random.choices(kinds, weights)[0]
            slot = kind, random.randrange(SLOTS[kind][0])
            if slot in gone:
                continue  # a deleted record does not come back
            body = SLOTS[kind][1](random) if slot not in known or random.random() < 0.7 else None
            events.append(Event(*slot, body))
            (gone if body is None else known).add(slot)
        at = BEGINS + LASTS * number / count
        steps.append(Step(at, tuple(events), computes=random.random() < 0.6))
    return steps


class Writer:
    """A person and what stands of their records."""

    def __init__(self, tally: Tally) -> None:
        self.id = uuid.uuid4()  # a feed needs no account
        self.tally = tally
        self.bases: dict[tuple[str, int], uuid.UUID] = {}
        self.received: dict[tuple[str, int], datetime] = {}
        self.records: dict[tuple[str, int], BODY] = {}

    def push(self, events: tuple[Event, ...], *, at: datetime) -> None:
        """Send events in order."""
        for event in events:
            if event.body is None and event.slot not in self.records:
                continue
            with acting_as(self.id):
                (result,) = push_ops(
                    athlete_id=self.id, device_id=None, ops=[self._op(event)], epoch=None,
                    witness=None, sent_at=None, now=at,
                ).results  # fmt: skip
            if result.status not in TAKEN or result.v is None:
                raise AssertionError((event, result))
            self.bases[event.slot] = result.v
            self.received[event.slot] = at

    def compute(self, *, at: datetime) -> None:
        """Recompute as a worker would."""
        self.tally.recomputes += 1
        assert recompute_athlete(athlete_id=self.id, now=at)

    def _op(self, event: Event) -> Op:
        kind, number = event.slot
        key = uuid.UUID(int=1 + 1000 * [*SLOTS].index(kind) + number)
        common: dict[str, Any] = {
            "op": uuid.uuid4(), "type": kind, "schema": REGISTRY[kind].schema,
            "id": self.id if kind == "athlete_profile" else key,
            "base": self.bases.get(event.slot),
        }  # fmt: skip
        before = self.records.pop(event.slot, {})
        self.tally.by_kind[kind] = self.tally.by_kind.get(kind, 0) + 1
        if event.body is None:
            self.tally.deleted += 1
            return Op(action="delete", **common)
        self.tally.corrected += bool(before)
        self.tally.pushed += not before
        self.records[event.slot] = event.body
        gone = tuple(name for name in before if name not in event.body)
        body = msgspec.Raw(msgspec.json.encode(event.body))
        return Op(action="put", set=body, unset=gone, **common)


def play(steps: list[Step], tally: Tally, *, seed: int = 0) -> None:
    """Play a history; raise ``Differs`` when what comes of it depends on the way there."""
    random = Random(f"order {seed}")  # noqa: S311 - reproducible, not secret
    one = Writer(tally)
    for step in steps:
        one.push(step.events, at=step.at)
        if step.computes:
            one.compute(at=step.at)
    one.compute(at=ENDS)
    step_by_step, head = said(one.id), _head(one.id)

    assert rebuild_athlete(athlete_id=one.id, now=ENDS)
    _compare("a rebuild", said(one.id), step_by_step)
    if _head(one.id) != head:
        raise Differs("The rebuild wrote to the feed.")

    other = Writer(tally)
    final = list(one.records.items())
    random.shuffle(final)
    for slot, body in final:  # received when the first person's were: flags go by that clock
        other.push((Event(*slot, body),), at=one.received[slot])
        if random.random() < 0.2:
            other.compute(at=random.choice((BEGINS, ENDS)))
    other.compute(at=ENDS)
    _compare("somebody with the final records", said(other.id), step_by_step)
    tally.histories += 1
    tally.steps += len(steps)
    tally.rows += sum(len(step_by_step[table.__name__]) for table in TABLES)
    tally.findings += sum(text.count('"code"') for text in step_by_step["risk_summary"])


def said(athlete_id: uuid.UUID) -> dict[str, list[str]]:
    """Return every read-model row and derived body of a person as text, but for what names them.

    Closed reminders tell of what once stood; a summary keeps the day it was first said on.
    """
    found: dict[str, list[str]] = {}
    with acting_as(athlete_id):
        for table in TABLES:
            rows = list(table._default_manager.filter(athlete_id=athlete_id).values())
            if table is PanelRow:
                rows = [row | {"part": _unnamed(row["part"])} for row in rows]
            found[table.__name__] = sorted(_text(row) for row in rows)
        for kind in DERIVED:
            bodies = [
                msgspec.json.decode(version.body)
                for version in live_derived(athlete_id, types=[kind]).values()
                if version.body
            ]
            if kind == "risk_summary":
                bodies = [body | {"as_of": None} for body in bodies]
            standing = [body for body in bodies if body.get("state") != "closed"]
            if kind == "reminder":
                standing = [body | {"source_record": _source(body)} for body in standing]
            found[kind] = sorted(_text(body) for body in standing)
        marks = Published.objects.filter(athlete_id=athlete_id).values("next_day_at")
        found["Published"] = [_text({**mark}) for mark in marks]
    return found


def _unnamed(part: BODY) -> BODY:
    """Return a panel's part without ids the server gave: reminders are named by whose they are."""
    reasons = [
        reason | {"record_ids": [_own(one) for one in reason["record_ids"]]}
        for reason in part["reasons"]
    ]
    return part | {"reasons": reasons}


def _own(record_id: str) -> str | None:
    return record_id if uuid.UUID(record_id).int < FIRST_OF_OTHERS else None


def _source(reminder: BODY) -> str | None:
    """Return the record a reminder rests on; None for one that rests on the person alone."""
    return _own(reminder["source_record"])


def _text(row: Mapping[str, Any]) -> str:
    kept = {name: value for name, value in row.items() if name not in NOT_SAID}
    return json.dumps(kept, default=str, ensure_ascii=False)


def _head(athlete_id: uuid.UUID) -> int:
    with acting_as(athlete_id):
        feed = feed_state(athlete_id)
    return feed.head_seq if feed else 0


def _compare(who: str, theirs: dict[str, list[str]], ours: dict[str, list[str]]) -> None:
    for name, rows in ours.items():
        if theirs[name] != rows:
            only_ours = [row for row in rows if row not in theirs[name]]
            only_theirs = [row for row in theirs[name] if row not in rows]
            raise Differs(
                f"{name}: step by step\n  {_shown(only_ours)}\n{who}\n  {_shown(only_theirs)}"
            )


def _shown(rows: list[str]) -> str:
    return "\n  ".join(row[:4000] for row in rows[:3]) or "nothing"


def smallest(steps: list[Step], seed: int) -> tuple[list[Step], str]:
    """Return as little of a failing history as still fails, and what it says then."""
    told = _failure(steps, seed) or ""
    again = True
    while again:
        again = False
        for smaller in _smaller(steps):
            failure = _failure(smaller, seed)
            if failure is not None:
                steps, told, again = smaller, failure, True
                break
    return steps, told


def _failure(steps: list[Step], seed: int) -> str | None:
    try:
        play(steps, Tally(), seed=seed)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def _smaller(steps: list[Step]) -> list[list[Step]]:
    found = [[*steps[:at], *steps[at + 1 :]] for at in range(len(steps))]
    for at, step in enumerate(steps):
        for event in step.events:
            rest = tuple(one for one in step.events if one is not event)
            changed = Step(step.at, rest, step.computes)
            found.append([*steps[:at], changed, *steps[at + 1 :]])
    return found


def shown(steps: list[Step]) -> str:
    """Return a history as people read it."""
    lines = []
    for step in steps:
        lines += [f"{one.kind} {one.number}: {one.body or 'deleted'}" for one in step.events]
        lines += [f"at {step.at}" + (", recompute" if step.computes else "")]
    return "\n".join(lines)
