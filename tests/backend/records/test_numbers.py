"""Numbers that two readers would hold differently, in any field of any type."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.records.base import InvalidRecord
from backend.records.numbers import MAX_DIGITS, check_numbers
from tests.backend.records.examples import EXAMPLES, encoded


def pointer_of(body: bytes) -> str:
    with pytest.raises(InvalidRecord) as refusal:
        check_numbers(body)
    return refusal.value.pointer


class TestNumbers:
    @pytest.mark.parametrize(
        "spelled",
        ["1e400", "-1e400", "1e-320", "1e-9999999", "1E+999", "0.001e-400",
         "1" + "0" * 400, "0." + "0" * 320 + "1", "0.12345678901234567890123456789",
         "12345678901234567890123456789", "123456789012345.67890123456789e2"],
    )  # fmt: skip
    def test_that_a_reader_would_round_are_refused_in_any_field(self, spelled: str) -> None:
        assert pointer_of(f'{{"a":[0,{{"new":{spelled}}}]}}'.encode()) == "/a/1/new"
        assert pointer_of(f'{{"new" : [1, {spelled}]}}'.encode()) == "/new/1"

    @pytest.mark.parametrize(
        "spelled",
        ["0", "-0.0", "0e999", "0.000e-999", "1e308", "2.3e-308", "41.50", "1e15", "-1E-10",
         "0.1234567890123456789012345678", "1" + "0" * 200],
    )  # fmt: skip
    def test_that_every_reader_holds_are_let_through(self, spelled: str) -> None:
        check_numbers(f'{{"new":{spelled}}}'.encode())

    @pytest.mark.parametrize(
        "text", ["a-1e400-b", "3e123", '{\\"a\\":1e400}', ":1e400", "0" * 40, "1e-999"]
    )
    def test_in_text_are_text(self, text: str) -> None:
        check_numbers(f'{{"note":"{text}"}}'.encode())

    @given(number=st.decimals(allow_nan=False, allow_infinity=False))
    def test_are_refused_exactly_when_a_double_can_not_hold_them(self, number: Decimal) -> None:
        body = b'{"x":[1,"e400",%s]}' % str(number).encode()
        digits = len("".join(map(str, number.as_tuple().digits)).strip("0"))
        holds = number == 0 or 2.2250738585072014e-308 <= abs(float(number)) < float("inf")
        assert refused(body) == (not holds or digits > MAX_DIGITS)


def refused(body: bytes) -> bool:
    try:
        check_numbers(body)
    except InvalidRecord:
        return True
    return False


@pytest.mark.parametrize("kind", EXAMPLES)
def test_of_examples_are_fine(kind: str) -> None:
    check_numbers(encoded(kind))
