"""The edges of each model: order of checks, inequalities, ranges, wrong types."""

import math
from decimal import Decimal
from typing import Any

import pytest

from backend.models import run


def missing(*names: str) -> dict[str, object]:
    return {"status": "missing_input", "missing": list(names)}


def wrong(field: str) -> dict[str, object]:
    return {"status": "out_of_range", "field": field}


class TestInputs:
    @pytest.mark.parametrize("value", [True, "3", math.nan, math.inf, -math.inf, [3], 10**400])
    def test_what_is_not_a_finite_number_is_out_of_range(self, value: Any) -> None:
        assert run("load.oi_block", {"intensity_bw": 3, "cycles": value}) == wrong("cycles")

    def test_missing_comes_before_wrong_and_is_sorted(self) -> None:
        inputs = {"kind": 7, "load_kg": -1}
        assert run("load.lift_intensity", inputs) == missing("body_mass_kg", "tempo")

    def test_a_decimal_is_a_number(self) -> None:
        assert run("lab.vitd_class", {"ng_ml": Decimal("11.99")})["cls"] == "very_low"

    def test_a_date_with_a_time_is_not_a_day(self) -> None:
        inputs = {"ng_ml": 10, "result_date": "2026-01-10T00:00:00+00:00"}
        assert run("rem.vitd_retest_low", inputs) == wrong("result_date")


class TestLiftIntensity:
    LIFT = {"kind": "standing", "tempo": "controlled", "load_kg": 100, "body_mass_kg": 80}

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"kind": "plank"}, {"status": "not_applicable", "reason": "unknown_kind"}),
            ({"kind": "plank", "body_mass_kg": None}, missing("body_mass_kg")),
            (
                {"kind": "plank", "load_kg": -1},
                {"status": "not_applicable", "reason": "unknown_kind"},
            ),
            ({"body_mass_kg": 24.9, "load_kg": 601}, wrong("body_mass_kg")),
            ({"load_kg": 600.1}, wrong("load_kg")),
            ({"tempo": "slow"}, wrong("tempo")),
            ({"body_mass_kg": True}, wrong("body_mass_kg")),
        ],
    )
    def test_checks_in_the_stated_order(self, change: Any, expected: Any) -> None:
        assert run("load.lift_intensity", self.LIFT | change) == expected

    @pytest.mark.parametrize(
        "change", [{"body_mass_kg": 25}, {"body_mass_kg": 250}, {"load_kg": 0}]
    )
    def test_includes_the_limits(self, change: Any) -> None:
        assert run("load.lift_intensity", self.LIFT | change)["status"] == "ok"

    def test_leg_press_takes_its_share(self) -> None:
        result = run("load.lift_intensity", self.LIFT | {"kind": "leg_press"})
        assert result["bw"] == pytest.approx(1.1 * 0.7 * 100 / 80)


class TestE1rm:
    @pytest.mark.parametrize(
        ("inputs", "heavy", "flag"),
        [
            ({"reps": 5, "rir": 2.6}, False, None),
            ({"reps": 12, "rir": 0}, False, None),
            ({"reps": 12, "rir": 0.5}, False, "reps_too_high_for_estimate"),
            ({"reps": 5, "rir": 6, "rpe": 10}, False, None),
            ({"reps": 5, "rpe": 10}, True, None),
        ],
    )
    def test_heavy_edges(self, inputs: Any, heavy: Any, flag: Any) -> None:
        result = run("load.e1rm", {"load_kg": 80} | inputs)
        assert (result["heavy"], result.get("flag")) == (heavy, flag)

    def test_a_single_is_its_own_maximum(self) -> None:
        result = run("load.e1rm", {"load_kg": 120, "reps": 1, "rir": 0})
        assert (result["e1rm_kg"], result["pct_1rm"]) == (120, 1.0)

    def test_less_than_one_repetition_is_none(self) -> None:
        assert run("load.e1rm", {"load_kg": 80, "reps": 0.5, "rir": 1}) == wrong("reps")


