"""What a summary rested on, kept beside it, so that two of them can be told apart."""

import hashlib
from datetime import date

import msgspec

from backend.summary.situation import Situation

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
    texts = about.texts
    found = {"profile": KeptInput("profile", None, _digest(texts.profile))}
    for day, text in zip(about.weeks, texts.weeks, strict=True):
        found[f"day/{day.local_date}"] = KeptInput("load_day", day.local_date, _digest(text))
    for seen, text in zip(about.observations, texts.observations, strict=True):
        found[str(seen.record_id)] = KeptInput(seen.analyte, seen.local_date, _digest(text))
    for kind, facts in texts.facts.items():
        for fact, text in facts:
            on = None if fact.day == date.max else fact.day
            found[str(fact.record_id)] = KeptInput(kind, on, _digest(text))
    return found


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_CHARS]
