"""What the summary says of the demo's people is what the science reference says of their kind."""

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
import pytest

from backend.loading.days import coverage_days, load_day
from backend.loading.rate import rate_session
from backend.readmodels import LoadDay, Observation, SessionLoad
from backend.records.athlete_profile import AthleteProfile
from backend.records.lab_result import observe
from backend.records.server_owned import DomainSummary, RiskSummary
from backend.records.workout_session import WorkoutSession
from backend.reminding.plan import plan
from backend.simulate import DemoAthlete, SimulatedRecord, demo_athletes, history
from backend.summary.compose import compose
from backend.summary.facts import facts_of
from backend.summary.findings import loading_band
from backend.summary.situation import situation
from backend.summary.wording import LOCALES

ENDING = date(2026, 11, 24)
PEOPLE = {athlete.email: athlete for athlete in demo_athletes()}
SEEDS = [1, 2]
ENDINGS = [(ENDING + timedelta(days=shift), 1 + shift % 3) for shift in range(7)]


def load_days(records: list[SimulatedRecord]) -> list[LoadDay]:
    """Return the days with training, each with the recovery since the one before."""
    by_day: dict[date, list[SessionLoad]] = defaultdict(list)
    for one in records:
        if one.type == "workout_session":
            body = msgspec.json.decode(one.body, type=WorkoutSession)
            by_day[body.local_date].append(rate_session(one.record_id, body))
    days: list[LoadDay] = []
    previous = None
    for day, sessions in sorted(by_day.items()):
        days.append(load_day(day, sessions, previous_loading_end=previous))
        previous = days[-1].last_loading_end or previous
    return days


def results(records: list[SimulatedRecord], now: datetime) -> list[Observation]:
    seen = [
        observe(one.record_id, one.body, zone=None, now=now)
        for one in records
        if one.type == "lab_result"
    ]
    return [one for one in seen if one is not None]


@cache
def inputs(email: str, ending: date, seed: int, without: str | None) -> dict[str, object]:
    athlete: DemoAthlete = PEOPLE[email]
    records = list(history(athlete, ending=ending, seed=seed))
    days = load_days(records)
    now = datetime.combine(ending, time(12), UTC)
    facts = facts_of(
        ((one.type, one.record_id, one.body) for one in records if one.type != without),
        zone=athlete.zone,
    )
    return {
        "as_of": ending,
        "profile": msgspec.json.decode(athlete.profile_on(ending), type=AthleteProfile),
        "load_days": days,
        "coverage_days": coverage_days(
            as_of=ending, first_session=days[0].local_date, last_input=ending
        ),
        "observations": results(records, now),
        "facts": facts,
        "locales": LOCALES,
    }


@cache
def summary(
    email: str, ending: date = ENDING, seed: int = 1, without: str | None = None
) -> RiskSummary:
    given = inputs(email, ending, seed, without)
    return compose(covers_seq=1, **given)  # type: ignore[arg-type]


def recent_days(email: str, ending: date, seed: int) -> list[LoadDay]:
    days = inputs(email, ending, seed, None)["load_days"]
    assert isinstance(days, list)
    return [day for day in days if (ending - day.local_date).days < 28]


def levels(found: DomainSummary) -> dict[str, int]:
    return {finding.code: finding.level for finding in found.findings}


def words(found: RiskSummary) -> str:
    return " ".join(found.texts["en"].values()).lower()


@pytest.mark.parametrize(("ending", "seed"), ENDINGS)
class TestTheLifter:
    def test_has_supportive_loading_by_heavy_days(self, ending: date, seed: int) -> None:
        found = summary("ingrid.solheim", ending, seed)
        heavy = [day for day in recent_days("ingrid.solheim", ending, seed) if day.heavy_day]
        assert len(heavy) >= 8  # two a week
        assert found.domains["loading"].band == "supportive"
        assert "Keeping this up is enough." in found.texts["en"]["loading"]


class TestTheLiftersScans:
    def test_hold_and_her_muscle_stands_above_the_cut_offs(self) -> None:
        found = summary("ingrid.solheim")
        assert levels(found.domains["bone"]) == {
            "bone_low_bone_mass": 1,
            "bmd_lumbar_spine_no_real_change": 0,
            "bmd_total_hip_no_real_change": 0,
            "bmd_femoral_neck_no_real_change": 0,
        }
        assert levels(found.domains["muscle"])["muscle_none"] == 0
        assert found.domains["muscle"].band == "supportive"
        assert found.domains["nutrition_hormones"].band == "supportive"
        assert found.overall == "mixed"


