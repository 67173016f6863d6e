"""What a summary says that no session changes, worked out apart so that it can be kept.

Most recomputes follow a session, and most of what they say rests on scans, tests, results and the
profile alone. Kept under a digest of all it was made of, the same need not be made twice; what
would be made of anything else is never taken for it.
"""

import hashlib
from contextlib import suppress
from typing import Any

import msgspec
from msgspec.structs import replace

from backend.records.server_owned import DomainSummary
from backend.summary import ALGORITHM_VERSION
from backend.summary.areas import measured_areas
from backend.summary.canonical import array_of, canonical_text, facts_text, input_texts
from backend.summary.kept import KeptInput, input_of
from backend.summary.situation import TABLE_VERSIONS, Situation
from backend.summary.trends import Trend, measured_trends

FORM = 1  # of what is kept; another one is not read
_RULES = canonical_text([FORM, ALGORITHM_VERSION, TABLE_VERSIONS]).encode()


class Measured(msgspec.Struct, frozen=True):
    """What is said of a situation without its loading.

    Three areas; the trends of all measures but loading; the canonical texts of the
    profile, of all results and of all facts; each of these inputs by its key.
    """

    areas: dict[str, DomainSummary]
    trends: tuple[Trend, ...]
    profile: str
    observations: str
    facts: str
    inputs: dict[str, KeptInput]


class Kept(msgspec.Struct, frozen=True):
    """What was measured, as it is stored: ``said`` is of the situation whose digest is ``key``."""

    key: bytes
    said: bytes


def measured(about: Situation) -> Measured:
    """Return what is measured; of the situation without loading, so that it rests on nothing else."""
    return _measured(_without_loading(about))


def recalled(about: Situation, kept: Kept | None) -> tuple[Measured, Kept | None]:
    """Return ``measured`` of a situation, as kept where it is of the same, and what to keep.

    That is None where nothing new is: what was kept still holds, or would not read back as it was.
    """
    there = _without_loading(about)
    key = hashlib.sha256(_RULES + _digested.encode(there)).digest()
    if kept is not None and kept.key == key:
        with suppress(msgspec.DecodeError):  # of a release that kept it in another form
            return _read.decode(kept.said), None
    found = _measured(there)
    said = _written.encode(found)
    # A whole number reads back as a fraction, which is told otherwise.
    is_same = _digested.encode(_read.decode(said)) == _digested.encode(found)
    return found, Kept(key, said) if is_same else None


def _without_loading(about: Situation) -> Situation:
    """Return a situation without loading, and without answers to reminders: no finding reads them."""
    facts = replace(about.facts, acks=())
    return replace(about, load_days=(), weeks=(), coverage_days=0, facts=facts)


def _measured(there: Situation) -> Measured:
    texts = input_texts(profile=there.profile, observations=there.observations, facts=there.facts)
    inputs = {"profile": input_of("profile", None, texts.profile)}
    for seen, text in zip(there.observations, texts.observations, strict=True):
        inputs[str(seen.record_id)] = input_of(seen.analyte, seen.local_date, text)
    for kind, facts in texts.facts.items():
        for fact, text in facts:
            inputs[str(fact.record_id)] = input_of(kind, fact.day, text)
    return Measured(
        areas=measured_areas(there),
        trends=measured_trends(there),
        profile=texts.profile,
        observations=array_of(texts.observations),
        facts=facts_text(texts.facts),
        inputs=inputs,
    )


_digested: Any = msgspec.json.Encoder()
_written = msgspec.msgpack.Encoder()
_read = msgspec.msgpack.Decoder(Measured)
