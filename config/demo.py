"""The demo: twelve fictional athletes with two years of history, one coach, one open team."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import msgspec
from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services.sign_up import sign_up
from apps.coaching.services.demo import seed_team
from apps.common.actor import acting_as
from apps.insights.services.recompute import recompute_athlete
from apps.sync.writer import push_ops
from backend.feed.wire import MAX_OPS, Op
from backend.records import REGISTRY
from backend.simulate import DemoAthlete, SimulatedRecord, demo_athletes, history

PASSWORD = "demo-demo-demo"  # noqa: S105 (of people who exist only on this machine)
DOMAIN = "demo.mechanostat.invalid"
COACH = f"coach@{DOMAIN}"
PHONE = f"ingrid.solheim@{DOMAIN}"  # the first demo athlete; her phone plays the story
SHARED = frozenset({"sessions", "loading", "strength", "body_composition", "injuries", "reminders"})
# In turn: results stay the athlete's own, as a status, with values.
SHARES = (SHARED, SHARED | {"labs_status", "dxa"}, SHARED | {"labs", "dxa"})
SEED = 2026


TAKEN = frozenset({"applied", "merged", "noop"})


class DemoRefused(Exception):
    """A record of the demo was refused: the simulator and the records disagree, a defect."""


@dataclass(frozen=True)
class Step:
    """How far the loading has come, for a progress bar."""

    athlete: str
    records: int


def is_loaded() -> bool:
    """Return whether the demo people are there; the coach comes last."""
    return User.objects.filter(email=COACH).exists()


def open_phone_account() -> None:
    """Create the person whose phone plays the story."""
    _person(PHONE, "Ingrid Solheim")


def load_demo(*, now: datetime, report: Callable[[Step], None]) -> None:
    """Create the people and their history; safe to repeat after an interruption."""
    athletes = []
    for athlete in demo_athletes():
        user = _person(f"{athlete.email}@{DOMAIN}", athlete.name)
        count = push_history(user.id, athlete, now=now)
        recompute_athlete(athlete_id=user.id, now=now)
        athletes.append(user)
        report(Step(athlete.name, count))
    coach = _person(COACH, "Coach Demo")
    shares = [(user, SHARES[number % len(SHARES)]) for number, user in enumerate(athletes)]
    seed_team(coach, shares, now)


def push_history(athlete_id: UUID, athlete: DemoAthlete, *, now: datetime) -> int:
    """Push a simulated history the way a phone would; return the number of records."""
    count = 0
    for ops in _chunks(
        _put(record.type, record.record_id, record.body)
        for record in _records_of(athlete_id, athlete, now=now)
    ):
        with acting_as(athlete_id):
            pushed = push_ops(
                athlete_id=athlete_id,
                device_id=None,
                ops=ops,
                epoch=None,
                witness=None,
                sent_at=None,
                now=now,
            )
        refused = [result for result in pushed.results if result.status not in TAKEN]
        if refused:
            raise DemoRefused(refused[0])
        count += len(ops)
    return count


def _records_of(
    athlete_id: UUID, athlete: DemoAthlete, *, now: datetime
) -> Iterable[SimulatedRecord]:
    profile = athlete.profile_on(now.date())
    yield SimulatedRecord("athlete_profile", athlete_id, now, profile)
    yield from history(athlete, ending=now.date(), seed=SEED, owner=athlete_id)


def _put(kind: str, record_id: UUID, body: bytes) -> Op:
    schema = REGISTRY[kind].schema
    return Op(
        op=uuid4(), type=kind, id=record_id, action="put", schema=schema, set=msgspec.Raw(body)
    )


def _chunks(ops: Iterable[Op]) -> Iterable[list[Op]]:
    chunk: list[Op] = []
    for op in ops:
        chunk.append(op)
        if len(chunk) == MAX_OPS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


@transaction.atomic
def _person(email: str, name: str) -> User:
    user = User.objects.filter(email=email).first()
    return user or sign_up(email=email, password=PASSWORD, display_name=name, zone="UTC")
