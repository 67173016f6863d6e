"""What scans, tests, questionnaires and single results come to, finding by finding."""

import re
import string
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest

from backend.bone.change import SITES
from backend.days import months_later
from backend.labs.analytes import ANALYTES
from backend.labs.models import SCHEMES
from backend.readmodels import LoadDay
from backend.records.athlete_profile import AthleteProfile
from backend.records.server_owned import DomainSummary, RiskSummary
from backend.summary import wording
from backend.summary.compose import compose
from backend.summary.facts import Facts, facts_of
from tests.backend.build import TODAY, days_back, load_day, uid, vitamin_d

WOMAN_70 = AthleteProfile(
    sex="female", born_date=date(1956, 1, 1), height_cm=160, menopausal_status="post"
)
WOMAN_30 = AthleteProfile(
    sex="female", born_date=date(1996, 1, 1), height_cm=168, menopausal_status="pre"
)
GIRL_15 = AthleteProfile(sex="female", born_date=date(2011, 1, 1), height_cm=165)
TRAINING = days_back(1, 3, 5, 8, 10, 12, 15, 17, 19, 22, 24, 26)
Records = list[tuple[str, UUID, bytes]]


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def noon(days: int) -> str:
    return f"{ago(days)}T12:00:00+00:00"


def record(type_name: str, number: int, /, **body: Any) -> tuple[str, UUID, bytes]:
    return type_name, uid(number), msgspec.json.encode(body)


def grip(days: int, kg: float, number: int = 10, **more: Any) -> tuple[str, UUID, bytes]:
    trials = [{"uid": "t", "value": kg, "unit": "kg"}]
    return record(
        "strength_test", number, tested_at=noon(days), test="grip", trials=trials,
        **{"side": "right", "device": "Jamar", **more},
    )  # fmt: skip


def gait(days: int, m_s: float, number: int = 20) -> tuple[str, UUID, bytes]:
    trials = [{"uid": "t", "value": m_s, "unit": "m/s"}]
    return record("strength_test", number, tested_at=noon(days), test="gait", trials=trials)


def lean(days: int, kg: float, number: int = 30, **more: Any) -> tuple[str, UUID, bytes]:
    told = {"method": "dxa", "device": "Lunar 1", **more}
    return record("body_composition", number, measured_at=noon(days), alm_kg=kg, **told)


def scan(
    days: int, number: int = 40, *, device_id: str = "A1", **sites: Any
) -> tuple[str, UUID, bytes]:
    results = [{"uid": site, "site": site, **values} for site, values in sites.items()]
    return record(
        "dxa_scan", number, scanned_at=noon(days), manufacturer="GE", model="Lunar",
        device_id=device_id, site_results=results,
    )  # fmt: skip


def facts(*records: tuple[str, UUID, bytes]) -> Facts:
    return facts_of(records, zone="UTC")


def summary(
    *records: tuple[str, UUID, bytes],
    profile: AthleteProfile = WOMAN_70,
    observations: Any = (),
    load_days: Any = TRAINING,
) -> RiskSummary:
    return compose(
        as_of=TODAY, covers_seq=1, profile=profile, load_days=load_days, coverage_days=28,
        observations=observations, facts=facts(*records), locales=wording.LOCALES,
    )  # fmt: skip


def area(name: str, *records: tuple[str, UUID, bytes], **more: Any) -> DomainSummary:
    return summary(*records, **more).domains[name]


def levels(found: DomainSummary) -> dict[str, int]:
    return {finding.code: finding.level for finding in found.findings}