class TestSessionUnits:
    def test_an_edge_has_a_slack(self) -> None:
        result = run("load.session_blu", {"blocks": [{"bw": 3 - 5e-10, "cycles": 10}]})
        assert result["cycles_ge_3bw"] == 10

    def test_names_what_a_block_lacks(self) -> None:
        blocks = [{"bw": -1, "cycles": 3}, {"bw": 2}]
        assert run("load.session_blu", {"blocks": blocks}) == missing("cycles")

    def test_drops_blocks_without_cycles(self) -> None:
        result = run("load.session_blu", {"blocks": [{"bw": 4, "cycles": -5}]})
        assert (result["status"], result["blu"]) == ("ok", 0.0)

    @pytest.mark.parametrize("minutes", [0, -1, 1440.5])
    def test_an_estimate_needs_true_minutes_before_a_known_sport(self, minutes: Any) -> None:
        inputs = {"activity": "chess", "minutes": minutes}
        assert run("load.tier_c_session", inputs) == wrong("minutes")

    def test_a_whole_day_is_allowed(self) -> None:
        assert run("load.tier_c_session", {"activity": "walking", "minutes": 1440})["tier"] == "C"


class TestSelectTier:
    MEASURED = {"histogram": True, "placement": "hip", "body_mass_kg": 70, "coverage": 0.8}

    @pytest.mark.parametrize(
        ("change", "tier"),
        [
            ({}, "A"),
            ({"coverage": 0.79}, "D"),
            ({"coverage": None}, "D"),
            ({"body_mass_kg": None, "computable_sets": 1}, "B"),
            ({"placement": "lower_back"}, "A"),
            ({"histogram": False, "computable_sets": 0, "activity": "yoga", "minutes": 5}, "C"),
        ],
    )
    def test_takes_the_first_that_fits(self, change: Any, tier: Any) -> None:
        assert run("load.select_tier", self.MEASURED | change)["tier"] == tier


class TestDayUnits:
    def bout(self, start: str, end: str, bw: float = 4.0) -> dict[str, object]:
        day = "2026-03-02T"
        blocks = [{"bw": bw, "cycles": 50}]
        return {"start": f"{day}{start}:00+00:00", "end": f"{day}{end}:00+00:00", "blocks": blocks}

    def test_thirty_minutes_apart_are_two_groups(self) -> None:
        sessions = [self.bout("08:00", "08:20"), self.bout("08:50", "09:00")]
        groups: Any = run("load.day_blu", {"sessions": sessions})["groups"]
        assert len(groups) == 2

    def test_an_unloaded_group_does_not_reset_the_clock(self) -> None:
        sessions = [self.bout("08:00", "09:00"), self.bout("12:00", "13:00", bw=1.2)]
        alone = [*sessions[:1], self.bout("15:00", "16:00")]
        groups: Any = run("load.day_blu", {"sessions": [*sessions, alone[1]]})["groups"]
        by_itself: Any = run("load.day_blu", {"sessions": alone})["groups"]
        assert groups[1] == {"blu": 0.0, "factor": None}
        assert groups[2] == by_itself[1]

    def test_a_loading_end_after_the_start_can_not_be(self) -> None:
        inputs = {
            "sessions": [self.bout("08:00", "08:20")],
            "previous_loading_end": "2026-03-02T08:01:00+00:00",
        }
        assert run("load.day_blu", inputs) == wrong("previous_loading_end")

    def test_an_end_before_its_start_can_not_be(self) -> None:
        assert run("load.day_blu", {"sessions": [self.bout("08:00", "07:00")]}) == wrong("end")

    def test_an_instant_needs_an_offset(self) -> None:
        sessions = [self.bout("08:00", "08:20") | {"start": "2026-03-02T08:00:00"}]
        assert run("load.day_blu", {"sessions": sessions}) == wrong("start")


class TestBand:
    FULL = {
        "coverage_days": 28, "high_days_28": 0, "moderate_days_28": 0, "heavy_days_28": 0, "age": 40,
    }  # fmt: skip

    @pytest.mark.parametrize(
        ("change", "band", "flags"),
        [
            ({"coverage_days": 13}, "insufficient", []),
            ({"coverage_days": 14}, "review", []),
            ({"high_days_28": 11}, "mixed", []),
            ({"high_days_28": 8, "heavy_days_28": 8}, "supportive", []),
            ({"high_days_28": 7, "heavy_days_28": 7}, "mixed", []),
            ({"moderate_days_28": 12, "impact_limited": True}, "supportive", []),
            ({"moderate_days_28": 8}, "mixed", []),
            ({"moderate_days_28": 7}, "review", []),
            ({"coverage_days": 3, "egfr": 29.9}, "insufficient", ["bmd_expectation_suppressed"]),
            ({"high_days_28": 12, "egfr": 30}, "supportive", []),
        ],
    )
    def test_edges(self, change: Any, band: Any, flags: Any) -> None:
        result = run("load.band", self.FULL | change)
        assert result == {"status": "ok", "band": band, "flags": flags}

    def test_asks_nothing_where_impact_is_contraindicated(self) -> None:
        result = run("load.band", {"impact_contraindicated": True, "dialysis": True})
        assert result == {
            "status": "ok", "band": "not_applied", "flags": ["impact_contraindicated"],
        }  # fmt: skip

    def test_a_month_has_28_days(self) -> None:
        assert run("load.band", self.FULL | {"coverage_days": 29}) == wrong("coverage_days")

    def test_needs_an_age(self) -> None:
        assert run("load.band", self.FULL | {"age": None}) == missing("age")


