"""The texts that inputs of a summary are hashed by."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from backend.simulate import demo_athletes, history
from backend.summary.canonical import array_of, canonical_text, facts_text, input_texts, object_of
from backend.summary.facts import Facts, facts_of
from tests.backend.build import ADULT, TODAY, uid, vitamin_d


def facts() -> Facts:
    records = history(demo_athletes()[0], ending=TODAY, years=1, seed=1, owner=uid(1))
    return facts_of(((one.type, one.record_id, one.body) for one in records), zone="UTC")


def by_hand(value: datetime | Decimal) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


FLOATS = st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.none() | st.booleans() | st.integers() | FLOATS | st.text()
INSTANTS = st.datetimes(
    min_value=datetime(1900, 1, 2),  # noqa: DTZ001 (the zone is drawn beside it)
    max_value=datetime(2199, 12, 30),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-9, minutes=-30))]),
)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20)
VALUES = st.recursive(
    PLAIN | INSTANTS | DECIMALS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


class TestTexts:
    def test_of_parts_are_those_of_the_whole(self) -> None:
        found, results = facts(), (vitamin_d("14.50"), vitamin_d("9"))
        assert found.scans
        assert found.tests
        told = input_texts(profile=ADULT, observations=results, facts=found)
        assert array_of(told.observations) == canonical_text(results)
        assert facts_text(told.facts) == canonical_text(found)
        parts = {"zä": canonical_text(1.5), 'a"': canonical_text(None)}
        assert object_of(parts) == canonical_text({"zä": 1.5, 'a"': None})

    def test_are_the_same_in_every_zone_and_padding(self) -> None:
        there = datetime(2026, 3, 1, 1, tzinfo=timezone(timedelta(hours=2)))
        assert canonical_text([there, Decimal("1.50")]) == '["2026-02-28T23:00:00+00:00","1.5"]'
        assert canonical_text(date(2026, 3, 1)) == '"2026-03-01"'

    @given(VALUES)
    @example([1e-5, 9.999999999999999e-05, 1e-4, -0.0, 1e16, 1e15, 1.5e300, 5e-324, 2**70])
    @example(["\x7f", "\\", "ä", "\n", '"', "\ud7ff", "/"])
    def test_are_those_of_pythons_own_encoder(self, value: Any) -> None:
        expected = json.dumps(value, sort_keys=True, separators=(",", ":"), default=by_hand)
        assert canonical_text(value) == expected
