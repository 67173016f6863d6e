"""What a summary rested on, kept beside it, so that two of them can be told apart."""

import hashlib
from datetime import date, datetime
from decimal import Decimal

import msgspec

from backend.summary.situation import Situation, canonical_text, deciding_profile

DIGEST_CHARS = 16


class KeptInput(msgspec.Struct, frozen=True, array_like=True):
    """One input: what it is, the local day it is of, and a digest of what it said."""

    kind: str
    day: date | None
    digest: str


def inputs_of(about: Situation) -> dict[str, KeptInput]:
    """Return every input of a summary by its key.

    Keys are the record's id, ``day/<date>`` for a day of loading (its sessions are one input)
    and ``profile``. Kinds are the analyte, the kind of fact, ``load_day`` and ``profile``.
    """
    found: dict[str, KeptInput] = {
        "profile": KeptInput("profile", None, _digest(deciding_profile(about.profile)))
    }
    for day in about.weeks:
        found[f"day/{day.local_date}"] = KeptInput("load_day", day.local_date, _digest(day))
    for seen in about.observations:
        found[str(seen.record_id)] = KeptInput(seen.analyte, seen.local_date, _digest(seen))
    for name, facts in msgspec.structs.asdict(about.facts).items():
        if name == "acks":
            continue  # of reminders; no summary rests on them
        for fact in facts:
            on = None if fact.day == date.max else fact.day
            found[str(fact.record_id)] = KeptInput(name, on, _digest(fact.body))
    return found


def _digest(value: object) -> str:
    plain = msgspec.to_builtins(value, builtin_types=(datetime, Decimal))
    return hashlib.sha256(canonical_text(plain).encode()).hexdigest()[:DIGEST_CHARS]