class TestRamp:
    def test_needs_every_week(self) -> None:
        result = run("load.ramp", {"current_week": 5, "prior_weeks": [1, None, 2]})
        assert result == missing("prior_weeks")

    def test_one_and_a_half_is_not_large(self) -> None:
        result = run("load.ramp", {"current_week": 15, "prior_weeks": [10, 10, 10]})
        assert result == {"status": "ok", "ratio": 1.5, "flag": None}

    def test_names_everything_that_is_missing(self) -> None:
        result = run("load.ramp", {"prior_weeks": [1, None, 2]})
        assert result == missing("current_week", "prior_weeks")
        assert run("load.ramp", {"prior_weeks": 7}) == missing("current_week")

    @pytest.mark.parametrize(
        ("current", "prior", "flag"),
        [
            (15.3, [10.2, 10.2, 10.2], None),
            (15.6, [10.4, 10.4, 10.4], None),
            (15.61, [10.4, 10.4, 10.4], "large_step_up"),
            (40, [8.1, 8.2, 13.7], "large_step_up"),
            (40, [8.1, 8.2, 13.69], "baseline_too_small"),
        ],
    )
    def test_compares_what_is_printed(self, current: Any, prior: Any, flag: Any) -> None:
        result = run("load.ramp", {"current_week": current, "prior_weeks": prior})
        assert result["flag"] == flag

    def test_takes_three_weeks(self) -> None:
        assert run("load.ramp", {"current_week": 5, "prior_weeks": [1, 2]}) == wrong("prior_weeks")


class TestWeekQuality:
    @pytest.mark.parametrize(
        ("units", "tier"),
        [
            ({"A": 2.4, "B": 0, "C": 0.6}, "C"),
            ({"A": 80, "B": 0, "C": 20}, "C"),
            ({"A": 80, "B": 20, "C": 0}, "B"),
            ({"A": 80.1, "B": 19.9, "C": 0}, "A"),
        ],
    )
    def test_a_fifth_carries(self, units: Any, tier: Any) -> None:
        assert run("load.week_quality", {"blu_by_tier": units})["tier"] == tier


class TestLabModels:
    @pytest.mark.parametrize(
        ("value", "scheme", "cls"),
        [
            (12, None, "low"),
            (20, None, "adequate_for_most"),
            (30, None, "adequate"),
            (150, None, "high"),
            (150.1, None, "toxicity_range"),
            (0, "es2011", "deficiency"),
            (100.5, "es2011", "above_100"),
            (50, "iom2011", "adequate"),
            (50.1, "iom2011", "above_50"),
            (12, "iom2011", "at_risk_of_inadequacy"),
        ],
    )
    def test_vitamin_d_edges(self, value: Any, scheme: Any, cls: Any) -> None:
        assert run("lab.vitd_class", {"ng_ml": value, "scheme": scheme})["cls"] == cls

    def test_vitamin_d_range_holds_for_every_scheme(self) -> None:
        assert run("lab.vitd_class", {"ng_ml": 500.1, "scheme": "es2024"}) == wrong("ng_ml")
        assert run("lab.vitd_class", {"ng_ml": 5, "scheme": "mine"}) == wrong("scheme")

    @pytest.mark.parametrize(
        ("analyte", "value", "source", "target", "expected"),
        [
            ("vitd_25oh", 49.92, "nmol/L", "ng/mL", 20),
            ("vitd_25oh", 7, "ug/L", "ng/mL", 7),
            ("ctx", 0.3, "ug/L", "ng/L", 300),
            ("ctx", 300, "pg/mL", "ug/L", 0.3),
            ("tsh", 2, "u[IU]/mL", "m[IU]/L", 2),
            ("hscrp", 0.2, "mg/dL", "mg/L", 2),
            ("sclerostin", 40, "pmol/L", "pmol/L", 40),
        ],
    )
    def test_converts(
        self, analyte: Any, value: Any, source: Any, target: Any, expected: Any
    ) -> None:
        inputs = {"analyte": analyte, "value": value, "from": source, "to": target}
        assert run("lab.convert", inputs)["value"] == pytest.approx(expected)

    def test_refuses_an_unknown_unit(self) -> None:
        inputs = {"analyte": "albumin", "value": 4, "from": "stone", "to": "g/dL"}
        assert run("lab.convert", inputs)["reason"] == "no_conversion"


