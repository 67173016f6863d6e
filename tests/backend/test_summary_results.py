"""Which laboratory results a finding may rest on: how near, of which sample, and how sampled."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from backend.days import months_later
from backend.feed.bodies import fields_of
from backend.readmodels import Observation
from backend.records.athlete_profile import AthleteProfile
from backend.records.converting import up_convert
from backend.records.lab_result import LAB_RESULT, observe
from backend.records.server_owned import Finding
from backend.summary.patterns import HIGH_CALCIUM, recent_pattern
from backend.summary.requirements import required
from backend.summary.series import points_of
from tests.backend.build import START, TODAY, about, uid, vitamin_d
from tests.backend.test_summary_findings import (
    GIRL_15,
    WOMAN_30,
    WOMAN_70,
    ago,
    area,
    levels,
    noon,
    record,
    summary,
)

UNITS = {
    "calcium": "mg/dL", "calcium_ionised": "mmol/L", "pth": "pg/mL", "albumin": "g/dL",
    "hscrp": "mg/L", "ctx": "ng/L", "vitd_25oh": "ng/mL",
}  # fmt: skip
PREGNANT = msgspec.structs.replace(WOMAN_30, pregnant=True)
Results = list[Observation]


def lab(
    analyte: str, value: float | str | None, days: int, number: int = 0, **more: Any
) -> Observation:
    """Return a result of so many days ago; its record is numbered by its analyte."""
    own = number or list(UNITS).index(analyte) + 1
    limits = {
        name: Decimal(str(more.pop(name))) for name in ("ref_low", "ref_high") if name in more
    }
    text = None if value is None else str(value)
    return vitamin_d(
        text, on=ago(days), record=own, analyte=analyte, unit=UNITS[analyte], **limits, **more
    )


def bound(analyte: str, comparator: str, value: str, days: int, **more: Any) -> Observation:
    """Return a result of which only a bound was printed, such as ``>150``."""
    return lab(
        analyte, None, days, 90,
        **{"comparator": comparator, "source_value": Decimal(value), "flags": ("censored",),
           "source_unit": UNITS[analyte], **more},
    )  # fmt: skip


def patterns(*results: Observation, profile: AthleteProfile = WOMAN_70) -> dict[str, Finding]:
    """Return the findings of several results, fresh or stale, by their codes."""
    found = area("nutrition_hormones", profile=profile, observations=results)
    both = [*found.findings, *found.stale]
    return {one.code: one for one in both if not one.code.startswith("vitd_")}


class TestHighCalcium:
    def test_is_not_erased_by_a_newer_vitamin_d(self) -> None:
        found = summary(observations=[lab("calcium", 12.5, 100), lab("vitd_25oh", 30, 5)])
        assert found.safety == ("high_calcium_pth_unknown",)

    def test_is_dated_by_calcium_and_names_no_other_record(self) -> None:
        results = [lab("calcium", 12.5, 80), lab("vitd_25oh", 30, 5)]
        found = patterns(*results)["high_calcium_pth_unknown"]
        assert found.observed_on == ago(80)
        assert found.observation_ids == (results[0].record_id,)
        assert "13 March 2026" in found.text["en"]

    @pytest.mark.parametrize("days", [10, 190])
    def test_is_read_with_a_pth_within_ninety_days_on_either_side(self, days: int) -> None:
        calcium, pth = lab("calcium", 12.5, 100), lab("pth", 10, days)
        found = patterns(calcium, pth)["high_calcium_pth_suppressed"]
        assert found.observed_on == ago(100)
        assert found.observation_ids == (calcium.record_id, pth.record_id)

    @pytest.mark.parametrize("days", [9, 191])
    def test_is_read_without_a_pth_further_away(self, days: int) -> None:
        found = patterns(lab("calcium", 12.5, 100), lab("pth", 10, days))
        assert found.keys() == {"high_calcium_pth_unknown"}

    def test_matters_for_a_year(self) -> None:
        def safety(days: int) -> tuple[str, ...]:
            return summary(observations=[lab("calcium", 12.5, days)]).safety

        assert safety(365) == ("high_calcium_pth_unknown",)
        assert safety(366) == ()

    def test_is_asked_to_be_confirmed_for_a_year(self) -> None:
        found = recent_pattern(about(lab("calcium", 12.5, 365)), HIGH_CALCIUM)
        assert found is not None
        assert found.on == ago(365)
        assert recent_pattern(about(lab("calcium", 12.5, 366)), HIGH_CALCIUM) is None

    def test_is_told_beside_an_older_low_vitamin_d_with_high_pth(self) -> None:
        results = [lab("calcium", 12.5, 3), lab("vitd_25oh", 15, 200), lab("pth", 90, 180)]
        found = patterns(*results)
        assert found.keys() == {"high_calcium_pth_unknown", "low_d_high_pth"}

    @pytest.mark.parametrize(
        ("printed", "is_high"),
        [
            ({}, True),
            ({"ref_low": 1.15, "ref_high": 1.5}, False),
            ({"ref_low": 1.15}, True),
            ({"ref_low": 1.15, "ref_high": 0}, True),
        ],
    )
    def test_ionised_is_held_to_the_usual_limit_unless_one_was_printed(
        self, printed: Any, is_high: bool
    ) -> None:
        found = patterns(lab("calcium_ionised", 1.4, 3, **printed))
        assert bool(found) is is_high

    @pytest.mark.parametrize("value", [0.3, 1.2, 3])
    def test_ionised_at_any_plausible_value_hides_no_other_pattern(self, value: float) -> None:
        results = [lab("vitd_25oh", 15, 5), lab("pth", 90, 5), lab("calcium_ionised", value, 5)]
        expected = {"high_calcium_pth_not_suppressed"} if value == 3 else {"low_d_high_pth"}
        assert patterns(*results).keys() == expected

    @pytest.mark.parametrize(("days", "is_high"), [(85, True), (2, False), (1, False)])
    def test_total_gives_way_to_ionised_of_the_same_sample_or_newer(
        self, days: int, is_high: bool
    ) -> None:
        found = patterns(lab("calcium", 13, 1), lab("calcium_ionised", 1.22, days))
        assert bool(found) is is_high

    def test_is_corrected_for_the_albumin_of_its_own_sample(self) -> None:
        own, newer = lab("albumin", 2, 30), lab("albumin", 4, 3, 41)
        calcium = lab("calcium", 9.8, 30)
        assert patterns(calcium, own).keys() == {"high_calcium_pth_unknown"}
        assert patterns(calcium, own, newer).keys() == {"high_calcium_pth_unknown"}
        assert patterns(calcium, newer) == {}

    def test_is_corrected_for_the_nearest_albumin(self) -> None:
        near, next_day = lab("albumin", 2, 30), lab("albumin", 4, 29, 41)
        assert patterns(lab("calcium", 9.8, 30), near, next_day) != {}
        assert patterns(lab("calcium", 9.8, 29), near, next_day) == {}

    def test_beyond_what_can_be_true_once_corrected_is_high_all_the_same(self) -> None:
        found = patterns(lab("calcium", 19.5, 1), lab("albumin", 2, 1))
        assert found.keys() == {"high_calcium_pth_unknown"}

    @pytest.mark.parametrize("limit", [0, 99])
    def test_is_held_to_the_usual_limit_where_an_impossible_one_was_printed(
        self, limit: int
    ) -> None:
        found = patterns(lab("calcium", 13, 1, ref_high=limit))
        assert found.keys() == {"high_calcium_pth_unknown"}

    def test_is_seen_beside_a_pth_with_an_impossible_limit(self) -> None:
        found = patterns(lab("calcium", 13, 1), lab("pth", 60, 1, ref_high=0))
        assert found.keys() == {"high_calcium_pth_not_suppressed"}


class TestLowVitaminDWithHighPth:
    D, PTH = lab("vitd_25oh", 15, 60), lab("pth", 90, 20)

    def test_is_dated_by_the_newer_and_names_both_alone(self) -> None:
        found = patterns(self.D, self.PTH, lab("calcium", 9.5, 5))["low_d_high_pth"]
        assert found.observed_on == ago(20)
        assert found.observation_ids == (self.D.record_id, self.PTH.record_id)
        assert "12 May 2026" in found.text["en"]

    def test_is_not_erased_by_a_newer_calcium(self) -> None:
        results = [lab("vitd_25oh", 15, 160), lab("pth", 90, 150), lab("calcium", 9.5, 5)]
        assert patterns(*results).keys() == {"low_d_high_pth"}

    def test_is_none_beside_a_high_calcium_of_its_days(self) -> None:
        found = patterns(self.D, self.PTH, lab("calcium", 12.5, 5))
        assert found.keys() == {"high_calcium_pth_not_suppressed"}

    @pytest.mark.parametrize(("days", "together"), [(90, True), (91, False)])
    def test_needs_both_within_ninety_days(self, days: int, together: bool) -> None:
        found = patterns(lab("vitd_25oh", 15, days), lab("pth", 90, 0))
        assert bool(found) is together

    def test_says_nothing_in_pregnancy(self) -> None:
        assert patterns(self.D, self.PTH, profile=PREGNANT) == {}

    def test_is_held_to_the_usual_limit_where_an_impossible_one_was_printed(self) -> None:
        assert "low_d_high_pth" in patterns(self.D, lab("pth", 90, 20, ref_high=0))
        assert patterns(self.D, lab("pth", 60, 20, ref_high=0)) == {}


class TestVitaminDInTheToxicityRange:
    CODE = "vitd_toxicity_range"

    def test_is_a_matter_of_safety_in_pregnancy(self) -> None:
        found = summary(profile=PREGNANT, observations=[lab("vitd_25oh", 151, 5)])
        assert found.safety == (self.CODE,)
        assert "Contact a clinician" in found.next_step["en"]
        assert summary(profile=PREGNANT, observations=[lab("vitd_25oh", 150, 5)]).safety == ()

    @pytest.mark.parametrize("profile", [WOMAN_70, PREGNANT])
    def test_is_a_matter_of_safety_when_only_a_bound_was_printed(self, profile: Any) -> None:
        whole = summary(profile=profile, observations=[bound("vitd_25oh", ">", "150", 5)])
        (found,) = whole.domains["nutrition_hormones"].findings
        assert (whole.safety, found.level, found.value) == ((self.CODE,), 2, None)
        assert "Your 25-OH vitamin D was >150 ng/mL on 27 May 2026." in found.text["en"]

    def test_is_read_in_the_unit_of_the_bound(self) -> None:
        def safety(nmol_l: str) -> tuple[str, ...]:
            seen = bound("vitd_25oh", ">", nmol_l, 5, source_unit="nmol/L")
            return summary(observations=[seen]).safety

        assert safety("400") == (self.CODE,)
        assert safety("250") == ()

    @pytest.mark.parametrize(
        "change",
        [
            {"comparator": ">="}, {"comparator": "<"}, {"source_value": Decimal(149)},
            {"flags": ("entered_in_error", "censored")}, {"source_value": None},
            {"source_unit": "furlongs"},
        ],
    )  # fmt: skip
    def test_is_not_read_into_other_bounds(self, change: Any) -> None:
        seen = msgspec.structs.replace(bound("vitd_25oh", ">", "150", 5), **change)
        assert summary(observations=[seen]).safety == ()

    def test_is_over_with_a_newer_result_and_after_a_year(self) -> None:
        old = bound("vitd_25oh", ">", "150", 60)
        assert summary(observations=[old, lab("vitd_25oh", 80, 5)]).safety == ()
        assert summary(observations=[bound("vitd_25oh", ">", "150", 366)]).safety == ()

    def test_is_told_once(self) -> None:
        whole = summary(observations=[lab("vitd_25oh", 200, 5)])
        assert whole.safety == (self.CODE,)

    def test_under_eighteen_needs_the_laboratorys_interval(self) -> None:
        plain = bound("vitd_25oh", ">", "150", 5)
        marked = msgspec.structs.replace(plain, ref_high=Decimal(100))
        assert summary(profile=GIRL_15, observations=[plain]).safety == ()
        assert summary(profile=GIRL_15, observations=[marked]).safety == (self.CODE,)


class TestCalciumIsKnown:
    def known(self, *results: Observation) -> bool:
        return required(about(*results))["nutrition_hormones"]["calcium_with_albumin"]

    def test_with_an_albumin_of_the_same_sample(self) -> None:
        calcium, albumin = lab("calcium", 9.5, 30), lab("albumin", 4, 30)
        assert self.known(calcium, albumin)
        assert self.known(calcium, albumin, lab("albumin", 4, 3, 41))
        assert not self.known(calcium, lab("albumin", 4, 3, 41))

    def test_by_a_recent_ionised_result_alone(self) -> None:
        assert self.known(lab("calcium_ionised", 1.2, 30))
        assert not self.known(lab("calcium_ionised", 1.2, 366))


class TestIllDays:
    MASS = record("body_composition", 59, measured_at=noon(30), method="scale", mass_kg=50)
    ALBUMIN = lab("albumin", 3.2, 31)

    def index(self, *results: Observation) -> dict[str, int]:
        found = area("nutrition_hormones", self.MASS, observations=[self.ALBUMIN, *results])
        return levels(found)

    @pytest.mark.parametrize(
        ("comparator", "value", "unit", "is_ill"),
        [
            (">", "100", "mg/L", True),
            (">", "10", "mg/L", True),
            (">=", "10", "mg/L", True),
            (">", "9.9", "mg/L", False),
            ("<", "100", "mg/L", False),
            (">", "1", "mg/dL", True),
            (">", "1", "furlongs", False),
        ],
    )
    def test_are_told_by_a_bound_too(
        self, comparator: str, value: str, unit: str, is_ill: bool
    ) -> None:
        seen = bound("hscrp", comparator, value, 31, source_unit=unit)
        assert (self.index(seen) == {}) is is_ill
        assert self.index() == {"gnri_moderate_risk": 2}

    def test_are_not_told_by_a_bound_entered_in_error(self) -> None:
        seen = bound("hscrp", ">", "100", 31, flags=("entered_in_error", "censored"))
        assert self.index(seen) != {}

    def test_leave_a_marked_albumin_out_under_eighteen(self) -> None:
        def found(*results: Observation) -> dict[str, int]:
            return levels(area("nutrition_hormones", profile=GIRL_15, observations=results))

        albumin = lab("albumin", 3.0, 3, ref_low=3.5)
        assert found(albumin) == {"albumin_below_lab_interval": 1}
        assert found(albumin, lab("hscrp", 80, 3, ref_high=5)) == {}
        older = lab("albumin", 3.2, 60, 41, ref_low=3.5)
        (told,) = area(
            "nutrition_hormones", profile=GIRL_15, observations=[albumin, older, lab("hscrp", 80, 3)]
        ).findings  # fmt: skip
        assert told.observed_on == ago(60)


class TestHeightAndMass:
    ALBUMIN = lab("albumin", 3.2, 31)

    def test_height_may_be_a_measured_one(self) -> None:
        untold = msgspec.structs.replace(WOMAN_70, height_cm=None)
        body = {"measured_at": noon(30), "method": "scale", "mass_kg": 50}
        tall = record("body_composition", 59, **body, height_cm=160)
        found = area("nutrition_hormones", tall, profile=untold, observations=[self.ALBUMIN])
        assert levels(found) == {"gnri_moderate_risk": 2}
        plain = record("body_composition", 59, **body)
        found = area("nutrition_hormones", plain, profile=untold, observations=[self.ALBUMIN])
        assert levels(found) == {}

    @pytest.mark.parametrize(("days", "counts"), [(365, True), (366, False)])
    def test_protein_is_held_to_a_mass_of_the_last_year(self, days: int, counts: bool) -> None:
        def day(number: int) -> Any:
            items = [{"uid": "p", "code": "protein", "amount": 50, "unit": "g"}]
            return record(
                "intake_log", 60 + number, taken_at=noon(number), local_date=str(ago(number)),
                kind="food", items=items, complete_day=True,
            )  # fmt: skip

        mass = record("body_composition", 59, measured_at=noon(days), method="scale", mass_kg=60)
        found = area("nutrition_hormones", mass, *(day(n) for n in (1, 2, 3)))
        assert ("protein_intake" in levels(found)) is counts


class TestTurnoverSampling:
    FASTED = {"collected_at": "2026-05-01T08:05:00+02:00", "fasting": True}

    def seen(self, number: int = 1, **fields: Any) -> Observation:
        body = {"status": "final", "analyte": "ctx", "value": 400, "unit": "ng/L", **self.FASTED}
        raw = msgspec.json.encode(body | fields)
        found = observe(uid(number), raw, zone="Europe/Berlin", now=START, flags=())
        assert found is not None
        return found

    @pytest.mark.parametrize(
        "change",
        [
            {"fasting": False},
            {"fasting": None},
            {"collected_at": "2026-05-01T10:00:00+02:00"},
            {"collected_at": "2026-05-01T23:00:00+02:00"},
            {"collected_at": "2026-05-01"},
            {"collected_at": "2026-05"},
            {"collected_at": "2026-05-01T00:00:00+02:00", "collected_precision": "day"},
        ],
    )
    def test_late_or_fed_is_shown_but_not_compared(self, change: Any) -> None:
        found = self.seen(**change)
        assert (found.usable, found.value) == (True, Decimal(400))
        assert found.flags == ("preanalytic_not_met",)
        assert points_of(about(found), "ctx") == []

    @pytest.mark.parametrize("at", ["2026-05-01T09:59:59+02:00", "2026-05-01T08:05:00Z"])
    def test_fasted_in_the_morning_is_compared(self, at: str) -> None:
        found = self.seen(collected_at=at)
        assert (found.usable, found.flags) == (True, ())
        assert [point.value for point in points_of(about(found), "ctx")] == [400]

    @pytest.mark.parametrize(("fasting", "flags"), [(True, ()), (False, ("preanalytic_not_met",))])
    def test_is_judged_in_what_older_apps_sent_too(self, fasting: bool, flags: Any) -> None:
        body = {
            "status": "final", "analyte": "ctx", "value": 400, "unit_source": "ng/L",
            "specimen_at": "2026-05-01T08:05:00+02:00", "fasting": fasting,
        }  # fmt: skip
        lifted = up_convert(LAB_RESULT, fields_of(msgspec.json.encode(body)), 1)
        found = observe(uid(1), msgspec.json.encode(lifted), zone=None, now=START, flags=())
        assert found is not None
        assert (found.usable, found.flags) == (True, flags)

    def test_of_other_analytes_does_not_matter(self) -> None:
        assert self.seen(analyte="p1np", unit="ug/L", fasting=False).flags == ()

    def test_does_not_hide_why_a_result_can_not_be_used(self) -> None:
        found = self.seen(fasting=False, status="preliminary")
        assert (found.usable, found.flags) == (False, ("preliminary", "preanalytic_not_met"))

    def test_under_eighteen_is_kept_out_of_what_is_marked(self) -> None:
        def found(seen: Observation) -> dict[str, int]:
            return levels(area("nutrition_hormones", profile=GIRL_15, observations=[seen]))

        assert found(self.seen(ref_high=300)) == {"ctx_above_lab_interval": 1}
        assert found(self.seen(ref_high=300, fasting=False)) == {}


class TestLaboratorysFlag:
    def seen(self, flag: str | None, number: int = 1, **fields: Any) -> Observation:
        body = {
            "status": "final", "analyte": "tsh", "value": 0.5, "unit": "m[IU]/L", "flag": flag,
            "collected_at": f"{ago(10 * number)}T08:05:00+00:00", **fields,
        }  # fmt: skip
        raw = msgspec.json.encode(body)
        found = observe(uid(number), raw, zone=None, now=START, flags=())
        assert found is not None
        return found

    def found(self, *seen: Observation, profile: AthleteProfile = WOMAN_70) -> dict[str, int]:
        return levels(area("nutrition_hormones", profile=profile, observations=seen))

    @pytest.mark.parametrize("flag", ["L", "LL", " l ", "Low"])
    def test_wins_over_the_usual_interval(self, flag: str) -> None:
        assert self.found(self.seen(flag)) == {"tsh_below_interval": 1}
        assert self.seen(flag).usable

    @pytest.mark.parametrize("flag", ["N", "Normal", "H"])
    def test_that_says_otherwise_wins_too(self, flag: str) -> None:
        low = self.seen(flag, value=0.3)
        assert self.found(low) == {}
        assert self.found(self.seen(None, value=0.3)) == {"tsh_below_interval": 1}

    @pytest.mark.parametrize("flag", ["A", "*", "", "<", None])
    def test_that_names_no_side_says_nothing(self, flag: str | None) -> None:
        assert self.seen(flag).flags == ()
        assert self.found(self.seen(flag)) == {}

    def test_says_nothing_beside_a_printed_interval(self) -> None:
        assert self.seen("L", ref_low=0.3, ref_high=4).flags == ()
        assert self.found(self.seen("L", ref_low=0.3, ref_high=4)) == {}

    def test_of_a_man_twice_below_needs_no_age_with_an_interval(self) -> None:
        man = AthleteProfile(sex="male", born_date=date(1960, 1, 1))
        told = {"analyte": "testosterone", "value": 300, "unit": "ng/dL"}
        one, two = self.seen("L", 1, **told), self.seen("L", 2, **told)
        assert self.found(one, two, profile=man) == {"testosterone_below_interval_twice": 2}
        assert self.found(one, self.seen(None, 2, **told), profile=man) == {}

    def test_marks_a_result_under_eighteen(self) -> None:
        one = self.seen("H", analyte="vitd_25oh", value=120, unit="ng/mL")
        told = area("nutrition_hormones", profile=GIRL_15, observations=[one, self.seen("L", 2)])
        assert levels(told) == {"vitd_25oh_above_lab_interval": 1, "tsh_below_lab_interval": 1}
        assert "marked it as high" in told.findings[0].text["en"]
        assert self.found(self.seen("N"), profile=GIRL_15) == {}

    def test_is_all_there_is_of_a_sample_of_childhood(self) -> None:
        just_18 = AthleteProfile(sex="female", born_date=months_later(ago(15), -18 * 12))
        child, adult = self.seen(None, 2, value=0.3), self.seen(None, 1, value=0.3)
        assert self.found(child, profile=just_18) == {}
        assert self.found(self.seen("L", 2), profile=just_18) == {"tsh_below_interval": 1}
        assert self.found(adult, profile=just_18) == {"tsh_below_interval": 1}

    def test_leaves_a_bound_what_it_is(self) -> None:
        ill = self.seen("H", analyte="hscrp", value=20, unit="mg/L", comparator=">")
        assert ill.flags == ("censored", "above_lab_interval")
        albumin = self.seen(None, 3, analyte="albumin", value=3, unit="g/dL", ref_low=3.5)
        same_day = msgspec.structs.replace(ill, local_date=albumin.local_date)
        assert self.found(albumin, profile=GIRL_15) == {"albumin_below_lab_interval": 1}
        assert self.found(albumin, same_day, profile=GIRL_15) == {}


def test_days_of_this_file_are_those_its_texts_name() -> None:
    assert (TODAY, ago(80)) == (date(2026, 6, 1), date(2026, 3, 13))