class TestMuscle:
    def test_of_older_people_is_staged(self) -> None:
        found = area("muscle", grip(30, 20), gait(30, 1.2), lean(60, 18.0))
        assert levels(found) == {"muscle_none": 0}
        assert (found.band, found.completeness) == ("supportive", 1.0)

    def test_that_is_weak_is_worth_raising_even_when_mass_is_unknown(self) -> None:
        found = area("muscle", grip(30, 15.9))
        assert levels(found) == {"muscle_probable_mass_unknown": 2}
        assert found.band == "review"
        assert "below the cut-off" in found.findings[0].text["en"]

    def test_by_the_other_definition_has_other_cut_offs(self) -> None:
        profile = msgspec.structs.replace(WOMAN_70, sarcopenia_definition="awgs2019")
        assert levels(area("muscle", grip(30, 17), profile=profile)) == {"muscle_possible": 2}
        assert levels(area("muscle", grip(30, 17))) == {"muscle_none": 0}

    def test_measured_two_years_ago_is_stale(self) -> None:
        found = area("muscle", grip(366, 15))
        assert [one.code for one in found.stale] == ["muscle_probable_mass_unknown"]
        assert (found.band, found.findings) == ("insufficient", ())
        assert "strength_test" in found.missing

    @pytest.mark.parametrize(
        ("definition", "newer", "is_stale"),
        [
            ("ewgsop2", "tug", True),
            ("ewgsop2", "gait", True),
            ("awgs2019", "tug", True),
            ("awgs2019", "gait", False),
        ],
    )
    def test_is_not_made_fresh_by_a_test_that_alone_gives_no_stage(
        self, definition: str, newer: str, is_stale: bool
    ) -> None:
        profile = msgspec.structs.replace(WOMAN_70, sarcopenia_definition=definition)
        walk = {"trials": [{"uid": "t", "value": 5, "unit": "s"}], "distance_m": 6}
        test = record("strength_test", 20, tested_at=noon(5), test=newer, **walk)
        found = area("muscle", grip(366, 15), test, lean(10, 18.0), profile=profile)
        assert (found.findings == (), len(found.stale)) == (is_stale, int(is_stale))

    def test_of_younger_adults_is_held_to_a_borrowed_cut_off(self) -> None:
        low = area("muscle", lean(30, 15.0), profile=WOMAN_30)
        assert levels(low) == {"muscle_mass_below_older_cutoff": 1}
        assert low.findings[0].grade == "XS"
        enough = area("muscle", lean(30, 18.0), profile=WOMAN_30)
        assert levels(enough) == {"muscle_mass_above_older_cutoff": 0}

    def test_is_held_to_what_the_age_on_the_day_of_the_test_asks(self) -> None:
        just_60 = msgspec.structs.replace(WOMAN_30, born_date=months_later(ago(10), -60 * 12))
        before = area("muscle", grip(30, 10), lean(30, 14.0), profile=just_60)
        assert levels(before) == {"muscle_mass_below_older_cutoff": 1}
        after = area("muscle", grip(5, 10), lean(30, 14.0), profile=just_60)
        assert levels(after) == {"muscle_confirmed_performance_unknown": 2}
        assert levels(area("muscle", lean(5, 14.0), profile=just_60)) == {}

    @pytest.mark.parametrize(("definition", "newer"), [("ewgsop2", "gait"), ("awgs2019", "tug")])
    def test_is_no_older_by_a_test_that_alone_gives_no_stage(
        self, definition: str, newer: str
    ) -> None:
        sixty = months_later(ago(10), -60 * 12)
        profile = msgspec.structs.replace(
            WOMAN_30, born_date=sixty, sarcopenia_definition=definition
        )
        walk = {"trials": [{"uid": "t", "value": 5, "unit": "s"}], "distance_m": 6}
        test = record("strength_test", 20, tested_at=noon(5), test=newer, **walk)
        found = area("muscle", grip(30, 10), test, lean(30, 14.0), profile=profile)
        assert levels(found) == {"muscle_mass_below_older_cutoff": 1}

    def test_mass_that_was_measured_in_childhood_is_never_classed(self) -> None:
        just_18 = msgspec.structs.replace(WOMAN_30, born_date=months_later(ago(10), -18 * 12))
        assert levels(area("muscle", lean(30, 14.0), profile=just_18)) == {}
        adult = area("muscle", lean(5, 14.0), profile=just_18)
        assert levels(adult) == {"muscle_mass_below_older_cutoff": 1}

    def test_grip_that_fell_by_five_kilograms_is_a_real_decrease(self) -> None:
        found = area("muscle", grip(30, 30, 11), grip(200, 35, 12), profile=WOMAN_30)
        assert levels(found) == {"grip_kg_decrease": 1}
        assert found.findings[0].trend == "worsening"
        assert found.findings[0].observation_ids == (uid(11), uid(12))

    @pytest.mark.parametrize("other", [{"side": "left"}, {"device": "other"}])
    def test_of_another_hand_or_dynamometer_is_not_compared(self, other: Any) -> None:
        found = area("muscle", grip(30, 30, 11), grip(200, 40, 12, **other), profile=WOMAN_30)
        assert levels(found) == {}

    def test_lean_mass_of_two_devices_is_not_compared(self) -> None:
        same = area("muscle", lean(30, 17, 31), lean(200, 19, 32), profile=WOMAN_30)
        assert levels(same)["alm_kg_decrease"] == 1
        other = area(
            "muscle", lean(30, 17, 31), lean(200, 19, 32, device="Lunar 2"), profile=WOMAN_30
        )
        assert "alm_kg_decrease" not in levels(other)

    @pytest.mark.parametrize("ids", [(1, 2), (2, 1)])
    def test_that_fell_in_one_hand_is_not_hidden_by_the_other(self, ids: Any) -> None:
        found = area(
            "muscle", grip(9, 30, ids[0], side="right"), grip(9, 45, ids[1], side="left"),
            grip(200, 40, 3, side="right"), grip(200, 38, 4, side="left"), profile=WOMAN_30,
        )  # fmt: skip
        assert levels(found) == {"grip_kg_decrease": 1}
        assert found.findings[0].observation_ids == (uid(ids[0]), uid(3))

    @pytest.mark.parametrize("test", ["gait", "tug"])
    @pytest.mark.parametrize(
        ("definition", "stage"), [("ewgsop2", "severe"), ("awgs2019", "severe")]
    )
    def test_of_who_can_not_walk_is_low(self, test: str, definition: str, stage: str) -> None:
        if (test, definition) == ("tug", "awgs2019"):
            stage = "sarcopenia"  # timed up and go is no part of it
        profile = msgspec.structs.replace(WOMAN_70, sarcopenia_definition=definition)
        good = {"trials": [{"uid": "t", "value": 5, "unit": "s"}], "distance_m": 6}
        tests = (
            record("strength_test", 20, tested_at=noon(2), test=test, unable=True),
            record("strength_test", 21, tested_at=noon(100), test=test, **good),
        )
        found = area("muscle", grip(30, 10), *tests, lean(60, 12.0), profile=profile)
        assert f"muscle_{stage}" in levels(found)

    def test_of_who_can_not_rise_is_low_by_the_other_definition_too(self) -> None:
        profile = msgspec.structs.replace(WOMAN_70, sarcopenia_definition="awgs2019")
        unable = record("strength_test", 20, tested_at=noon(2), test="chair_stand_5x", unable=True)
        assert levels(area("muscle", unable, profile=profile)) == {"muscle_possible": 2}
        assert levels(area("muscle", unable)) == {"muscle_probable_mass_unknown": 2}

    def test_best_of_a_day_outweighs_not_being_able(self) -> None:
        unable = record("strength_test", 99, tested_at=noon(30), test="gait", unable=True)
        found = area("muscle", grip(30, 10), gait(30, 1.2), unable, lean(60, 12.0))
        assert "muscle_confirmed" in levels(found)

    @pytest.mark.parametrize(
        ("metres", "counts"), [(2.9, False), (3, True), (4, True), (6, True), (6.1, False)]
    )
    def test_walks_of_three_to_six_metres_count(self, metres: float, counts: bool) -> None:
        for unit, value in (("s", metres), ("m/s", 1.0)):
            walk = record(
                "strength_test", 20, tested_at=noon(2), test="gait", distance_m=metres,
                trials=[{"uid": "t", "value": value, "unit": unit}],
            )  # fmt: skip
            assert ("performance_test" not in area("muscle", walk).missing) is counts

    BATTERY = {
        "side_by_side_s": 10, "semi_tandem_s": 10, "tandem_s": 10, "walk_s": 4, "chair_5x_s": 10,
        "walk_distance_m": 4,
    }  # fmt: skip

    @pytest.mark.parametrize("part", sorted(BATTERY.keys() - {"walk_distance_m"}))
    def test_a_battery_without_a_part_counts_only_when_it_could_not_be_done(
        self, part: str
    ) -> None:
        def known(**more: Any) -> bool:
            row = record("strength_test", 20, tested_at=noon(2), test="sppb", **more)
            return "performance_test" not in area("muscle", row).missing

        told = {name: value for name, value in self.BATTERY.items() if name != part}
        assert known(**self.BATTERY)
        assert not known(**told)
        assert known(**told, unable=True)

    def test_a_battery_of_which_nothing_could_be_done_has_no_points(self) -> None:
        row = record("strength_test", 20, tested_at=noon(2), test="sppb", unable=True)
        found = area("muscle", grip(30, 10), row, lean(60, 12.0))
        assert "muscle_severe" in levels(found)

    def test_of_an_unknown_age_is_held_to_no_cut_off(self) -> None:
        nobody = msgspec.structs.replace(WOMAN_30, born_date=None)
        assert levels(area("muscle", lean(30, 15.0), profile=nobody)) == {}

    @pytest.mark.parametrize(
        ("more", "said"),
        [
            ({}, "the same device and side were compared"),
            ({"side": None}, "with the same device"),
            ({"device": None}, "Two tests only."),
        ],
    )
    def test_names_a_device_only_when_it_is_recorded(self, more: Any, said: str) -> None:
        found = area("muscle", grip(9, 30, 1, **more), grip(99, 40, 2, **more), profile=WOMAN_30)
        text = found.findings[0].text["en"]
        assert said in text
        assert ("device" in text) is ("device" not in more)

    def test_is_not_rated_under_eighteen(self) -> None:
        found = area("muscle", grip(30, 10), lean(30, 12), profile=GIRL_15)
        assert (found.band, levels(found)) == ("not_applied", {})


