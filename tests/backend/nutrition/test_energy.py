"""Energy availability, the Triad's score and the REDs indicators: points, ranges, order."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.models import run
from backend.nutrition.energy import OTHER_INDICATORS, SEVERE, bone_points, triad_of
from backend.results import Result
from tests.backend.asking import ask, missing, refused, wrong

ITEMS = ["bmd", "bmi", "bsi", "dietary", "menarche", "menses"]
CLEAR = {
    "age": 22, "dietary": "none", "bmi": 21, "menarche_age": 13, "menses_12mo": 12,
    "z_lowest": 0.1, "bsi_count": 0,
}  # fmt: skip


def ea(**change: object) -> Result:
    base: dict[str, object] = {
        "energy_intake_kcal": 2000, "exercise_kcal": 500, "ffm_kg": 50, "log_days": 3,
    }  # fmt: skip
    return ask("nutr.energy_availability", base, **change)


def triad(**change: object) -> Result:
    return ask("nutr.triad_cra", dict(CLEAR), **change)


class TestEnergyAvailability:
    @pytest.mark.parametrize(
        ("intake", "ffm", "zone"),
        [
            (1999, 50, "below_30"),
            (2000, 50, "30_to_45"),
            (2749, 50, "30_to_45"),
            (2750, 50, "at_least_45"),
            (500 + 1323, 44.1, "30_to_45"),
            (500 + 1984.5, 44.1, "at_least_45"),
            (100, 50, "below_30"),
        ],
    )
    def test_has_zones_that_include_their_lower_end(
        self, intake: float, ffm: float, zone: str
    ) -> None:
        result = ea(energy_intake_kcal=intake, ffm_kg=ffm)
        assert result["zone"] == zone
        assert result["ea"] == pytest.approx((intake - 500) / ffm)

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"log_days": 2}, refused("fewer_than_3_log_days")),
            ({"log_days": 2.9, "ffm_kg": None}, refused("fewer_than_3_log_days")),
            ({"log_days": 0, "ffm_kg": -1}, refused("fewer_than_3_log_days")),
            ({"log_days": None, "ffm_kg": -1}, missing("log_days")),
            ({"log_days": "many", "ffm_kg": None}, missing("ffm_kg")),
            ({"log_days": "many"}, wrong("log_days")),
            ({"log_days": -1}, wrong("log_days")),
            ({"ffm_kg": 0}, wrong("ffm_kg")),
            ({"exercise_kcal": -1}, wrong("exercise_kcal")),
            ({"energy_intake_kcal": True}, wrong("energy_intake_kcal")),
        ],
    )
    def test_checks_the_log_then_missing_then_range(self, change: Any, expected: Any) -> None:
        assert ea(**change) == expected


class TestTriadPoints:
    @pytest.mark.parametrize(
        ("change", "points"),
        [
            ({}, 0),
            ({"dietary": "some_restriction_or_history"}, 1),
            ({"dietary": "eating_disorder_criteria"}, 2),
            ({"bmi": 18.5}, 0),
            ({"bmi": 18.4}, 1),
            ({"bmi": 17.6}, 1),
            ({"bmi": 17.5}, 2),
            ({"menarche_age": 14.9}, 0),
            ({"menarche_age": 15}, 1),
            ({"menarche_age": 15.9}, 1),
            ({"menarche_age": 16}, 2),
            ({"menses_12mo": 10}, 0),
            ({"menses_12mo": 9}, 1),
            ({"menses_12mo": 6}, 1),
            ({"menses_12mo": 5}, 2),
            ({"menses_12mo": 0}, 2),
            ({"bsi_count": 1}, 1),
            ({"bsi_count": 2}, 2),
            ({"bsi_count": 7}, 2),
            ({"bsi_count": 1, "bsi_high_risk_site": True}, 2),
            ({"bsi_count": 1, "bsi_high_risk_site": False}, 1),
            ({"bsi_count": None, "bsi_high_risk_site": True}, 2),
            ({"hormonal_contraception": False}, 0),
        ],
    )
    def test_follow_the_table(self, change: Any, points: int) -> None:
        result = triad(**change)
        assert (result["score_min"], result["score_max"]) == (points, points)
        assert result["missing_items"] == []

    @pytest.mark.parametrize(
        ("z", "points"),
        [(-1.0, 0), (-1.04, 0), (-1.05, 1), (-1.1, 1), (-1.94, 1), (-1.95, 2), (-2.0, 2), (-3, 2)],
    )
    def test_of_bone_are_read_at_one_decimal(self, z: float, points: int) -> None:
        assert bone_points(z) == points
        assert triad(z_lowest=z)["score_min"] == points


class TestTriadRange:
    def test_is_open_for_every_missing_item(self) -> None:
        assert run("nutr.triad_cra", {"age": 22}) == {
            "status": "ok", "score_min": 0, "score_max": 12, "tier": "indeterminate",
            "missing_items": ITEMS,
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("change", "item"),
        [({"age": 17, "bmi": 15}, "bmi"), ({"hormonal_contraception": True, "menses_12mo": 0}, "menses"),
         ({"bsi_count": None, "bsi_high_risk_site": False}, "bsi")],
    )  # fmt: skip
    def test_counts_what_says_nothing_as_missing(self, change: Any, item: str) -> None:
        result = triad(**change)
        assert result["missing_items"] == [item]
        assert (result["score_min"], result["score_max"]) == (0, 2)

    @pytest.mark.parametrize(
        ("points", "gaps", "tier"),
        [(0, 0, "low"), (1, 0, "low"), (2, 0, "moderate"), (5, 0, "moderate"), (6, 0, "high"),
         (12, 0, "high"), (2, 1, "moderate"), (3, 1, "moderate"), (4, 1, "indeterminate"),
         (0, 1, "indeterminate"), (6, 3, "high")],
    )  # fmt: skip
    def test_has_a_tier_when_both_ends_agree(self, points: int, gaps: int, tier: str) -> None:
        known = 6 - gaps
        each = [min(2, max(0, points - 2 * place)) for place in range(known)]
        scored: dict[str, int | None] = dict.fromkeys(ITEMS)
        scored |= dict(zip(ITEMS, each, strict=False))
        result = triad_of(scored)
        assert (result.score_min, result.score_max) == (points, points + 2 * gaps)
        assert result.tier == tier

    @given(st.data())
    def test_contains_the_score_of_every_full_answer(self, data: Any) -> None:
        hidden = data.draw(st.sets(st.sampled_from(["dietary", "bmi", "menarche_age", "z_lowest"])))
        full = {
            "dietary": data.draw(st.sampled_from(["none", "eating_disorder_criteria"])),
            "bmi": data.draw(st.floats(12, 30)),
            "menarche_age": data.draw(st.integers(9, 18)),
            "z_lowest": data.draw(st.floats(-4, 3)),
        }
        whole: Any = triad(**full)
        part: Any = triad(**full | dict.fromkeys(hidden))
        assert part["score_min"] <= whole["score_min"] <= part["score_max"]
        assert part["tier"] in (whole["tier"], "indeterminate")

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"age": None, "bmi": -1}, missing("age")),
            ({"dietary": "vegan"}, wrong("dietary")),
            ({"bmi": 0}, wrong("bmi")),
            ({"bsi_count": 1.5}, wrong("bsi_count")),
            ({"bsi_high_risk_site": "hip"}, wrong("bsi_high_risk_site")),
            ({"hormonal_contraception": 1}, wrong("hormonal_contraception")),
            ({"z_lowest": -20}, wrong("z_lowest")),
            ({"menses_12mo": -1}, wrong("menses_12mo")),
        ],
    )
    def test_needs_an_age_and_true_answers(self, change: Any, expected: Any) -> None:
        assert triad(**change) == expected


class TestReds:
    @given(
        st.dictionaries(st.sampled_from((*SEVERE, *OTHER_INDICATORS)), st.none() | st.booleans())
    )
    def test_counts_severe_indicators_twice(self, answers: Any) -> None:
        count = sum((2 if name in SEVERE else 1) for name, yes in answers.items() if yes)
        assert run("nutr.reds_indicators", answers) == {
            "status": "ok", "primary_count": count, "level": 2 if count else 0,
        }  # fmt: skip

    @pytest.mark.parametrize("value", [1, "true", 0])
    def test_takes_yes_or_no_only(self, value: Any) -> None:
        assert run("nutr.reds_indicators", {"t3_low": value}) == wrong("t3_low")