@pytest.mark.parametrize(("ending", "seed"), ENDINGS)
class TestTheCyclist:
    def test_trains_ten_hours_and_is_told_of_little_loading(self, ending: date, seed: int) -> None:
        found = summary("mateo.fernandez", ending, seed)
        hours = sum(day.minutes for day in recent_days("mateo.fernandez", ending, seed)) / 60
        assert 36 <= hours <= 44
        assert found.domains["loading"].band == "review"
        assert found.overall == "review"
        assert "little bone-specific loading recorded" in found.texts["en"]["headline"]
        assert "0 of 28 days had bone-specific loading" in found.texts["en"]["loading"]
        assert "inactive" not in words(found)

    def test_has_a_score_worth_watching_in_an_athlete(self, ending: date, seed: int) -> None:
        found = summary("mateo.fernandez", ending, seed)
        assert levels(found.domains["bone"])["bone_z_low_in_an_athlete"] == 1


class TestTheGymnast:
    def test_is_not_held_to_the_cut_offs_of_adults(self) -> None:
        found = summary("noemi.balog", without="dxa_scan")
        for area in ("muscle", "bone"):
            assert found.domains[area].band == "not_applied"
            assert found.domains[area].findings == ()
            assert "published for adults" in found.texts["en"][area]
        assert found.domains["loading"].band == "supportive"

    def test_is_told_of_her_z_score_alone(self) -> None:
        found = summary("noemi.balog")
        assert levels(found.domains["bone"]) == {"bone_within_expected_for_age": 0}
        assert found.domains["bone"].findings[0].unit == "{Z-score}"
        assert found.domains["muscle"].band == "not_applied"
        assert "t-score" not in words(found)
        assert "osteoporosis" not in words(found)


class TestThePatientOnDialysis:
    def test_is_promised_no_change_of_bone(self) -> None:
        given = inputs("daniel.okoye", ENDING, 1, None)
        flags = loading_band(situation(**given))["flags"]  # type: ignore[arg-type]
        assert flags == ["bmd_expectation_suppressed"]
        text = summary("daniel.okoye").texts["en"]["loading"]
        assert "a change in bone density is not expected from it" in text
        assert "femoral neck" not in text

    def test_has_a_class_of_low_confidence(self) -> None:
        bone = summary("daniel.okoye").domains["bone"]
        assert levels(bone) == {"bone_low_bone_mass": 1}
        assert (bone.band, bone.confidence) == ("mixed", "low")
        assert "kidney failure can change what a scan means" in bone.findings[0].text["en"]

    def test_is_not_judged_by_protein_or_parathyroid_hormone(self) -> None:
        nutrition = summary("daniel.okoye").domains["nutrition_hormones"]
        assert not {"protein_intake", "low_d_high_pth"} & levels(nutrition).keys()
        assert "protein_log" not in nutrition.missing


@pytest.mark.parametrize("seed", SEEDS)
class TestTheRunner:
    def test_is_told_what_speaks_of_low_energy(self, seed: int) -> None:
        found = summary("sofie.lindqvist", seed=seed)
        energy = found.domains["recovery_energy"]
        said = levels(energy)
        said.pop("monotony_usual", None)
        said.pop("monotony_high", None)
        assert said == {
            "triad_high": 2, "reds_indicators": 2, "ea_below_30": 1, "bone_stress_past": 1,
        }  # fmt: skip
        assert energy.band == found.overall == "review"
        assert found.next_step["code"] == "review_recovery_energy"
        assert levels(found.domains["bone"])["bone_z_low_in_an_athlete"] == 1


class TestTheOfficeWorker:
    def test_has_low_vitamin_d_and_too_little_protein(self) -> None:
        found = summary("jonas.weber")
        nutrition = levels(found.domains["nutrition_hormones"])
        assert nutrition["vitd_low"] == 1
        assert (nutrition["protein_intake"], nutrition["calcium_intake"]) == (1, 1)
        assert found.domains["nutrition_hormones"].band == "mixed"

    def test_is_reminded_of_the_overdue_retest(self) -> None:
        given: Any = inputs("jonas.weber", ENDING, 1, None)
        about = situation(**{name: given[name] for name in given if name != "covers_seq"})
        states = {one.rule: one.state for one in plan(about, athlete_id=UUID(int=1))}
        assert states["rem.vitd_retest_low"] == "due"


class TestEverybody:
    @pytest.mark.parametrize("email", PEOPLE)
    def test_has_words_for_every_area_and_none_too_strong(self, email: str) -> None:
        # `compose` raises where a sentence claims more than the evidence allows.
        found = summary(email)
        assert found.domains.keys() <= found.texts["en"].keys()
        assert all(found.texts[locale]["headline"] for locale in LOCALES)

    def test_of_several_kinds_have_years_of_records_of_every_type(self) -> None:
        types: dict[str, set[int]] = defaultdict(set)
        for athlete in PEOPLE.values():
            for one in history(athlete, ending=ENDING, seed=1):
                types[one.type].add(one.occurred_at.year)
        assert types.keys() >= {
            "workout_session", "lab_result", "dxa_scan", "strength_test", "body_composition",
            "intake_log", "energy_screen", "injury", "medication", "cycle_log",
        }  # fmt: skip
        assert {2025, 2026} <= types["dxa_scan"] & types["strength_test"] & types["intake_log"]