class TestBone:
    @pytest.mark.parametrize(
        ("t_score", "code", "level"),
        [
            (-1.0, "bone_normal", 0),
            (-1.04, "bone_normal", 0),
            (-1.1, "bone_low_bone_mass", 1),
            (-2.4, "bone_low_bone_mass", 1),
            (-2.5, "bone_osteoporosis_range", 2),
        ],
    )
    def test_is_classed_by_its_lowest_score(self, t_score: float, code: str, level: int) -> None:
        scanned = scan(100, total_hip={"t_score": t_score}, lumbar_spine={"t_score": 0.5})
        assert levels(area("bone", scanned)) == {code: level}

    def test_of_a_child_is_told_by_z_alone(self) -> None:
        low = scan(100, lumbar_spine={"z_score": -2.0, "t_score": -3.0})
        found = area("bone", low, profile=GIRL_15)
        assert levels(found) == {"bone_low_for_age": 2}
        assert "osteoporosis" not in found.findings[0].text["en"].lower()

    def test_of_an_athlete_is_watched_from_minus_one(self) -> None:
        athlete = msgspec.structs.replace(WOMAN_30, athlete_level="competitive")
        scanned = scan(100, lumbar_spine={"z_score": -1.0})
        assert levels(area("bone", scanned, profile=athlete)) == {"bone_z_low_in_an_athlete": 1}
        assert levels(area("bone", scanned, profile=WOMAN_30)) == {
            "bone_within_expected_for_age": 0
        }

    def test_lost_beyond_the_least_real_change_weighs_more_when_low(self) -> None:
        def scans(t_score: float) -> Records:
            site = {"bmd_g_cm2": 0.80, "t_score": t_score}
            return [scan(10, 41, total_hip=site), scan(740, 42, total_hip={"bmd_g_cm2": 0.85})]

        assert levels(area("bone", *scans(-0.5)))["bmd_total_hip_decrease"] == 1
        assert levels(area("bone", *scans(-1.0)))["bmd_total_hip_decrease"] == 2

    @pytest.mark.parametrize("newest", [(0.8, 0.6), (0.6, 0.8)])
    def test_lost_at_one_hip_is_not_hidden_by_the_other(self, newest: Any) -> None:
        def hips(days: int, number: int, left: float, right: float) -> Any:
            results = [
                {"uid": side, "site": "total_hip", "side": side, "bmd_g_cm2": bmd}
                for side, bmd in (("left", left), ("right", right))
            ]
            return record(
                "dxa_scan", number, scanned_at=noon(days), manufacturer="GE", model="Lunar",
                device_id="A1", site_results=results,
            )  # fmt: skip

        found = area("bone", hips(700, 41, 0.8, 0.8), hips(9, 42, *newest))
        assert "bmd_total_hip_decrease" in levels(found)

    def test_of_another_machine_is_not_compared(self) -> None:
        found = area(
            "bone", scan(10, 41, total_hip={"bmd_g_cm2": 0.6, "t_score": -1.5}),
            scan(740, 42, device_id="B2", total_hip={"bmd_g_cm2": 0.85}),
        )  # fmt: skip
        assert levels(found) == {"bone_low_bone_mass": 1}

    @pytest.mark.parametrize(
        ("site", "onset", "counts"),
        [
            ("hip", date(1990, 1, 1), True),
            ("vertebra L1", date(1990, 1, 1), True),
            ("wrist", date(2005, 12, 31), False),
            ("wrist", date(2006, 1, 1), True),
        ],
    )
    def test_fragility_fractures_count_for_ever(self, site: str, onset: date, counts: bool) -> None:
        broken = record(
            "injury", 50, kind="fracture", fragility=True, site=site, onset_date=str(onset)
        )
        assert ("fragility_fracture" in levels(area("bone", broken))) is counts

    def test_of_kidney_failure_is_shown_with_low_confidence(self) -> None:
        dialysis = msgspec.structs.replace(WOMAN_70, dialysis=True, injuries_reviewed_on=ago(30))
        scanned = scan(100, total_hip={"t_score": -1.5})
        found = area("bone", scanned, profile=dialysis)
        assert (found.band, found.confidence) == ("mixed", "low")
        assert "kidney" in found.findings[0].text["en"]
        well = msgspec.structs.replace(WOMAN_70, injuries_reviewed_on=ago(30))
        assert area("bone", scanned, profile=well).confidence == "high"

    @pytest.mark.parametrize(
        "newer",
        [
            {"tblh": {"t_score": -0.5, "bmd_g_cm2": 1.0}},
            {"lumbar_spine": {"t_score": -0.2}},
            {"lumbar_spine": {"z_score": 0.5}},
            {"total_hip": {"bmd_g_cm2": 0.9}},
        ],
        ids=["whole body", "spine alone", "z alone", "density alone"],
    )
    def test_that_is_low_is_not_hidden_by_a_later_scan_of_something_else(self, newer: Any) -> None:
        scans = (scan(500, 41, total_hip={"t_score": -3.0}), scan(10, 42, **newer))
        found = area("bone", *scans)
        (one,) = found.findings
        assert (one.code, one.level, one.value) == ("bone_osteoporosis_range", 2, -3.0)
        assert (one.observed_on, one.observation_ids) == (ago(500), (uid(41),))

    def test_goes_by_the_newest_score_of_each_site(self) -> None:
        older = scan(500, 41, total_hip={"t_score": -3.0}, lumbar_spine={"t_score": -1.2})
        newer = scan(10, 42, total_hip={"t_score": -2.0})
        (one,) = area("bone", older, newer).findings
        assert (one.code, one.value, one.observed_on) == ("bone_low_bone_mass", -2.0, ago(10))

    def test_forgets_a_site_scanned_before_the_window(self) -> None:
        newer = scan(10, 42, lumbar_spine={"t_score": -0.2})
        for days, code in ((1095, "bone_osteoporosis_range"), (1096, "bone_normal")):
            older = scan(days, 41, total_hip={"t_score": -3.0})
            assert [one.code for one in area("bone", older, newer).findings] == [code]

    def test_is_stale_when_every_score_is(self) -> None:
        scans = (
            scan(1500, 41, total_hip={"t_score": -3.0}),
            scan(1200, 42, lumbar_spine={"t_score": 0}),
        )
        found = area("bone", *scans)
        assert ([one.code for one in found.stale], found.findings) == (
            ["bone_osteoporosis_range"],
            (),
        )

    @pytest.mark.parametrize(
        ("z_score", "code"),
        [
            (-0.96, "bone_z_low_in_an_athlete"),
            (-0.94, "bone_within_expected_for_age"),
            (-1.94, "bone_z_low_in_an_athlete"),
            (-1.96, "bone_below_expected_for_age"),
        ],
    )
    def test_of_an_athlete_is_compared_at_one_decimal(self, z_score: float, code: str) -> None:
        athlete = msgspec.structs.replace(WOMAN_30, athlete_level="competitive")
        scanned = scan(100, lumbar_spine={"z_score": z_score})
        assert list(levels(area("bone", scanned, profile=athlete))) == [code]

    @pytest.mark.parametrize(("t_score", "level"), [(-0.94, 1), (-0.96, 2)])
    def test_lost_is_weighed_at_one_decimal(self, t_score: float, level: int) -> None:
        site = {"bmd_g_cm2": 0.80, "t_score": t_score}
        scans = (scan(10, 41, total_hip=site), scan(740, 42, total_hip={"bmd_g_cm2": 0.85}))
        assert levels(area("bone", *scans))["bmd_total_hip_decrease"] == level

    @pytest.mark.parametrize(
        ("site", "counts"),
        [
            ("left_hip", True), ("Femoral neck", True), ("femur_shaft", True), ("L1", True),
            ("vertebral body", True), ("th12", True), ("T1-T3", True), ("L4/L5", True),
            ("Hüfte links", True), ("Hu\u0308ftkopf", True), ("Schenkelhals", True),
            ("Oberschenkelhals", True), ("Wirbelkörper", True), ("Lendenwirbel", True),
            ("LWK 1", True), ("whiplash", False), ("ship", False), ("L6", False),
            ("T13", False), ("MT1", False), ("metatarsal", False), ("Handgelenk", False),
        ],
    )  # fmt: skip
    def test_counts_hip_and_spine_at_any_age(self, site: str, counts: bool) -> None:
        broken = record(
            "injury", 50, kind="fracture", fragility=True, site=site, onset_date="1990-01-01"
        )
        assert ("fragility_fracture" in levels(area("bone", broken))) is counts

    def test_texture_is_not_hidden_by_a_later_scan_without_it(self) -> None:
        scans = (scan(100, 41, lumbar_spine={"tbs": 1.1}), scan(10, 42, total_hip={"t_score": 0}))
        assert levels(area("bone", *scans))["tbs_degraded"] == 1

    def test_is_not_classed_in_pregnancy(self) -> None:
        pregnant = msgspec.structs.replace(WOMAN_30, pregnant=True)
        assert levels(area("bone", scan(9, total_hip={"z_score": -3}), profile=pregnant)) == {}


