"""Random lives: results, answers, travel, changed wishes, each at a quarter of an hour."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from tests.nudges.plain import TICK

# A year that is over, so that no record lies ahead of the server's clock.
BEGINS = datetime(2025, 6, 1, tzinfo=UTC)
# Half hours, quarters, two-hour changes, none at all; nowhere is 11:00 UTC another day.
ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "America/St_Johns", "Asia/Kolkata",
    "Asia/Kathmandu", "Australia/Lord_Howe", "Australia/Adelaide", "Africa/Casablanca",
    "America/Sao_Paulo", "Pacific/Honolulu", "Antarctica/Troll",
)  # fmt: skip
RULES = ("rem.vitd_retest_low", "rem.pth_after_low_d")


@dataclass(frozen=True)
class Event:
    """Something a person does: ``kind`` and what belongs to it."""

    at: datetime
    kind: str
    told: dict[str, Any]


def life(random: Random, *, days: int) -> list[Event]:
    """Return what one person does, in order."""
    events = [Event(BEGINS, "wishes", {"zone": random.choice(ZONES), **_wishes(random)})]
    number = max(3, days * 13 // 365)
    kinds = random.choices(
        ("result", "pth", "ack", "travel", "wishes"), weights=(4, 1, 5, 2, 3), k=number
    )
    events += [Event(_moment(random, days), kind, _told(random, kind)) for kind in kinds]
    events.sort(key=lambda event: event.at)
    return list(_on_days_of_their_own(events))


def _moment(random: Random, days: int) -> datetime:
    return BEGINS + timedelta(days=1) + TICK * random.randrange((days - 2) * 96)


def _on_days_of_their_own(events: Iterable[Event]) -> Iterable[Event]:
    """Yield the events, of two results on one day the first."""
    taken: set[Any] = set()
    for event in events:
        key = (event.at.date(), event.kind)
        if event.kind not in ("result", "pth") or key not in taken:
            taken.add(key)
            yield event


def _told(random: Random, kind: str) -> dict[str, Any]:
    match kind:
        case "result":
            return {"value": random.choice((8.5, 14.0, 19.9, 14.0, 31.0))}
        case "pth":
            return {"value": 41.0}
        case "ack":
            return {
                "rule": random.choice(RULES),
                "back": random.choice((0, 0, 0, 1)),
                "action": random.choice(("done", "snoozed", "snoozed", "dismissed", "seen")),
                "days": random.choice((1, 3, 7, 30)),
            }
        case "travel":
            return {"zone": random.choice(ZONES)}
        case _:
            return _wishes(random)


def _wishes(random: Random) -> dict[str, Any]:
    return {
        "hour": random.choice((0, 6, 9, 12, 21)),
        "quiet": random.choice(((22, 7), (23, 6), (13, 15), None)),
        "per_week": random.choice((0, 1, 1, 2, 3)),
        "topics_off": random.choice(((), (), (), ("pth",), ("vitd_25oh",))),
        "mail_off": random.random() < 0.1,
        "pause_days": random.choice((0, 0, 0, 2, 20)),
    }