class TestSummaryModels:
    def finding(self, **change: object) -> dict[str, object]:
        return {
            "level": 0, "observed_on": "2026-05-01", "window_days": 30, "grade": "GL",
        } | change  # fmt: skip

    def domain(self, *findings: dict[str, object], **change: object) -> dict[str, object]:
        inputs = {
            "as_of": "2026-06-01", "findings": list(findings),
            "required_present": 1, "required_total": 2,
        }  # fmt: skip
        return run("summary.domain", inputs | change)

    def test_a_stale_finding_does_not_count(self) -> None:
        result = self.domain(self.finding(level=2))
        assert result == {
            "status": "ok", "band": "insufficient", "counted": 0, "stale": 1, "completeness": 0.5,
        }  # fmt: skip

    def test_half_of_the_items_is_enough(self) -> None:
        fresh = self.finding(window_days=31)
        assert self.domain(fresh)["band"] == "supportive"
        assert self.domain(fresh, required_total=3)["band"] == "insufficient"

    def test_what_is_not_applied_needs_nothing_else(self) -> None:
        assert run("summary.domain", {"not_applied": True})["band"] == "not_applied"

    @pytest.mark.parametrize("level", [3, -1, 1.5, True])
    def test_a_level_is_0_1_or_2(self, level: Any) -> None:
        assert self.domain(self.finding(level=level)) == wrong("level")

    def test_a_finding_has_a_grade(self) -> None:
        assert self.domain(self.finding(grade=None)) == missing("grade")

    def test_a_safety_finding_decides(self) -> None:
        result = run("summary.overall", {"bands": {"bone": "supportive"}, "safety_finding": True})
        assert result == {"status": "ok", "overall": "review", "domains_assessed": 1}

    def test_an_unknown_band_is_refused(self) -> None:
        assert run("summary.overall", {"bands": {"bone": "fine"}}) == wrong("bands")

    @pytest.mark.parametrize(
        ("grades", "completeness", "tier", "expected"),
        [
            (["GL"], 0.75, None, "high"),
            (["GL"], 0.74, None, "moderate"),
            (["XS"], 1, "B", "moderate"),
            (["XS", "ENG"], 1, "A", "low"),
            (["ENG"], 1, "C", "low"),
            (["GL"], 0.5, "C", "low"),
            (["GL"], 0.75, "C", "moderate"),
            (["GL"], 0.75, "D", "high"),
        ],
    )
    def test_confidence_edges(
        self, grades: Any, completeness: Any, tier: Any, expected: Any
    ) -> None:
        inputs = {"grades": grades, "completeness": completeness, "data_tier": tier}
        assert run("summary.confidence", inputs)["confidence"] == expected

    def test_the_lint_finds_every_claim_in_order(self) -> None:
        text = "Jumping PREVENTS fractures, proven; low D causes harm. Diagnosed because."
        found = run("summary.text_lint", {"text": text})["violations"]
        assert found == ["prevents", "proven", "causes", "diagnosed"]


class TestRetestModel:
    LOW = {"ng_ml": 14, "result_date": "2026-01-10"}

    @pytest.mark.parametrize(
        ("change", "due", "reason"),
        [
            ({"supplement_start": "2026-01-20"}, "2026-04-14", None),
            ({"ng_ml": 20, "newer_result": True}, None, "not_low"),
            ({"newer_result": True, "clinician_managed": True}, None, "newer_result"),
        ],
    )
    def test_reasons_in_order(self, change: Any, due: Any, reason: Any) -> None:
        result = run("rem.vitd_retest_low", self.LOW | change)
        assert result == {"status": "ok", "due": due, "reason": reason}