class TestNutrition:
    def test_low_vitamin_d_with_high_pth_is_a_pattern(self) -> None:
        seen = [vitamin_d("15"), vitamin_d("80", record=2, analyte="pth", unit="pg/mL")]
        found = area("nutrition_hormones", observations=seen)
        assert levels(found) == {"vitd_low": 1, "low_d_high_pth": 2}

    def test_results_more_than_ninety_days_apart_make_no_pattern(self) -> None:
        pth = vitamin_d("80", record=2, analyte="pth", unit="pg/mL", on=date(2026, 1, 30))
        found = area("nutrition_hormones", observations=[vitamin_d("15"), pth])
        assert levels(found) == {"vitd_low": 1}

    def test_high_calcium_is_a_matter_of_safety(self) -> None:
        seen = [vitamin_d("10.3", record=3, analyte="calcium", unit="mg/dL")]
        whole = summary(observations=seen)
        assert whole.safety == ("high_calcium_pth_unknown",)
        assert (whole.overall, whole.next_step["code"]) == ("review", "contact_clinician")

    @pytest.mark.parametrize(
        ("mmol_l", "limit", "is_high"),
        [
            ("1.33", None, False),
            ("1.34", None, True),
            ("1.30", "1.29", True),
            ("1.4", "1.4", False),
        ],
    )
    def test_ionised_calcium_is_held_to_its_own_limit(
        self, mmol_l: str, limit: str | None, is_high: bool
    ) -> None:
        ionised = vitamin_d(
            mmol_l, record=3, analyte="calcium_ionised", unit="mmol/L",
            ref_high=Decimal(limit) if limit else None,
        )  # fmt: skip
        assert bool(summary(observations=[ionised]).safety) is is_high

    def test_a_usual_ionised_calcium_hides_no_other_pattern(self) -> None:
        ionised = vitamin_d("1.2", record=3, analyte="calcium_ionised", unit="mmol/L")
        pth = vitamin_d("80", record=2, analyte="pth", unit="pg/mL")
        found = area("nutrition_hormones", observations=[vitamin_d("15"), pth, ionised])
        assert levels(found) == {"vitd_low": 1, "low_d_high_pth": 2}

    def test_calcium_is_corrected_for_albumin_of_the_same_sample(self) -> None:
        low_albumin = vitamin_d("3.0", record=4, analyte="albumin", unit="g/dL")
        calcium = vitamin_d("9.5", record=3, analyte="calcium", unit="mg/dL")
        assert summary(observations=[calcium]).safety == ()
        assert summary(observations=[calcium, low_albumin]).safety == ("high_calcium_pth_unknown",)

    def test_the_laboratorys_own_limit_wins(self) -> None:
        calcium = vitamin_d(
            "10.3", record=3, analyte="calcium", unit="mg/dL", ref_high=Decimal("10.6")
        )
        assert summary(observations=[calcium]).safety == ()

    def test_protein_is_judged_by_complete_days(self) -> None:
        def day(number: int, grams: float) -> tuple[str, UUID, bytes]:
            items = [{"uid": "p", "code": "protein", "amount": grams, "unit": "g"}]
            return record(
                "intake_log", 60 + number, taken_at=noon(number), local_date=str(ago(number)),
                kind="food", items=items, complete_day=True,
            )  # fmt: skip

        mass = record("body_composition", 59, measured_at=noon(5), method="scale", mass_kg=60)
        two = area("nutrition_hormones", mass, day(1, 50), day(2, 50))
        assert "protein_intake" not in levels(two)
        three = area("nutrition_hormones", mass, *(day(n, 50) for n in (1, 2, 3)))
        assert levels(three)["protein_intake"] == 1
        assert "protein_log" not in three.missing

    def test_an_ill_day_keeps_albumin_out(self) -> None:
        mass = record("body_composition", 59, measured_at=noon(5), method="scale", mass_kg=50)
        albumin = vitamin_d("3.2", record=4, analyte="albumin", unit="g/dL")
        ill = vitamin_d("40", record=5, analyte="hscrp", unit="mg/L")
        found = area("nutrition_hormones", mass, observations=[albumin])
        assert levels(found) == {"gnri_moderate_risk": 2}
        assert levels(area("nutrition_hormones", mass, observations=[albumin, ill])) == {}

    def test_testosterone_needs_two_days_below(self) -> None:
        man = AthleteProfile(sex="male", born_date=date(1990, 1, 1))
        one = vitamin_d("200", record=6, analyte="testosterone", unit="ng/dL")
        two = vitamin_d("210", record=7, analyte="testosterone", unit="ng/dL", on=date(2026, 4, 1))
        assert levels(area("nutrition_hormones", profile=man, observations=[one])) == {}
        assert levels(area("nutrition_hormones", profile=man, observations=[one, two])) == {
            "testosterone_below_interval_twice": 2
        }

    def test_under_eighteen_only_marked_results_are_used(self) -> None:
        marked = vitamin_d(
            "9", record=8, analyte="pth", unit="pg/mL", ref_low=Decimal(10), ref_high=Decimal(60)
        )
        plain = vitamin_d("11", record=9, analyte="calcium", unit="mg/dL")
        found = area("nutrition_hormones", profile=GIRL_15, observations=[marked, plain])
        assert levels(found) == {"pth_below_lab_interval": 1}

    def test_a_noted_lack_of_reason_stands_for_a_vitamin_d_result(self) -> None:
        noted = msgspec.structs.replace(WOMAN_30, vitamin_d_no_indication=True)
        assert "vitd_25oh" in area("nutrition_hormones", profile=WOMAN_30).missing
        assert "vitd_25oh" not in area("nutrition_hormones", profile=noted).missing


