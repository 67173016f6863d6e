"""People with records, and what one rule or all of them plan for them."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec

from backend.days import months_later
from backend.readmodels import Observation
from backend.records.athlete_profile import AthleteProfile
from backend.records.server_owned import Reminder
from backend.reminding.plan import plan, reminder_id
from backend.summary.facts import facts_of
from tests.backend.build import TODAY, about, uid, vitamin_d

ME = uid(99)
Row = tuple[str, UUID, bytes]


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def aged(years: int, sex: str = "female", **fields: Any) -> AthleteProfile:
    """Return somebody whose birthday is today."""
    return AthleteProfile(sex=sex, born_date=months_later(TODAY, -12 * years), **fields)


WOMAN_40 = aged(40, menopausal_status="pre")
GIRL_15 = aged(15)


def record(kind: str, number: int, /, **body: Any) -> Row:
    return kind, uid(number), msgspec.json.encode(body)


def drug(code: str, started: int, number: int = 50, **more: Any) -> Row:
    return record("medication", number, code=code, started_date=ago(started), **more)


def injury(kind: str, onset: int, number: int = 60, **more: Any) -> Row:
    return record(
        "injury", number, **{"kind": kind, "site": "tibia", "onset_date": ago(onset), **more}
    )


def scan(days: int, t_score: float | None = -0.5, number: int = 70, **more: Any) -> Row:
    sites = [{"uid": "a", "site": "total_hip", "t_score": t_score, **more}]
    at = f"{ago(days)}T12:00:00+00:00"
    return record("dxa_scan", number, scanned_at=at, manufacturer="Hologic", site_results=sites)


def lab(analyte: str, value: str, days: int, number: int, **more: Any) -> Observation:
    return vitamin_d(value, on=ago(days), record=number, analyte=analyte, **more)


def answered(one: Reminder, back: int, action: str = "done", /, **more: Any) -> Row:
    """Return the answer to a reminder, given so many days ago."""
    reminder = reminder_id(ME, one.rule, one.source_record)
    at = f"{ago(back)}T12:00:00+00:00"
    return record("reminder_ack", 98, reminder=reminder, action=action, acted_at=at, **more)


def all_of(
    *given: Observation | Row,
    profile: AthleteProfile = WOMAN_40,
    as_of: date = TODAY,
    coverage_days: int = 28,
    **known: Any,
) -> list[Reminder]:
    """Return the whole plan; results and records in any order, ``known`` as ``plan`` has it."""
    there = about(
        *(one for one in given if isinstance(one, Observation)),
        profile=profile,
        as_of=as_of,
        facts=facts_of([one for one in given if not isinstance(one, Observation)], zone="UTC"),
        load_days=known.get("weeks", ()),
        coverage_days=coverage_days,
    )
    return plan(there, athlete_id=ME, **known)


def asked(rule: str, *given: Observation | Row, **known: Any) -> Reminder | None:
    """Return the one reminder of a rule, None without."""
    found = [one for one in all_of(*given, **known) if one.rule == f"rem.{rule}"]
    assert len(found) <= 1
    return found[0] if found else None


def due(rule: str, *given: Observation | Row, **known: Any) -> date | None:
    """Return when a rule's one reminder is due."""
    found = asked(rule, *given, **known)
    return found.due_date if found else None
