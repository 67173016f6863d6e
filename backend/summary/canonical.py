"""Inputs of a summary as texts that are the same whatever zone or padding they came in."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
from msgspec.structs import replace

from backend.readmodels import Observation
from backend.records.athlete_profile import AthleteProfile
from backend.summary.facts import Fact, Facts
from backend.summary.wording import plain

NOT_DECIDING = ("source", "note")  # profile fields that no rule reads
# Between them no encoder writes a number with an exponent; beyond, each in its own way.
_LEAST_PLAIN, _MOST_PLAIN = 1e-4, 1e16
_AS_IT_IS = frozenset({str, int, bool, type(None)})


class InputTexts(msgspec.Struct, frozen=True):
    """The text of every input but loading: they are hashed together, and each by itself.

    ``facts`` are told by kind, each with the text of its body; answers to reminders are left
    out, since no summary rests on them.
    """

    profile: str
    observations: tuple[str, ...]
    facts: Mapping[str, tuple[tuple[Fact[Any], str], ...]]


def input_texts(
    *,
    profile: AthleteProfile,
    observations: Sequence[Observation],
    facts: Facts,
) -> InputTexts:
    """Return the texts of a situation's inputs, each in the order given."""
    return InputTexts(
        profile=canonical_text(_deciding(profile)),
        observations=tuple(map(canonical_text, observations)),
        facts={
            kind: tuple((fact, canonical_text(fact.body)) for fact in each)
            for kind, each in msgspec.structs.asdict(replace(facts, acks=())).items()
        },
    )


def facts_text(facts: Mapping[str, Iterable[tuple[Fact[Any], str]]]) -> str:
    """Return what `canonical_text` says of facts, from what it says of their bodies."""
    return object_of(
        {
            kind: array_of(
                f'{{"body":{body},"day":"{fact.day.isoformat()}","record_id":"{fact.record_id}"}}'
                for fact, body in each
            )
            for kind, each in facts.items()
        }
    )


def canonical_text(value: object) -> str:
    """Return a value as JSON with sorted keys; instants in UTC, decimals without padding.

    As Python's own encoder writes it, of whose bytes all stored hashes are. msgspec's is several
    times as fast and writes the same, but for some numbers and characters.
    """
    told = [msgspec.to_builtins(value, builtin_types=(datetime, Decimal))]
    if _settle(told):
        text = _fast.encode(told[0])
        if text.isascii() and b"\\" not in text and b"\x7f" not in text:
            return text.decode()
    return _canonical.encode(told[0])


def _settle(inside: Any) -> bool:
    """Make texts of instants and decimals in a list or dictionary of builtins, which is ours.

    Returns whether the two encoders write all its numbers alike.
    """
    is_alike = True
    for key, one in inside.items() if type(inside) is dict else enumerate(inside):
        kind = type(one)
        if kind is float:
            if one and not _LEAST_PLAIN <= abs(one) < _MOST_PLAIN:
                is_alike = False
        elif kind in _AS_IT_IS:
            continue
        elif kind is dict or kind is list:
            is_alike = _settle(one) and is_alike
        elif kind is tuple:
            inside[key] = [*one]
            is_alike = _settle(inside[key]) and is_alike
        else:
            inside[key] = _same_text(one)
    return is_alike


def array_of(texts: Iterable[str]) -> str:
    """Return what `canonical_text` says of a list, from what it says of its items."""
    return f"[{','.join(texts)}]"


def object_of(members: Mapping[str, str]) -> str:
    """Return what `canonical_text` says of a mapping, from what it says of its values."""
    said = [f"{_canonical.encode(name)}:{text}" for name, text in sorted(members.items())]
    return f"{{{','.join(said)}}}"


def _deciding(profile: AthleteProfile) -> dict[str, object]:
    """Return the fields of a profile that a rule may read, and that are there."""
    return {
        name: value
        for name, value in msgspec.structs.asdict(profile).items()
        if name not in NOT_DECIDING and value is not None
    }


def _same_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Decimal):
        return plain(value)
    raise TypeError(type(value).__name__)


_fast = msgspec.json.Encoder(order="sorted")
_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=_same_text)