class TestEnergy:
    def screen(self, **answers: Any) -> tuple[str, UUID, bytes]:
        return record("energy_screen", 70, answered_at=noon(20), **answers)

    def test_the_triad_is_scored_where_it_is_told(self) -> None:
        told = self.screen(
            age=30, dietary="none", bmi=21, menarche_age=13, menses_12mo=12, z_lowest=0,
            bsi_count=0, bsi_high_risk_site=False,
        )  # fmt: skip
        assert levels(area("recovery_energy", told, profile=WOMAN_30))["triad_low"] == 0
        high = self.screen(dietary="eating_disorder_criteria", bmi=17, menses_12mo=3, bsi_count=2)
        assert levels(area("recovery_energy", high, profile=WOMAN_30))["triad_high"] == 2

    def test_one_primary_indicator_of_reds_is_worth_raising(self) -> None:
        found = area("recovery_energy", self.screen(t3_low=True), profile=WOMAN_30)
        assert levels(found)["reds_indicators"] == 2
        assert "reds_none" not in levels(area("recovery_energy", self.screen(), profile=WOMAN_30))

    @pytest.mark.parametrize(
        ("closed", "code", "level"),
        [(None, "bone_stress_current", 2), (ago(700), "bone_stress_past", 1)],
    )
    def test_bone_stress_injuries_count_for_two_years(
        self, closed: date | None, code: str, level: int
    ) -> None:
        hurt = record(
            "injury", 51, kind="bone_stress", site="tibia", onset_date=str(ago(800)),
            closed_date=closed and str(closed),
        )  # fmt: skip
        assert levels(area("recovery_energy", hurt, profile=WOMAN_30))[code] == level

    @pytest.mark.parametrize(
        ("kcal", "code", "level"), [(1600, "ea_below_30", 1), (2200, "ea_30_to_45", 0)]
    )
    def test_availability_is_what_was_eaten_less_training(
        self, kcal: float, code: str, level: int
    ) -> None:
        def day(number: int) -> tuple[str, UUID, bytes]:
            items = [{"uid": "e", "code": "energy", "amount": kcal, "unit": "kcal"}]
            return record(
                "intake_log", 60 + number, taken_at=noon(number), local_date=str(ago(number)),
                kind="food", items=items, complete_day=True,
            )  # fmt: skip

        mass = record(
            "body_composition", 59, measured_at=noon(5), method="dxa", mass_kg=60, fat_pct=20
        )
        trained = [msgspec.structs.replace(one, energy_kcal=200.0) for one in days_back(1, 2, 3)]
        found = area(
            "recovery_energy", mass, *(day(n) for n in (1, 2, 3)), profile=WOMAN_30,
            load_days=trained,
        )  # fmt: skip
        assert levels(found)[code] == level

    def test_availability_counts_the_training_of_every_logged_day(self) -> None:
        def ate(number: int) -> tuple[str, UUID, bytes]:
            items = [{"uid": "e", "code": "energy", "amount": 1900, "unit": "kcal"}]
            return record(
                "intake_log", 60 + number, taken_at=noon(number), local_date=str(ago(number)),
                kind="food", items=items, complete_day=True,
            )  # fmt: skip

        mass = record(
            "body_composition", 59, measured_at=noon(5), method="dxa", mass_kg=60, fat_pct=20
        )
        food = [mass, *(ate(n) for n in (40, 41, 89))]
        hard = days_back(40, 41, 89, energy_kcal=600.0)
        untold = days_back(40, 41, 89, energy_kcal=None)

        def found(load_days: Any) -> dict[str, int]:
            return levels(area("recovery_energy", *food, profile=WOMAN_30, load_days=load_days))

        assert found(hard) == {"ea_below_30": 1}
        assert found([]) == {"ea_30_to_45": 0}
        assert found(untold) == {}

    EVEN = tuple(load_day(ago(n), srpe_au=300.0 + n) for n in range(7))

    def monotony(self, *load_days: LoadDay, coverage_days: int = 28) -> dict[str, int]:
        found = compose(
            as_of=TODAY, covers_seq=1, profile=WOMAN_30, load_days=load_days,
            coverage_days=coverage_days, observations=(), locales=("en",),
        )  # fmt: skip
        return levels(found.domains["recovery_energy"])

    def test_an_even_week_is_monotonous(self) -> None:
        assert self.monotony(*self.EVEN) == {"monotony_high": 1}
        assert self.monotony(*self.EVEN[:1], *self.EVEN[3:]) == {"monotony_usual": 0}

    def test_a_session_nobody_rated_leaves_monotony_unknown(self) -> None:
        unrated = msgspec.structs.replace(self.EVEN[3], srpe_au=0.0)
        assert self.monotony(*self.EVEN[:3], unrated, *self.EVEN[4:]) == {}
        assert self.monotony(*self.EVEN, load_day(ago(7), srpe_au=0.0)) == {"monotony_high": 1}

    @pytest.mark.parametrize(
        ("first", "coverage_days", "is_known"),
        [
            (6, 7, True),  # the first week ever, all of it
            (6, 6, False),  # today is still open
            (5, 6, False),  # six days since the first session
            (20, 21, True),
            (20, 20, False),
            (20, 25, False),  # the first session is older than what is read; three days open
            (40, 28, True),
            (40, 27, False),
            (40, 7, False),
        ],
    )
    def test_monotony_needs_all_seven_days_to_be_known(
        self, first: int, coverage_days: int, is_known: bool
    ) -> None:
        days = (*self.EVEN[: min(first, 6)], load_day(ago(first), srpe_au=300.0))
        assert bool(self.monotony(*days, coverage_days=coverage_days)) is is_known


