"""The composition of findings: areas, overall, next step, wording, sameness."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.models import run
from backend.records.athlete_profile import AthleteProfile
from backend.records.server_owned import RiskSummary
from backend.summary import ALGORITHM_VERSION, wording
from backend.summary.compose import compose
from backend.summary.models import DOMAINS
from backend.summary.wording import ForbiddenWording, checked, rounded, say_date
from tests.backend.build import ADULT, TODAY, about, days_back, uid, vitamin_d

TRAINING = days_back(1, 3, 5, 8, 10, 12, 15, 17, 19, 22, 24, 26)


def summary(
    *observations: Any,
    profile: Any = ADULT,
    load_days: Any = TRAINING,
    covered: Any = 28,
    **fields: Any,
) -> RiskSummary:
    inputs = {
        "as_of": TODAY, "covers_seq": 7, "profile": profile, "load_days": load_days,
        "coverage_days": covered, "observations": observations,
    }  # fmt: skip
    return compose(**(inputs | fields))


def nutrition(*observations: Any, profile: Any = ADULT) -> Any:
    return summary(*observations, profile=profile).domains["nutrition_hormones"]


class TestCompose:
    def test_always_has_five_areas(self) -> None:
        empty = summary(profile=AthleteProfile(), load_days=[], covered=0)
        assert tuple(empty.domains) == DOMAINS
        assert {one.band for one in empty.domains.values()} == {"insufficient"}
        assert (empty.overall, empty.domains_assessed) == ("insufficient", 0)
        assert empty.domains["loading"].missing == ("born_date", "covered_days")
        assert empty.domains["bone"].missing == ("fracture_history", "scan")
        assert empty.algorithm_version == ALGORITHM_VERSION
        assert empty.next_step["code"] == "record_born_date"

    def test_rates_loading_by_its_days_and_data(self) -> None:
        loading = summary().domains["loading"]
        assert (loading.band, loading.confidence, loading.completeness) == ("supportive", "high", 1)
        assert (loading.findings[0].code, loading.findings[0].grade) == ("loading_band", "RCT")
        assert loading.findings[0].observed_on == TODAY - timedelta(days=1)

    def test_an_estimate_lowers_the_confidence(self) -> None:
        estimated = [msgspec.structs.replace(d, blu_by_tier={"C": d.blu}) for d in TRAINING]
        assert summary(load_days=estimated).domains["loading"].confidence == "moderate"

    def test_a_cyclist_is_told_what_was_recorded(self) -> None:
        rides = days_back(*range(0, 28, 3), day_class="none", blu=0.0, minutes=60.0)
        text = summary(load_days=rides).texts["en"]["loading"]
        assert text.startswith("You trained 10 hours; 0 of 28 days had bone-specific loading")
        assert "inactive" not in text

    def test_counts_nothing_on_unknown_days(self) -> None:
        loading = summary(load_days=[], covered=13).domains["loading"]
        assert (loading.band, loading.missing) == ("insufficient", ("covered_days",))

    def test_finds_a_large_step_up(self) -> None:
        steep = days_back(1, 2, 3, blu=60.0) + days_back(9, 11, 16, 18, 23, 25, blu=30.0)
        loading = summary(load_days=steep).domains["loading"]
        assert [finding.code for finding in loading.findings] == ["loading_band", "large_step_up"]
        assert "300 %" in loading.findings[1].text["en"]
        assert "One more day" not in loading.findings[0].text["en"]
        assert len(summary(load_days=steep, covered=26).domains["loading"].findings) == 1

    def test_ignores_days_outside_the_window(self) -> None:
        outside = days_back(91, 100) + days_back(-1)
        assert summary(load_days=TRAINING + outside) == summary(load_days=TRAINING)

    def test_rates_no_day_before_four_weeks(self) -> None:
        before = summary(load_days=TRAINING + days_back(28, 40))
        assert before.domains == summary(load_days=TRAINING).domains

    def test_impact_that_is_contraindicated_is_not_rated(self) -> None:
        made = summary(profile=AthleteProfile(impact_contraindicated=True))
        loading = made.domains["loading"]
        assert (loading.band, loading.findings, loading.missing) == ("not_applied", (), ())
        assert "supervised" in made.texts["en"]["loading"]

    def test_expects_no_density_change_with_advanced_kidney_disease(self) -> None:
        profile = msgspec.structs.replace(ADULT, dialysis=True)
        assert "kidney disease" in summary(profile=profile).texts["en"]["loading"]
        egfr = vitamin_d("29", analyte="egfr", unit="mL/min/{1.73_m2}")
        assert "kidney disease" in summary(egfr).texts["en"]["loading"]
        old = vitamin_d("29", analyte="egfr", on=TODAY - timedelta(days=366))
        assert "kidney disease" not in summary(old).texts["en"]["loading"]

    def test_kidneys_are_told_by_the_age_on_the_day_of_the_sample(self) -> None:
        sample = date(2026, 5, 1)
        woman = AthleteProfile(sex="female", born_date=date(1966, 5, 2))
        creatinine = vitamin_d("1.0", analyte="creatinine", on=sample)
        given = {"creatinine_mg_dl": 1.0, "age": 59, "sex": "female"}
        expected = run("lab.egfr_ckdepi2021", given)["egfr"]
        assert about(creatinine, profile=woman, as_of=TODAY).egfr == expected


class TestVitaminD:
    @pytest.mark.parametrize(
        ("value", "code", "level"),
        [
            ("11.99", "vitd_very_low", 2),
            ("12", "vitd_low", 1),
            ("20", "vitd_adequate_for_most", 0),
            ("30", "vitd_adequate", 0),
            ("101", "vitd_high", 1),
            ("151", "vitd_toxicity_range", 2),
        ],
    )
    def test_levels_of_the_default_scheme(self, value: Any, code: Any, level: Any) -> None:
        (finding,) = nutrition(vitamin_d(value)).findings
        assert (finding.code, finding.level, finding.observation_ids) == (code, level, (uid(1),))
        assert (finding.value, finding.unit) == (float(value), "ng/mL")

    def test_a_very_low_result_is_worth_raising_though_little_else_is_known(self) -> None:
        made = summary(vitamin_d("9"))
        area = made.domains["nutrition_hormones"]
        assert (area.band, area.confidence, area.completeness) == ("review", "low", 0.25)
        assert made.overall == "review"
        assert made.next_step["code"] == "review_nutrition_hormones"
        assert "25-OH vitamin D result" in made.texts["en"]["headline"]

    def test_a_low_result_alone_gives_no_band(self) -> None:
        area = nutrition(vitamin_d("14"))
        assert area.band == "insufficient"
        assert area.missing == ("calcium_log", "calcium_with_albumin", "protein_log")

    def test_calcium_with_albumin_completes_half(self) -> None:
        calcium = vitamin_d("9.5", analyte="calcium", record=2)
        albumin = vitamin_d("4.2", analyte="albumin", record=3)
        assert nutrition(vitamin_d("14"), calcium, albumin).band == "mixed"
        apart = msgspec.structs.replace(albumin, local_date=date(2026, 4, 1))
        assert nutrition(vitamin_d("14"), calcium, apart).band == "insufficient"

    @pytest.mark.parametrize("scheme", ["mechanostat_v1", "es2011", "iom2011", "es2024", "own"])
    def test_toxicity_is_a_safety_finding_in_every_scheme(self, scheme: Any) -> None:
        made = summary(vitamin_d("160"), profile=AthleteProfile(vitamin_d_scheme=scheme))
        assert made.safety == ("vitd_toxicity_range",)
        assert made.next_step["code"] == "contact_clinician"
        assert made.overall == "review"

    def test_a_scheme_without_classes_finds_nothing(self) -> None:
        area = nutrition(vitamin_d("9"), profile=AthleteProfile(vitamin_d_scheme="es2024"))
        assert area.findings == ()
        assert "vitd_25oh" not in area.missing

    def test_an_old_result_is_stale(self) -> None:
        area = nutrition(vitamin_d("9", on=TODAY - timedelta(days=366)))
        assert (area.band, area.findings, len(area.stale)) == ("insufficient", (), 1)
        assert "vitd_25oh" in area.missing
        assert len(nutrition(vitamin_d("9", on=TODAY - timedelta(days=365))).findings) == 1

    def test_takes_the_newest_usable_result(self) -> None:
        older = vitamin_d("9", on=date(2026, 1, 1), record=2)
        assert nutrition(older, vitamin_d("40")).findings[0].code == "vitd_adequate"
        assert nutrition(older, vitamin_d("40", usable=False)).findings[0].code == "vitd_very_low"

    def test_says_what_was_printed_against_which_reference(self) -> None:
        finding = nutrition(
            vitamin_d("14.0224", source_value=Decimal("35.0"), source_unit="nmol/L")
        ).findings[0]
        assert finding.text["en"].startswith(
            "Your 25-OH vitamin D was 35 nmol/L (14 ng/mL) on 1 May 2026. "
            "That is from 12 to below 20 ng/mL, the class \u201clow\u201d of the scheme"
        )

    def test_pregnancy_has_no_class_and_no_nudge(self) -> None:
        profile = msgspec.structs.replace(ADULT, pregnant=True)
        made = summary(vitamin_d("9"), profile=profile, load_days=[])
        assert made.domains["nutrition_hormones"].findings == ()
        steps = [made.next_step, *made.also]
        assert not [step for step in steps if "loading" in step["code"]]
        assert "Supervised" in made.texts["en"]["loading"]
        assert made.domains["bone"].missing == ("fracture_history",)


class TestUnder18:
    CHILD = AthleteProfile(born_date=TODAY - timedelta(days=15 * 366))

    def test_muscle_and_bone_are_not_applied(self) -> None:
        domains = summary(profile=self.CHILD).domains
        assert {domains[name].band for name in ("muscle", "bone")} == {"not_applied"}
        assert domains["bone"].missing == ()

    @pytest.mark.parametrize(
        ("value", "low", "code"),
        [
            ("9", None, None),
            ("9", "20", "vitd_below_lab_interval"),
            ("25", "20", "vitd_within_lab_interval"),
            ("60", "20", "vitd_above_lab_interval"),
            ("160", "20", "vitd_toxicity_range"),
        ],
    )
    def test_only_the_laboratory_decides(self, value: Any, low: Any, code: Any) -> None:
        interval: dict[str, Any] = (
            {} if low is None else {"ref_low": Decimal(low), "ref_high": Decimal(50)}
        )
        found = nutrition(vitamin_d(value, **interval), profile=self.CHILD).findings
        assert [finding.code for finding in found] == ([code] if code else [])


class TestSameness:
    OBSERVATIONS = tuple(vitamin_d(str(n), record=n) for n in (9, 14, 22, 35))

    @given(st.permutations(OBSERVATIONS), st.permutations(TRAINING))
    def test_order_does_not_matter(self, observations: Any, load_days: Any) -> None:
        assert summary(*observations, load_days=load_days) == summary(*self.OBSERVATIONS)

    def test_the_hash_leaves_out_when_and_where_in_the_feed(self) -> None:
        one = summary(vitamin_d("14"))
        two = summary(vitamin_d("14"), as_of=TODAY + timedelta(days=1), covers_seq=99)
        assert one.inputs_hash == two.inputs_hash

    @pytest.mark.parametrize(
        "change",
        [
            {"covered": 27},
            {"profile": AthleteProfile(born_date=date(1991, 1, 1))},
            {"load_days": TRAINING[1:]},
            {"locales": ("en", "de")},
        ],
    )
    def test_the_hash_holds_every_input(self, change: Any) -> None:
        assert (
            summary(vitamin_d("14"), **change).inputs_hash != summary(vitamin_d("14")).inputs_hash
        )

    def test_the_hash_ignores_notes_and_trailing_zeros(self) -> None:
        noted = msgspec.structs.replace(ADULT, note="feeling fine")
        stored = vitamin_d("14.00", source_value=Decimal("14.00"))
        assert summary(stored, profile=noted).inputs_hash == summary(vitamin_d("14")).inputs_hash

    def test_survives_the_wire(self) -> None:
        made = summary(vitamin_d("14"))
        assert msgspec.json.decode(msgspec.json.encode(made), type=RiskSummary) == made


class TestWording:
    @given(
        value=st.decimals("0.5", "299", places=1),
        scheme=st.sampled_from(["mechanostat_v1", "es2011", "iom2011"]),
        covered=st.integers(0, 28),
        flags=st.fixed_dictionaries(
            {},
            optional={name: st.booleans() for name in ("pregnant", "dialysis", "impact_limited")},
        ),
    )
    def test_claims_nothing_the_evidence_does_not(
        self, value: Any, scheme: Any, covered: Any, flags: Any
    ) -> None:
        profile = AthleteProfile(born_date=date(1990, 1, 1), vitamin_d_scheme=scheme, **flags)
        made = summary(vitamin_d(str(value)), profile=profile, covered=covered)
        texts = made.texts["en"] | {"step": made.next_step["en"]}
        assert set(texts) == {*DOMAINS, "headline", "footer", "step"}
        for key, text in texts.items():
            assert text
            assert "score" not in text
            found = run("summary.text_lint", {"text": text})["violations"]
            assert (found == []) is (key != "footer")

    def test_every_template_passes_the_lint(self) -> None:
        book = wording.phrasebook("en")
        assert all(checked(text) for key, text in book.texts.items() if key != "footer")

    def test_refuses_a_claim(self) -> None:
        with pytest.raises(ForbiddenWording):
            checked("Jumping prevents fractures.")

    def test_every_step_is_said_in_every_locale(self) -> None:
        made = summary(vitamin_d("9"), locales=("en", "de-AT"))
        assert all(
            {"code", "text_key", "en", "de-AT"} == set(s) for s in (made.next_step, *made.also)
        )
        assert len(made.also) == 2
        assert set(made.texts) == {"en", "de-AT"}

    @pytest.mark.parametrize(
        ("value", "text"), [("0.25", "0.3"), ("-0.25", "-0.3"), ("14.0", "14"), ("100", "100")]
    )
    def test_rounds_halves_away_from_zero(self, value: Any, text: Any) -> None:
        assert rounded(Decimal(value)) == text

    def test_says_a_date_no_more_precisely_than_it_is_known(self) -> None:
        day = date(2026, 5, 1)
        said = [say_date(day, "en", precision=p) for p in ("second", "day", "month", "year")]
        assert said == ["1 May 2026", "1 May 2026", "May 2026", "2026"]

    def test_says_a_german_date_with_a_dot_that_ends_no_sentence(self) -> None:
        said = [say_date(date(2026, 5, 1), "de", precision=p) for p in ("day", "month")]
        assert said == ["1.\u00a0Mai 2026", "Mai 2026"]
