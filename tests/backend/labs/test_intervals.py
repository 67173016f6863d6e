"""Adult intervals, read only when the laboratory printed none; and exact conversion."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.labs.analytes import ANALYTES, fallback_for, variation_of
from backend.models import run

CONVERTIBLE = [(key, factor.unit) for key, row in ANALYTES.items() for factor in row.factors]


def limits(analyte: str, **who: Any) -> tuple[str | None, str | None] | None:
    row = fallback_for(analyte, **{"age": 40} | who)
    return None if row is None else (
        None if row.low is None else str(row.low), None if row.high is None else str(row.high)
    )  # fmt: skip


class TestFallback:
    @pytest.mark.parametrize(
        ("analyte", "who", "expected"),
        [
            ("pth", {}, ("15", "65")),
            ("calcium", {}, ("8.6", "10.2")),
            ("calcium_ionised", {}, ("1.15", "1.33")),
            ("phosphate", {}, ("2.5", "4.5")),
            ("albumin", {}, ("3.5", "5.0")),
            ("tsh", {}, ("0.4", "4.0")),
            ("hscrp", {}, (None, "3")),
            ("alp", {"sex": "male"}, ("40", "130")),
            ("alp", {"sex": "female"}, ("35", "105")),
            ("alp", {}, None),
            ("testosterone", {"sex": "male", "age": 19}, ("264", "916")),
            ("testosterone", {"sex": "male", "age": 39}, ("264", "916")),
            ("testosterone", {"sex": "male", "age": 40}, None),
            ("testosterone", {"sex": "male", "age": None}, None),
            ("testosterone", {"sex": "female", "age": 30}, None),
            ("pth", {"age": 17}, None),
            ("pth", {"age": 18}, ("15", "65")),
            ("pth", {"age": None}, ("15", "65")),
            ("vitd_25oh", {}, None),
            ("creatinine", {"sex": "male"}, None),
            ("egfr", {}, None),
            ("estradiol", {"sex": "female"}, None),
            ("igf1", {"assay": "IDS-iSYS"}, None),
            ("gold", {}, None),
        ],
    )
    def test_is_the_printed_interval_of_the_group(
        self, analyte: str, who: Any, expected: Any
    ) -> None:
        assert limits(analyte, **who) == expected

    @pytest.mark.parametrize(
        ("analyte", "who", "expected"),
        [
            ("ctx", {"age": 30}, ("50", "670")),
            ("ctx", {"age": 54}, ("50", "670")),
            ("ctx", {"age": 55}, None),
            ("ctx", {"age": 52, "menopausal_status": "post"}, ("90", "1050")),
            ("ctx", {"age": 79, "menopausal_status": "post"}, ("90", "1050")),
            ("ctx", {"age": 80, "menopausal_status": "post"}, None),
            ("ctx", {"age": 29}, None),
            ("ctx", {"sex": "male", "age": 25}, ("120", "830")),
            ("ctx", {"sex": "male", "age": 75}, ("50", "580")),
            ("ctx", {"sex": "male", "age": 50}, None),
            ("ctx", {"age": 35, "assay": "Roche Elecsys"}, ("111", "791")),
            ("ctx", {"age": 34, "assay": "Roche Elecsys"}, None),
            ("ctx", {"assay": None}, None),
            ("ctx", {"assay": "other"}, None),
            ("p1np", {"menopausal_status": "pre"}, ("19", "76")),
            ("p1np", {"menopausal_status": "post"}, ("18", "102")),
            ("p1np", {"menopausal_status": "transition"}, None),
            ("p1np", {"sex": "male", "age": 29}, ("31", "96")),
            ("p1np", {"sex": "male", "age": 79}, ("16", "68")),
            ("p1np", {"age": 39, "assay": "roche"}, ("17", "83")),
            ("alp_bone", {"menopausal_status": "pre"}, ("6.0", "22.7")),
            ("alp_bone", {"menopausal_status": "post"}, ("8.1", "31.6")),
            ("alp_bone", {"sex": "male"}, ("7.4", "27.7")),
            ("alp_bone", {"age": 37, "assay": "Roche"}, ("5.8", "17.5")),
        ],
    )
    def test_of_bone_markers_needs_the_assay(self, analyte: str, who: Any, expected: Any) -> None:
        woman = {"sex": "female", "assay": "IDS iSYS automated"}
        assert limits(analyte, **woman | who) == expected

    def test_is_never_given_for_numbers_of_an_assay_without_its_name(self) -> None:
        named = {key for key, row in ANALYTES.items() if row.assay_specific}
        assert named == {"ctx", "p1np", "alp_bone", "igf1", "igfbp2", "sclerostin", "irisin"}
        assert all(row.assay for key in named for row in ANALYTES[key].fallback)

    @pytest.mark.parametrize(
        ("analyte", "value", "side"),
        [
            ("pth", "14.9", "below"), ("pth", "15", "within"), ("pth", "65", "within"),
            ("pth", "65.1", "above"), ("hscrp", "0", "within"), ("hscrp", "2.9", "within"),
            ("hscrp", "3", "above"),
        ],
    )  # fmt: skip
    def test_tells_the_side(self, analyte: str, value: str, side: str) -> None:
        row = fallback_for(analyte, age=40)
        assert row is not None
        assert row.side(Decimal(value)) == side

    def test_acute_illness_has_its_own_line(self) -> None:
        assert {key: row.acute_above for key, row in ANALYTES.items() if row.acute_above} == {
            "hscrp": Decimal(10)
        }


class TestVariation:
    def test_differs_by_sex_where_published(self) -> None:
        assert [variation_of("pth", sex) is None for sex in ("male", "female", None)] == [
            False, False, True,
        ]  # fmt: skip
        assert variation_of("testosterone", "female") is None
        assert variation_of("gold") is None

    @pytest.mark.parametrize(
        ("analyte", "sex", "cvi", "cvg"),
        [
            ("vitd_25oh", None, "12.1", "40"), ("pth", "male", "13.0", "26.8"),
            ("pth", "female", "15.2", "27.8"), ("calcium", None, "2.1", "2.5"),
            ("phosphate", None, "8.2", "11"), ("alp", None, "6.5", "26"),
            ("alp_bone", None, "6.2", "36"), ("ctx", None, "15.1", None),
            ("p1np", None, "8.8", None), ("albumin", None, "3.2", "4.8"),
            ("creatinine", None, "4.5", "14"), ("igf1", None, "14.6", "45"),
            ("testosterone", "male", "9.3", "24"), ("hscrp", None, "42", "76"),
            ("tsh", None, "19", "25"),
        ],
    )  # fmt: skip
    def test_is_the_printed_one(self, analyte: str, sex: Any, cvi: str, cvg: str | None) -> None:
        row = variation_of(analyte, sex)
        assert row is not None
        assert (row.cvi_pct, row.cvg_pct) == (Decimal(cvi), cvg and Decimal(cvg))


class TestConvert:
    @given(
        pair=st.sampled_from(CONVERTIBLE),
        value=st.decimals("0.01", "9999.99", places=2).map(float),
    )
    def test_comes_back_to_the_value(self, pair: Any, value: float) -> None:
        analyte, unit = pair
        base = ANALYTES[analyte].unit
        there = run("lab.convert", {"analyte": analyte, "value": value, "from": unit, "to": base})
        back = run(
            "lab.convert", {"analyte": analyte, "value": there["value"], "from": base, "to": unit}
        )
        assert back["value"] == pytest.approx(value, rel=1e-12)

    @given(st.decimals("0.1", "500", places=1))
    def test_of_printed_vitamin_d_meets_the_limits_exactly(self, ng_ml: Decimal) -> None:
        inputs = {"analyte": "vitd_25oh", "from": "nmol/L", "to": "ng/mL"}
        nmol_l = float(ng_ml * Decimal("2.496"))
        assert run("lab.convert", inputs | {"value": nmol_l})["value"] == float(ng_ml)

    @pytest.mark.parametrize(
        ("analyte", "source", "target"),
        [("calcium_ionised", "mg/dL", "mmol/L"), ("igfbp2", "nmol/L", "ng/mL"),
         ("vitd_25oh", "nmol/L", "pmol/L"), ("ferritin", "ng/mL", "pmol/L"),
         ("irisin", "ng/mL", "ug/L")],
    )  # fmt: skip
    def test_refuses_what_has_no_factor(self, analyte: str, source: str, target: str) -> None:
        inputs = {"analyte": analyte, "value": 1, "from": source, "to": target}
        assert run("lab.convert", inputs)["reason"] == "no_conversion"
