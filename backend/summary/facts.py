"""Records that are read whole: scans, tests, questionnaires and their like, few of each."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec

from backend.days import local_day
from backend.records.body_composition import BodyComposition
from backend.records.cycle_log import CycleLog
from backend.records.dxa_scan import DxaScan
from backend.records.energy_screen import EnergyScreen
from backend.records.goal import Goal
from backend.records.injury import Injury
from backend.records.intake_log import IntakeLog
from backend.records.intervention import Intervention
from backend.records.medication import Medication
from backend.records.reading import read
from backend.records.reminder_ack import ReminderAck
from backend.records.reminder_wish import ReminderWish
from backend.records.risk_result import RiskResult
from backend.records.strength_test import StrengthTest

BodyT = TypeVar("BodyT")


class Fact(msgspec.Struct, Generic[BodyT], frozen=True):
    """One record and the local day it is of (the first one of what lasts)."""

    record_id: UUID
    day: date
    body: BodyT


class Facts(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The newest records of each kind, newest first; goals by their ids."""

    scans: tuple[Fact[DxaScan], ...] = ()
    compositions: tuple[Fact[BodyComposition], ...] = ()
    tests: tuple[Fact[StrengthTest], ...] = ()
    intakes: tuple[Fact[IntakeLog], ...] = ()
    injuries: tuple[Fact[Injury], ...] = ()
    screens: tuple[Fact[EnergyScreen], ...] = ()
    cycles: tuple[Fact[CycleLog], ...] = ()
    medications: tuple[Fact[Medication], ...] = ()
    risk_results: tuple[Fact[RiskResult], ...] = ()
    goals: tuple[Fact[Goal], ...] = ()
    interventions: tuple[Fact[Intervention], ...] = ()
    acks: tuple[Fact[ReminderAck], ...] = ()
    wishes: tuple[Fact[ReminderWish], ...] = ()

    @cached_property
    def worked_out(self) -> dict[object, Any]:
        """What `once` keeps."""
        return {}


class Kind(msgspec.Struct, frozen=True):
    """How one record type becomes facts: where it goes, its body, and what dates it."""

    name: str
    body: type[Any]
    when: Callable[[Any], datetime | date]


KINDS: dict[str, Kind] = {
    "dxa_scan": Kind("scans", DxaScan, lambda body: body.scanned_at),
    "body_composition": Kind("compositions", BodyComposition, lambda body: body.measured_at),
    "strength_test": Kind("tests", StrengthTest, lambda body: body.tested_at),
    "intake_log": Kind("intakes", IntakeLog, lambda body: body.local_date),
    "injury": Kind("injuries", Injury, lambda body: body.onset_date),
    "energy_screen": Kind("screens", EnergyScreen, lambda body: body.answered_at),
    "cycle_log": Kind("cycles", CycleLog, lambda body: body.local_date),
    "medication": Kind("medications", Medication, lambda body: body.started_date),
    "risk_result": Kind("risk_results", RiskResult, lambda body: body.calculated_on),
    "goal": Kind("goals", Goal, lambda body: body.by_date or date.max),
    "reminder_ack": Kind("acks", ReminderAck, lambda body: body.acted_at),
    "reminder_wish": Kind("wishes", ReminderWish, lambda body: body.due_date or date.max),
    "intervention": Kind("interventions", Intervention, lambda body: body.started_date),
}


def facts_of(records: Iterable[tuple[str, UUID, bytes]], *, zone: str | None) -> Facts:
    """Return facts of records given as type, id and stored body; other types are left out.

    Args:
        zone: the person's IANA zone, whose days instants fall on.
    """
    found: dict[str, list[tuple[datetime | date, Fact[Any]]]] = {}
    for type_name, record_id, raw in records:
        kind = KINDS.get(type_name)
        if kind is not None:
            body = read(kind.body, raw)
            when = kind.when(body)
            day = local_day(when, zone=zone) if isinstance(when, datetime) else when
            found.setdefault(kind.name, []).append((when, Fact(record_id, day, body)))
    return Facts(**{name: _newest_first(each) for name, each in found.items()})


def until(facts: Facts, as_of: date) -> Facts:
    """Return facts without those of later days; plans, goals, answers and wishes stay."""
    kept_all = ("goals", "interventions", "medications", "acks", "wishes")
    kept: Mapping[str, tuple[Fact[Any], ...]] = msgspec.structs.asdict(facts)
    return Facts(
        **{
            name: each if name in kept_all else tuple(one for one in each if one.day <= as_of)
            for name, each in kept.items()
        }
    )


def _newest_first(facts: Iterable[tuple[datetime | date, Fact[Any]]]) -> tuple[Fact[Any], ...]:
    """Order by instant, where a kind has one: of two weighings of a day the later one counts."""
    found = sorted(facts, key=lambda one: (one[0], one[1].record_id), reverse=True)
    return tuple(fact for _, fact in found)
