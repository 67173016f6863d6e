"""What a coach sees of one athlete: a part for each category, and where the row stands."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from apps.coaching.categories import Category
from backend.panel import CATEGORIES, PanelPart, group
from backend.records.athlete_profile import AthleteProfile
from tests.backend.build import TODAY, vitamin_d
from tests.backend.panel.scenes import (
    LOST,
    ago,
    injury,
    parts,
    period,
    quiet,
    reasons,
    result,
    said,
    screen,
)
from tests.backend.test_summary_findings import WOMAN_30, WOMAN_70, gait, grip, lean, record, scan

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def one_rm(number: int, back: int, kg: float, lift: str) -> Any:
    trials = [{"uid": "t", "value": kg, "unit": "kg"}]
    return record(
        "strength_test", number, tested_at=f"{ago(back)}T12:00:00+00:00", test="one_rm",
        protocol=lift, trials=trials,
    )  # fmt: skip


class TestPanelParts:
    def test_has_a_part_for_every_category_that_can_be_shared(self) -> None:
        assert set(CATEGORIES) >= {category.value for category in Category}
        assert tuple(parts()) == CATEGORIES

    def test_of_somebody_without_any_record_are_there_and_say_nothing(self) -> None:
        made = parts(profile=AthleteProfile(), days=(), covered=0, first=None)
        assert tuple(made) == CATEGORIES
        health = ("strength", "body_composition", "labs", "labs_status", "dxa", "cycle", "energy")
        assert [made[name].facts for name in health] == [{}] * len(health)
        assert {one.code for part in made.values() for one in part.reasons} == {"coverage_thin"}

    def test_of_steady_training_give_no_reason(self) -> None:
        made = parts()
        assert [one for part in made.values() for one in part.reasons] == []
        assert made["sessions"].facts == {
            "covered_days": "28", "sessions_7d": "3", "minutes_7d": "135",
            "last_data_on": "2026-06-01",
        }  # fmt: skip
        assert made["loading"].sparkline == (120.0,) * 10
        assert not [part for name, part in made.items() if part.sparkline and name != "loading"]

    def test_of_strength_hold_the_newest_of_each_test_and_known_lifts(self) -> None:
        facts = parts(
            profile=WOMAN_30,
            records=[
                grip(200, 30, 10), grip(20, 31, 11), gait(30, 1.25),
                one_rm(12, 90, 95, "Back squat"), one_rm(13, 10, 100, "squat"),
                one_rm(14, 50, 95, "squat"),
            ],
        )["strength"].facts  # fmt: skip
        assert facts == {
            "grip": "31 kg", "grip_on": "2026-05-12", "gait": "1.3 m/s", "gait_on": "2026-05-02",
            "one_rm_squat": "100 kg", "one_rm_squat_on": "2026-05-22",
        }  # fmt: skip

    def test_of_body_composition_hold_mass_and_the_index(self) -> None:
        made = parts(profile=WOMAN_30, records=[lean(30, 17.5, mass_kg=61.25)])
        assert made["body_composition"].facts == {
            "mass_kg": "61.3 kg", "mass_kg_on": "2026-05-02", "alm_kg": "17.5 kg",
            "alm_kg_on": "2026-05-02", "almi": "6.2 kg/m2", "almi_on": "2026-05-02",
        }  # fmt: skip
        assert made["body_composition"].band == "supportive"
        assert made["strength"].band == "insufficient"

    def test_of_scans_hold_the_newest_score_of_each_site_and_the_change(self) -> None:
        older = scan(500, 42, lumbar_spine={"t_score": -1.1}, total_hip={"t_score": -0.4})
        facts = parts(profile=WOMAN_70, records=[*LOST, older])["dxa"].facts
        assert facts == {
            "lumbar_spine": "T -1.1", "lumbar_spine_on": str(ago(500)),
            "total_hip": "T -1.9", "total_hip_on": str(ago(20)), "total_hip_change": "-8.9 %",
        }  # fmt: skip

    def test_of_results_hold_values_with_their_days_and_status_holds_words(self) -> None:
        made = parts(vitamin_d("14"), result("calcium", "9.4", "mg/dL", ref_low=8, ref_high=10))
        assert made["labs"].facts == {
            "vitd_25oh": "14 ng/mL", "vitd_25oh_on": "2026-05-01",
            "calcium": "9.4 mg/dL", "calcium_on": "2026-05-01",
        }  # fmt: skip
        assert made["labs_status"].facts["vitamin_d"] == "outside"
        assert made["labs_status"].facts["calcium"] == "in range"
        assert (made["labs"].band, made["labs_status"].band) == ("mixed", "mixed")

    def test_of_injuries_name_a_region_and_never_what_was_typed(self) -> None:
        made = parts(records=[injury(1, 9, "other", "diagnosed <b>by</b> Dr. Who")])["injuries"]
        assert made.facts == {"open": "1", "open_since": "2026-05-23", "regions": "place not named"}
        assert "Who" not in made.reasons[0].sentence

    @pytest.mark.parametrize(
        ("site", "region"),
        [
            ("femoral_neck", "hip"), ("Linkes Schienbein", "lower leg"), ("L4 vertebra", "spine"),
            ("5th metatarsal", "foot"), ("hamstring", "thigh"), ("Mittelfußknochen", "foot"),
            ("rib 6", "chest"), ("distal radius", "wrist or hand"), ("warm day", "place not named"),
        ],
    )  # fmt: skip
    def test_know_where_a_site_is(self, site: str, region: str) -> None:
        (found,) = parts(records=[injury(1, 9, "other", site)])["injuries"].reasons
        assert found.sentence.endswith(f": {region}")

    def test_of_a_cycle_count_days_since_the_last_period(self) -> None:
        records = [period(40, 80), period(36, 81, "period_end"), period(2, 82, "none_today")]
        assert parts(profile=WOMAN_30, records=records)["cycle"].facts == {
            "period_start_on": str(ago(40)), "days_since_period_start": "40",
            "none_on": str(ago(2)),
        }  # fmt: skip

    def test_of_energy_tell_levels_and_no_answer(self) -> None:
        made = parts(profile=WOMAN_30, records=[screen(9, amenorrhoea_3_11=True)])["energy"]
        assert made.facts == {"reds": "level 2", "reds_on": "2026-05-23"}

    def test_of_reminders_count_what_is_open_and_name_the_next_day(self) -> None:
        made = parts(vitamin_d("14", on=ago(80)), result("pth", "40", "pg/mL"))["reminders"]
        assert made.facts == {"open": "1", "next_due_on": "2026-06-05"}
        assert made.next_due_on == date(2026, 6, 5)

    def test_say_what_lists_are_ranked_by(self) -> None:
        made = parts(
            days=quiet(18), said=[said(1, "out")], records=[injury(1, 9, "muscle", "calf")]
        )
        loading = made["loading"]
        assert (loading.severity, loading.since) == (2, ago(18))
        assert loading.marks == (f"loading_gap@{ago(18)}",)
        assert loading.codes == ("loading_gap",)
        assert parts()["loading"].marks == ()
        assert (parts()["loading"].severity, parts()["loading"].since) == (0, None)

    def test_mark_only_what_asks_for_a_look(self) -> None:
        made = parts(vitamin_d("14"))["labs"]
        assert (made.codes, made.marks) == (("vitd_low",), ())


class TestGuards:
    def test_under_18_nothing_is_said_of_strength_and_bone_but_a_z_score(self) -> None:
        girl = msgspec.structs.replace(WOMAN_30, born_date=date(2011, 1, 1))
        made = parts(
            profile=girl,
            records=[
                grip(200, 36, 10), grip(20, 20, 11), lean(300, 21.0, 30), lean(30, 15.0, 31), *LOST,
                injury(1, 400, "fracture", "hip", fragility=True, closed_date=str(ago(300))),
                period(95),
            ],
        )  # fmt: skip
        quiet_parts = ("strength", "body_composition", "dxa", "injuries", "cycle")
        assert [made[name].reasons for name in quiet_parts] == [()] * len(quiet_parts)
        assert made["strength"].band == made["body_composition"].band == "not_applied"
        assert made["dxa"].facts == {}
        low = parts(profile=girl, records=[scan(20, lumbar_spine={"z_score": -2.4})])["dxa"]
        assert [one.code for one in low.reasons] == ["bone_low_for_age"]

    def test_under_18_results_are_held_to_the_laboratory_alone(self) -> None:
        girl = msgspec.structs.replace(WOMAN_30, born_date=date(2011, 1, 1))
        printed_or_not: list[dict[str, Any]] = [{}, {"ref_low": "0.4", "ref_high": 4}]
        bare, printed = (
            reasons("labs", result("tsh", "0.1", "mIU/L", **more), vitamin_d("9"), profile=girl)
            for more in printed_or_not
        )
        assert bare == ()
        assert [one.code for one in printed] == ["tsh_below_lab_interval"]

    @pytest.mark.parametrize(
        ("analyte", "flag", "code", "words"),
        [
            ("tsh", "below_lab_interval", "tsh_below_interval", "marked low by its laboratory"),
            ("tsh", "within_lab_interval", None, ""),
            ("phosphate", "above_lab_interval", "phosphate_above_lab_interval", "marked high by"),
        ],
    )
    def test_a_result_that_its_laboratory_marked_says_so(
        self, analyte: str, flag: str, code: str | None, words: str
    ) -> None:
        unit = "mIU/L" if analyte == "tsh" else "mg/dL"
        found = reasons("labs", result(analyte, "0.5", unit, flags=(flag,)), profile=WOMAN_30)
        assert [one.code for one in found] == ([code] if code else [])
        assert all(words in one.sentence and one.baseline is None for one in found)

    def test_a_result_that_was_marked_twice_says_so(self) -> None:
        man = msgspec.structs.replace(WOMAN_30, sex="male", menopausal_status=None)
        told: dict[str, Any] = {"flags": ("below_lab_interval",)}
        one = result("testosterone", "200", "ng/dL", 81, **told)
        two = result("testosterone", "200", "ng/dL", 82, on=date(2026, 4, 1), **told)
        (found,) = reasons("labs", one, two, profile=man)
        assert "(marked low by its laboratory, twice)" in found.sentence

    def test_on_dialysis_parathyroid_hormone_is_no_reason(self) -> None:
        high = result("pth", "300", "pg/mL", ref_low=15, ref_high=65)
        dialysis = msgspec.structs.replace(WOMAN_30, dialysis=True)
        assert [one.code for one in reasons("labs", high, profile=WOMAN_30)] == [
            "pth_above_lab_interval"
        ]
        assert reasons("labs", high, profile=dialysis) == ()
        assert "pth" not in parts(high, profile=dialysis)["labs_status"].facts

    def test_in_pregnancy_no_result_is_classed(self) -> None:
        pregnant = msgspec.structs.replace(WOMAN_30, pregnant=True)
        made = parts(vitamin_d("9"), profile=pregnant, records=[period(95)])
        assert made["labs"].reasons == made["labs_status"].reasons == made["cycle"].reasons == ()
        assert "vitamin_d" not in made["labs_status"].facts

    def test_where_impact_is_contraindicated_loading_is_not_rated(self) -> None:
        made = parts(days=quiet(18), profile=AthleteProfile(impact_contraindicated=True))["loading"]
        assert (made.band, made.reasons) == ("not_applied", ())

    @pytest.mark.parametrize(
        "told", [{"hormonal_contraception": True}, {"menopausal_status": "post"}]
    )
    def test_a_cycle_that_says_nothing_gives_no_reason(self, told: Any) -> None:
        profile = msgspec.structs.replace(WOMAN_30, **told)
        assert reasons("cycle", profile=profile, records=[period(95)]) == ()


class TestGroup:
    def every(self, made: dict[str, PanelPart]) -> Any:
        return [one for part in made.values() for one in part.reasons]

    def test_a_severe_reason_needs_a_look(self) -> None:
        found = self.every(parts(vitamin_d("9")))
        assert group(reasons=found, last_data_at=None, now=NOW) == "needs_a_look"

    @pytest.mark.parametrize(
        ("back", "where"),
        [
            (timedelta(days=7), "silent"),
            (timedelta(days=7, seconds=-1), "steady"),
            (None, "silent"),
        ],
    )
    def test_seven_days_without_data_is_silent(self, back: Any, where: Any) -> None:
        last = None if back is None else NOW - back
        assert group(reasons=[], last_data_at=last, now=NOW) == where

    def test_a_retest_within_30_days_is_due_soon(self) -> None:
        made = parts(vitamin_d("14", on=ago(80)), result("pth", "40", "pg/mL"))
        found = [*made["labs"].reasons, *made["reminders"].reasons]
        assert group(reasons=found, last_data_at=NOW, now=NOW) == "due_soon"

    def test_an_overdue_retest_needs_a_look(self) -> None:
        made = parts(vitamin_d("14", on=ago(90)), result("pth", "40", "pg/mL"))
        found = made["reminders"].reasons
        assert group(reasons=found, last_data_at=NOW, now=NOW) == "needs_a_look"

    def test_a_small_reason_alone_is_steady(self) -> None:
        found = self.every(parts(covered=5, first=TODAY - timedelta(days=4)))
        assert group(reasons=found, last_data_at=NOW, now=NOW) == "steady"
