"""Masks: what is not named does not pass, on any level, and what passes keeps its digits."""

import json

import msgspec
import pytest

from backend.records.masks import mask_of, masked


class Inner(msgspec.Struct):
    """A part with a field for oneself."""

    uid: str
    note: str | None = None


class Outer(msgspec.Struct):
    """A body with parts, values, and free text by language."""

    value: float
    parts: tuple[Inner, ...] = ()
    one: Inner | None = None
    texts: dict[str, str] = {}
    note: str | None = None


class TestMask:
    def test_lets_through_what_it_names(self) -> None:
        mask = mask_of(Outer, only=("value", "parts", "texts"), without=("note",))
        body = {
            "value": 1, "note": "x", "unknown": 1, "texts": {"en": "y"}, "one": {"uid": "z"},
            "parts": [{"uid": "a", "note": "x", "unknown": {"deep": 1}}, {"uid": "b"}],
        }  # fmt: skip
        assert json.loads(masked(json.dumps(body).encode(), mask)) == {
            "value": 1, "texts": {"en": "y"}, "parts": [{"uid": "a"}, {"uid": "b"}],
        }  # fmt: skip

    def test_keeps_every_digit(self) -> None:
        mask = mask_of(Outer, only=("value",))
        for digits in ("41.50", "0.1000", "1e-7", "12345678901234567890.5"):
            text = masked(b'{"value": %s, "x": 1e999}' % digits.encode(), mask).decode()
            assert float(json.loads(text)["value"]) == float(digits)
        assert masked(b'{"value": 41.50}', mask) == b'{"value":41.50}'

    def test_of_a_field_that_is_not_there_is_a_mistake(self) -> None:
        with pytest.raises(KeyError):
            mask_of(Outer, only=("valeu",))