class TestImpactIsNotSuggested:
    @pytest.mark.parametrize(
        "told",
        [
            scan(100, total_hip={"t_score": -2.6}),
            (scan(500, 41, total_hip={"t_score": -3.0}), scan(9, 42, tblh={"t_score": 0})),
            (scan(500, 41, total_hip={"t_score": -3.0}), scan(9, 42, lumbar_spine={"t_score": 0})),
            record("injury", 50, kind="fracture", fragility=True, site="hip",
                   onset_date="2020-01-01"),
            record("injury", 51, kind="bone_stress", site="tibia", onset_date=str(ago(90)),
                   closed_date=str(ago(84))),
        ],
        ids=["osteoporosis range", "whole body later", "spine later", "fragility fracture", "bone stress within twelve weeks"],
    )  # fmt: skip
    def test_to_whom_it_could_hurt(self, told: Any) -> None:
        whole = summary(*(told if isinstance(told[0], tuple) else (told,)), load_days=[])
        said = [whole.domains["loading"].findings[0].text["en"], whole.next_step["en"]]
        said += [step["en"] for step in whole.also]
        assert not any("jumps, landings" in text for text in said)
        assert "Supervised advice" in said[0]
        plain = summary(load_days=[]).domains["loading"].findings[0].text["en"]
        assert "jumps, landings" in plain


