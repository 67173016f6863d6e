"""A laboratory's number, unit and comparator: contradictions are refused, oddities kept."""

from typing import Any

import pytest

from backend.feed.bodies import InvalidBody, accept
from backend.labs.analytes import ANALYTES
from backend.labs.dimensions import dimension, measures
from backend.records import REGISTRY
from backend.records.lab_result import observe
from backend.records.reading import flags_of
from tests.backend.build import uid
from tests.backend.records.examples import NOW, encoded

LAB = REGISTRY["lab_result"]
BY_CODE = {"analyte": None, "unit_ucum": None}
BY_NAME = {"codes": None, "unit_ucum": None}
UNKNOWN = {"analyte": "ferritin", "codes": None, "unit_ucum": None}


def refused_at(**fields: Any) -> str:
    with pytest.raises(InvalidBody) as refusal:
        accept(LAB, encoded("lab_result", **fields))
    return refusal.value.pointer


def flags(**fields: Any) -> tuple[str, ...]:
    body = encoded("lab_result", **fields)
    return flags_of(LAB, accept(LAB, body), body, now=NOW)


class TestValues:
    @pytest.mark.parametrize("value", [-1, -0.0, -1e-10, 1e-320])
    @pytest.mark.parametrize("named", [BY_CODE, BY_NAME])
    def test_below_nothing_are_refused(self, value: float, named: Any) -> None:
        assert refused_at(value=value, **named) == "/set/value"

    def test_of_an_analyte_we_do_not_know_may_be_below_zero(self) -> None:
        assert flags(value=-2.4, **UNKNOWN) == ()

    @pytest.mark.parametrize("value", ["41.5", ">100", True, [41.5], "NaN", "1e400"])
    def test_that_are_no_numbers_are_refused(self, value: Any) -> None:
        assert refused_at(value=value) == "/set/value"

    @pytest.mark.parametrize("spelled", [b"1e400", b"1e-9999999", b"1e-320", b"4" * 40])
    def test_that_no_double_holds_are_refused(self, spelled: bytes) -> None:
        body = encoded("lab_result").replace(b"41.50", spelled)
        with pytest.raises(InvalidBody) as refusal:
            accept(LAB, body)
        assert refusal.value.pointer == "/set/value"

    def test_that_can_not_be_true_are_kept_and_flagged(self) -> None:
        assert flags(value=900) == ("implausible",)

    @pytest.mark.parametrize("comparator", ["<<", "", "=", "~", 4])
    def test_have_one_of_four_comparators(self, comparator: Any) -> None:
        assert refused_at(comparator=comparator) == "/set/comparator"

    @pytest.mark.parametrize("comparator", ["<", "<=", ">=", ">"])
    def test_with_a_comparator_are_bounds_and_never_implausible(self, comparator: str) -> None:
        assert flags(value=900, comparator=comparator) == ()


class TestUnits:
    @pytest.mark.parametrize("unit", ["kg", "IU/L", "%", "mmHg", "pg", "mL/min", "umol/mol"])
    @pytest.mark.parametrize("named", [BY_CODE, BY_NAME])
    def test_of_another_dimension_are_refused(self, unit: str, named: Any) -> None:
        assert refused_at(unit=unit, **named) == "/set/unit"

    def test_in_ucum_are_held_to_the_same(self) -> None:
        assert refused_at(unit_ucum="kg") == "/set/unit_ucum"

    @pytest.mark.parametrize("unit", ["furlongs", "nmol pro L", "?", "10*9/L"])
    def test_nobody_knows_are_refused_where_the_analyte_is_stated(self, unit: str) -> None:
        assert refused_at(unit=unit, **BY_NAME) == "/set/unit"

    @pytest.mark.parametrize("unit", ["furlongs", "nmol pro L", "?", "10*9/L"])
    def test_nobody_knows_are_kept_where_only_codes_are_given(self, unit: str) -> None:
        assert flags(unit=unit, **BY_CODE) == ("unit_unknown",)

    @pytest.mark.parametrize("unit", ["furlongs", "kg", None])
    def test_of_an_analyte_we_do_not_know_are_kept_as_sent(self, unit: Any) -> None:
        assert flags(unit=unit, **UNKNOWN) == ()

    @pytest.mark.parametrize("unit", ["ug/dL", "mmol/L", None])
    def test_that_fit_but_can_not_be_converted_are_kept_and_flagged(self, unit: Any) -> None:
        assert flags(unit=unit, **BY_NAME) == ("unit_unknown",)

    def test_need_no_value_to_be_kept(self) -> None:
        assert flags(value=None, value_text="see report", unit="furlongs", unit_ucum=None) == ()

    def test_two_that_say_different_things_are_kept_and_flagged(self) -> None:
        assert flags(unit="ng/mL", unit_ucum="nmol/L") == ("units_disagree",)
        assert flags(unit="ug/L", unit_ucum="ng/mL") == ()

    def test_in_words_give_way_to_ucum(self) -> None:
        row = observe(uid(1), encoded("lab_result", unit="units"), zone=None, now=NOW)
        assert row is not None
        assert (row.source_unit, row.usable) == ("nmol/L", True)

    def test_in_wrong_ucum_give_way_to_what_was_printed(self) -> None:
        row = observe(uid(1), encoded("lab_result", unit_ucum="nmolperL", analyte=None), zone=None, now=NOW)  # fmt: skip
        assert row is not None
        assert (row.source_unit, row.usable) == ("nmol/L", True)


class TestUnknownWords:
    def test_of_a_status_keep_it_out_of_the_models(self) -> None:
        assert flags(status="of a newer app") == ()
        row = observe(uid(1), encoded("lab_result", status="of a newer app"), zone=None, now=NOW)
        assert row is not None
        assert (row.usable, row.flags) == (False, ("status_unknown",))

    def test_of_an_analyte_are_kept_and_never_guessed(self) -> None:
        body = encoded("lab_result", analyte="vitamin d-ish", codes=None)
        assert flags(analyte="vitamin d-ish", codes=None) == ()
        assert observe(uid(1), body, zone=None, now=NOW) is None


class TestDimensions:
    @pytest.mark.parametrize(
        ("unit", "expected"),
        [
            ("ng/mL", "mass/volume"), ("\u00b5g/L", "mass/volume"), ("mg/100mL", "mass/volume"),
            ("pmol/L", "amount/volume"), ("m[IU]/L", "activity/volume"), ("U/L", "activity/volume"),
            ("mL/min/{1.73_m2}", "volume/time"), ("g/24h", "mass/time"), ("%", "ratio"),
            ("g/cm2", "mass/length2"), ("kg", "mass"), ("furlong", None), ("", None), ("/L", None),
            ("10*9/L", None),
        ],
    )  # fmt: skip
    def test_are_told_from_the_spelling(self, unit: str, expected: Any) -> None:
        assert dimension(unit) == expected

    @pytest.mark.parametrize("key", ANALYTES)
    def test_fit_every_unit_of_the_table(self, key: str) -> None:
        row = ANALYTES[key]
        units = [*([row.unit] if row.unit else []), *(factor.unit for factor in row.factors)]
        assert all(measures(key, unit) for unit in units)
        assert measures(key, "furlong") is None

    def test_of_values_that_stay_as_printed_are_not_judged(self) -> None:
        assert measures("sclerostin", "kg") is None
