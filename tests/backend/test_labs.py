"""What a laboratory printed, as a value the models may read or must not."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.labs import analytes
from backend.records.lab_result import observe
from tests.backend.build import uid

NOW = datetime(2026, 6, 1, tzinfo=UTC)
VITAMIN_D = [{"system": "http://loinc.org", "code": "62292-8"}]


class TestAnalytes:
    @pytest.mark.parametrize(
        ("stated", "codes", "key"),
        [
            ("vitd_25oh", [], "vitd_25oh"),
            (None, ["62292-8"], "vitd_25oh"),
            (None, ["1989-3"], "vitd_25oh"),
            (None, ["14635-7"], "vitd_25oh"),
            (None, ["83070-3"], "vitd_25oh"),
            (None, ["62290-2"], None),
            ("vitd_25oh", ["62290-2"], None),
            (None, ["local", "2731-8"], "pth"),
            ("own name", ["2731-8"], "pth"),
            (None, [], None),
        ],
    )
    def test_are_identified_by_key_or_code(self, stated: Any, codes: Any, key: Any) -> None:
        assert analytes.identify(stated, codes) == key

    @pytest.mark.parametrize(
        ("analyte", "value", "unit", "expected"),
        [
            ("vitd_25oh", "49.92", "nmol/L", "20"),
            ("vitd_25oh", "14.0", "ng/mL", "14.0"),
            ("vitd_25oh", "14.0", "ug/L", "14.0"),
            ("vitd_25oh", "14.0", "\u00b5g/L", "14.0"),
            ("vitd_25oh", "14.0", "\u03bcg/l", "14.0"),
            ("vitd_25oh", "14.0", "NG/ML", "14.0"),
            ("vitd_25oh", "14.0", "mcg/L", "14.0"),
            ("pth", "6.9", "pmol/L", "65.0325"),
            ("creatinine", "88.4", "\u00b5mol/L", "1"),
            ("alp", "70", "IU/L", "70"),
            ("tsh", "2.5", "uIU/mL", "2.5"),
            ("tsh", "2.5", "mIU/L", "2.5"),
            ("ctx", "0.3", "ng/mL", "300"),
            ("calcium", "2.5", "mmol/L", "10.02"),
            ("egfr", "88", "mL/min/1.73 m2", "88"),
        ],
    )
    def test_convert_exactly(self, analyte: Any, value: Any, unit: Any, expected: Any) -> None:
        assert analytes.canonical(analyte, Decimal(value), unit) == Decimal(expected)

    @pytest.mark.parametrize(
        ("analyte", "unit"),
        [("vitd_25oh", "IU/L"), ("vitd_25oh", None), ("sclerostin", "pmol/L"), ("gold", "g/L")],
    )
    def test_never_guess_a_unit(self, analyte: Any, unit: Any) -> None:
        assert analytes.canonical(analyte, Decimal(1), unit) is None

    @pytest.mark.parametrize("key", [k for k, a in analytes.ANALYTES.items() if a.unit])
    def test_have_bounds_around_what_adults_show(self, key: Any) -> None:
        row = analytes.ANALYTES[key]
        assert row.plausible is not None
        assert row.plausible.support == "E"
        for interval in row.fallback:
            for end in (interval.low, interval.high):
                assert end is None or analytes.is_plausible(key, end)

    def test_have_one_owner_per_code_and_a_label(self) -> None:
        codes = [c.code for a in analytes.ANALYTES.values() for c in a.loinc]
        assert len(codes) == len(set(codes))
        assert all(analytes.label(key) for key in analytes.ANALYTES)
        assert (analytes.unit_of("vitd_25oh"), analytes.unit_of("irisin")) == ("ng/mL", None)

    @given(st.decimals("0", "100000", places=3), st.sampled_from(list(analytes.ANALYTES)))
    def test_canonical_units_change_no_digit(self, value: Any, key: Any) -> None:
        unit = analytes.unit_of(key)
        assert unit is None or str(analytes.canonical(key, value, unit)) == str(value)


def seen(**fields: object) -> Any:
    body = {
        "collected_at": "2026-05-01T08:00:00+02:00", "status": "final", "codes": VITAMIN_D,
        "value": 35, "unit": "nmol/L",
    }  # fmt: skip
    raw = json.dumps({k: v for k, v in (body | fields).items() if v is not None}).encode()
    return observe(uid(1), raw, zone="Europe/Berlin", now=NOW)


class TestObserve:
    def test_converts_and_keeps_what_was_printed(self) -> None:
        row = seen(ref_low=50, ref_high=125)
        assert row.value == Decimal(35) / Decimal("2.496")
        assert (row.source_value, row.source_unit, row.unit) == (Decimal(35), "nmol/L", "ng/mL")
        assert row.ref_low == Decimal(50) / Decimal("2.496")
        assert (row.usable, row.flags, row.local_date) == (True, (), date(2026, 5, 1))

    def test_keeps_every_digit(self) -> None:
        raw = b'{"collected_at":"2026-05-01","status":"final","analyte":"vitd_25oh",'
        raw += b'"value":14.10,"unit":"ng/mL"}'
        row = observe(uid(1), raw, zone=None, now=NOW)
        assert row is not None
        assert str(row.source_value) == "14.10"

    def test_prefers_the_ucum_unit(self) -> None:
        assert seen(unit="units", unit_ucum="ng/mL").value == 35

    def test_is_none_for_what_nobody_models(self) -> None:
        assert seen(codes=[{"system": "http://loinc.org", "code": "62290-2"}]) is None

    @pytest.mark.parametrize(
        ("change", "flag"),
        [
            ({"comparator": "<"}, "censored"),
            ({"status": "cancelled"}, "cancelled"),
            ({"status": "entered_in_error"}, "entered_in_error"),
            ({"status": "preliminary"}, "preliminary"),
            ({"unit": "IU/L"}, "unit_unknown"),
            ({"unit": None}, "unit_unknown"),
            ({"value": 900}, "implausible"),
            ({"collected_at": "2027-01-01"}, "in_future"),
        ],
    )
    def test_keeps_it_out_of_the_models_and_says_why(self, change: Any, flag: Any) -> None:
        row = seen(**change)
        assert not row.usable
        assert flag in row.flags

    @pytest.mark.parametrize("change", [{"comparator": "<"}, {"status": "cancelled"}])
    def test_a_censored_or_withdrawn_value_is_no_number(self, change: Any) -> None:
        row = seen(**change)
        assert (row.value, row.source_value) == (None, Decimal(35))

    def test_a_result_without_a_value_is_not_usable(self) -> None:
        row = seen(value=None, value_text="see report")
        assert (row.value, row.usable) == (None, False)

    @pytest.mark.parametrize(
        ("text", "precision", "day"),
        [
            ("2026-05-17", "day", date(2026, 5, 17)),
            ("2026-05", "month", date(2026, 5, 1)),
            ("2026", "year", date(2026, 1, 1)),
            ("2026-05-17T00:30:00+02:00", "second", date(2026, 5, 17)),
        ],
    )
    def test_partial_dates_stay_on_their_day(self, text: Any, precision: Any, day: Any) -> None:
        row = seen(collected_at=text)
        assert (row.precision, row.local_date) == (precision, day)


class TestLikelyUnit:
    @pytest.mark.parametrize(
        ("analyte", "value", "unit", "meant"),
        [
            ("vitd_25oh", "310", "ng/mL", "nmol/L"),  # 124 ng/mL as nmol/L
            ("vitd_25oh", "0.5", "nmol/L", "ng/mL"),
            ("vitd_25oh", "75", "ng/mL", None),  # plausible: nothing to guess
            ("calcium", "2.4", "mg/dL", "mmol/L"),
            ("creatinine", "88", "mg/dL", "umol/L"),
            ("vitd_25oh", "9000", "ng/mL", None),  # no unit makes it true
            ("sclerostin", "9", "pmol/L", None),
            ("gold", "9", "g/L", None),
        ],
    )
    def test_is_one_in_which_an_impossible_value_would_be_usual(
        self, analyte: str, value: str, unit: str, meant: str | None
    ) -> None:
        assert analytes.likely_unit(analyte, Decimal(value), unit) == meant