class TestKidneyFailure:
    def test_asks_for_supervised_advice_and_promises_nothing(self) -> None:
        dialysis = msgspec.structs.replace(WOMAN_30, dialysis=True)
        text = summary(profile=dialysis, load_days=[]).domains["loading"].findings[0].text["en"]
        assert "a change in bone density is not expected" in text
        assert "Supervised advice" in text
        assert "trials" not in text


class TestNextStep:
    def test_puts_an_injury_nobody_looked_at_before_other_findings(self) -> None:
        hurt = record("injury", 51, kind="bone_stress", site="tibia", onset_date=str(ago(9)))
        whole = summary(hurt, grip(30, 10))
        assert whole.next_step["code"] == "follow_up_bone"
        assert whole.also[0]["code"] == "review_recovery_energy"

    @pytest.mark.parametrize(
        ("drug", "is_open"),
        [
            ({"started_date": "2001-01-01", "ended_date": "2004-01-01"}, True),
            ({"started_date": "2001-01-01", "ended_date": str(ago(11))}, True),
            ({"started_date": "2001-01-01", "ended_date": str(ago(10))}, False),
            ({"started_date": "2001-01-01"}, False),
            ({"started_date": str(ago(3))}, False),
        ],
    )
    def test_counts_a_bone_drug_that_runs_after_the_fracture(
        self, drug: Any, is_open: bool
    ) -> None:
        broken = record(
            "injury", 50, kind="fracture", fragility=True, site="hip", onset_date=str(ago(10))
        )
        whole = summary(broken, record("medication", 51, code="bone_drug", **drug))
        assert (whole.next_step["code"] == "follow_up_bone") is is_open

    def test_names_at_most_three(self) -> None:
        assert len(summary(profile=AthleteProfile()).also) == 2


class TestWording:
    EVERYTHING = (
        grip(30, 10, 11), grip(200, 35, 12), gait(30, 0.5), lean(30, 12, 31), lean(200, 19, 32),
        scan(10, 41, total_hip={"bmd_g_cm2": 0.6, "t_score": -3.1, "tbs": 1.1}),
        scan(740, 42, total_hip={"bmd_g_cm2": 0.85}),
        record("injury", 51, kind="bone_stress", site="tibia", onset_date=str(ago(9))),
        record("injury", 50, kind="fracture", fragility=True, site="hip", onset_date="2020-01-01"),
        record("energy_screen", 70, answered_at=noon(20), dietary="eating_disorder_criteria",
               bmi=17, menses_12mo=3, bsi_count=2, t3_low=True),
    )  # fmt: skip

    def test_is_there_in_every_language(self) -> None:
        seen = [
            vitamin_d("15"), vitamin_d("80", record=2, analyte="pth", unit="pg/mL"),
            vitamin_d("0.1", record=5, analyte="tsh", unit="m[IU]/L"),
            vitamin_d("5", record=6, analyte="hscrp", unit="mg/L"),
        ]  # fmt: skip
        whole = summary(*self.EVERYTHING, observations=seen)
        found = [one for each in whole.domains.values() for one in each.findings]
        assert len({one.code for one in found}) >= 12
        for one in found:
            assert set(one.text) == {"en", "de"}
            assert one.text["en"] != one.text["de"]
            assert "{" not in one.text["en"] + one.text["de"]
        assert set(whole.texts) == {"en", "de"}

    def test_writes_numbers_as_its_readers_do(self) -> None:
        seen = [
            vitamin_d("15.3", source_value=Decimal("38.2"), source_unit="nmol/L"),
            vitamin_d("0.1", record=5, analyte="tsh", unit="m[IU]/L"),
        ]
        whole = summary(*self.EVERYTHING, observations=seen)
        said = [one.text for each in whole.domains.values() for one in each.findings]
        decimals = re.compile(r"\d\.\d")
        assert any(decimals.search(text["en"]) for text in said)
        assert not [text["de"] for text in said if decimals.search(text["de"])]
        assert any("38,2 nmol/L (15,3 ng/mL)" in text["de"] for text in said)

    def test_names_classes_sites_and_results_in_german(self) -> None:
        german = wording.phrasebook("de").terms
        classes = {name for steps, _ in SCHEMES.values() for _, _, name in steps}
        above = {name for _, name in SCHEMES.values()} - {"not_classified"}
        assert german.keys() == classes | above | set(SITES)
        assert all("de" in one.labels for one in ANALYTES.values())
        whole = summary(observations=[vitamin_d("15")])
        found = next(
            f for f in whole.domains["nutrition_hormones"].findings if f.code == "vitd_low"
        )
        assert "Klasse „niedrig“" in found.text["de"]
        assert "class “low”" in found.text["en"]

    @pytest.mark.parametrize("locale", wording.LOCALES)
    def test_has_every_sentence_with_the_same_values(self, locale: str) -> None:
        def values(text: str) -> set[str | None]:
            return {name for _, name, _, _ in string.Formatter().parse(text) if name}

        english, other = wording.phrasebook("en").texts, wording.phrasebook(locale).texts
        assert other.keys() == english.keys()
        assert {k: values(v) for k, v in other.items()} == {
            k: values(v) for k, v in english.items()
        }
        for key, text in other.items():
            if key != wording.FOOTER:
                wording.checked(text)


class TestSameness:
    def test_does_not_depend_on_the_order_of_records(self) -> None:
        records = TestWording.EVERYTHING
        assert summary(*records) == summary(*reversed(records))

    def test_what_is_dated_later_does_not_count(self) -> None:
        later = scan(-3, total_hip={"t_score": -3.0})
        assert levels(area("bone", later)) == {}


class TestGoals:
    def standing(self, *records: tuple[str, UUID, bytes], **goal: Any) -> Any:
        aim = record("goal", 90, **{"measure": "grip_kg", "direction": "raise", **goal})
        found: Any = summary(aim, *records).goals[0]
        assert set(found["text"]) == set(wording.LOCALES)
        return found

    @pytest.mark.parametrize(
        ("newest", "standing"),
        [(44.9, "towards"), (45.0, "reached"), (39.0, "no_real_change"), (30.0, "away")],
    )
    def test_stand_where_the_newest_value_is(self, newest: float, standing: str) -> None:
        tests = (grip(3, newest, 11), grip(200, 36, 12))
        assert self.standing(*tests, target=45)["standing"] == standing

    def test_to_keep_a_value_are_reached_while_it_does_not_move(self) -> None:
        tests = (grip(3, 38, 11), grip(200, 36, 12))
        assert self.standing(*tests, direction="keep")["standing"] == "reached"

    def test_need_two_values_to_say_more(self) -> None:
        assert self.standing(grip(3, 38))["standing"] == "too_little_data"
        assert self.standing()["standing"] == "too_little_data"
        assert self.standing(measure="mood")["standing"] == "not_measured"


class TestInterventions:
    CREATINE = record("intervention", 91, what="creatine", started_date=str(ago(100)))

    def look(self, *records: tuple[str, UUID, bytes]) -> Any:
        (found,) = summary(self.CREATINE, *records).interventions
        return found

    def test_show_means_and_how_many_values_they_are_of(self) -> None:
        tests = (grip(10, 46, 11), grip(50, 44, 12), grip(120, 38, 13), grip(300, 40, 14))
        (measure,) = self.look(*tests)["measures"]
        assert (measure["before"], measure["before_n"]) == (39, 2)
        assert (measure["after"], measure["after_n"]) == (45, 2)
        assert measure["verdict"] == "improving"

    def test_leave_out_what_can_not_be_compared(self) -> None:
        left = grip(120, 38, 13, side="left")
        assert self.look(grip(10, 46, 11), left)["measures"] == ()
        assert self.look(grip(120, 38, 13), grip(500, 40, 14))["measures"] == ()

    def test_that_have_not_begun_are_not_looked_at(self) -> None:
        later = record("intervention", 91, what="plan", started_date=str(ago(-1)))
        assert summary(later).interventions == ()


class TestNotes:
    def said(self, *records: tuple[str, UUID, bytes], **more: Any) -> str:
        whole = summary(*records, **more)
        assert all(set(whole.texts[locale]) == set(whole.texts["en"]) for locale in whole.texts)
        return whole.texts["en"]["nutrition_hormones"]

    def creatine(self, days: int) -> tuple[str, UUID, bytes]:
        items = [{"uid": "c", "code": "creatine", "amount": 5, "unit": "g"}]
        return record(
            "intake_log", 80, taken_at=noon(days), local_date=str(ago(days)), kind="supplement",
            items=items,
        )  # fmt: skip

    def test_creatine_is_for_muscle_and_raises_creatinine(self) -> None:
        assert "bone density did not differ" in self.said(self.creatine(10))
        assert "raises creatinine" not in self.said(self.creatine(10))
        kidney = vitamin_d("55", record=5, analyte="egfr", unit="mL/min/{1.73_m2}")
        assert "raises creatinine" in self.said(self.creatine(10), observations=[kidney])
        assert "creatine" not in self.said(self.creatine(90))

    @pytest.mark.parametrize(
        ("hscrp", "days", "albumin_days", "is_said"),
        [
            ("10.1", 10, 10, True),
            ("10", 10, 10, False),
            ("40", 365, 365, True),
            ("40", 366, 366, False),
            ("40", 30, 10, True),
            ("40", 400, 10, False),
        ],
    )
    def test_results_of_an_ill_day_are_not_left_out_in_silence(
        self, hscrp: str, days: int, albumin_days: int, is_said: bool
    ) -> None:
        ill = vitamin_d(hscrp, record=5, analyte="hscrp", unit="mg/L", on=ago(days))
        albumin = vitamin_d("3.2", record=6, analyte="albumin", unit="g/dL", on=ago(albumin_days))
        assert ("acute illness" in self.said(observations=[ill, albumin])) is is_said

    def test_a_later_result_takes_the_place_of_an_ill_days(self) -> None:
        ill = vitamin_d("40", record=5, analyte="hscrp", unit="mg/L", on=ago(30))
        well = vitamin_d("1", record=6, analyte="hscrp", unit="mg/L", on=ago(3))
        assert "acute illness" not in self.said(observations=[ill, well])

    def test_alp_with_low_vitamin_d_or_phosphate_is_worth_asking_about(self) -> None:
        alp = vitamin_d("120", record=5, analyte="alp", unit="U/L")
        assert "mineralisation" not in self.said(observations=[alp, vitamin_d("12")])
        assert "mineralisation" in self.said(observations=[alp, vitamin_d("11.9")])
        low = vitamin_d("2.4", record=6, analyte="phosphate", unit="mg/dL")
        assert "mineralisation" in self.said(observations=[alp, low])
        usual = vitamin_d("105", record=5, analyte="alp", unit="U/L")
        assert "mineralisation" not in self.said(observations=[usual, low])

    @pytest.mark.parametrize(
        ("started", "ended", "is_said"), [(90, None, True), (89, None, False), (200, 1, False)]
    )
    def test_long_glucocorticoids_ask_for_a_review(
        self, started: int, ended: int | None, is_said: bool
    ) -> None:
        told = {"ended_date": str(ago(ended))} if ended else {}
        drug = record(
            "medication", 81, code="glucocorticoid", started_date=str(ago(started)), **told
        )
        assert ("glucocorticoids" in self.said(drug)) is is_said

    @pytest.mark.parametrize("marker", ["sclerostin", "irisin", "igfbp2"])
    def test_research_markers_are_stored_and_never_banded(self, marker: str) -> None:
        seen = vitamin_d("40", record=7, analyte=marker, unit=None)
        whole = summary(observations=[seen])
        assert "research markers" in whole.texts["en"]["nutrition_hormones"]
        assert levels(whole.domains["nutrition_hormones"]) == {}
