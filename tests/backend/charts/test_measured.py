"""Pictures of what was measured: vitamin D, bone density, muscle and bone, strength."""

import string
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.charts import density, muscle_bone, strength, vitamin_d
from backend.charts.chart import Chart
from backend.models import run
from backend.readmodels import Observation
from backend.records.athlete_profile import AthleteProfile
from backend.records.lab_result import SupplementDose
from backend.summary.facts import Facts
from backend.summary.lint import violations
from tests.backend import build
from tests.backend.build import TODAY, exercise, uid, workout
from tests.backend.charts.reading import (
    HOSTILE,
    assert_is_sound,
    column,
    drawn,
    having,
    marks,
    words_in,
)
from tests.backend.test_summary_findings import WOMAN_70, ago, facts, lean, scan


def seen(days: int, value: str | None, record: int, **fields: Any) -> Observation:
    """Return a vitamin D result of so many days ago, in ng/mL."""
    return build.vitamin_d(value, on=ago(days), record=record, **fields)


def vitamin_d_of(
    *results: Observation, doses: dict[UUID, SupplementDose] | None = None,
    latitude: float | None = None, due_on: date | None = None,
) -> Chart:  # fmt: skip
    """Return the picture of results, newest first."""
    return vitamin_d.vitamin_d_chart(
        results, doses=doses or {}, latitude=latitude, as_of=TODAY, due_on=due_on
    )


class TestVitaminD:
    def test_breaks_where_laboratory_or_method_changes(self) -> None:
        results = [
            seen(10, "30", 3, lab="S"),
            seen(90, "25", 2, lab="N"),
            seen(180, "20", 1, lab="N"),
        ]
        chart = vitamin_d_of(*results)
        assert_is_sound(chart)
        picture = drawn(chart)
        assert len(having(picture, "chart-break")) == 1
        assert len(having(picture, "point-line")) == 1
        assert "break" in marks(chart)

    def test_flags_a_stated_dose_where_it_changes(self) -> None:
        results = [seen(days, "30", days) for days in (10, 100, 200, 300)]
        doses = {uid(days): SupplementDose("vitamin_d", amount, "IU/d")
                 for days, amount in ((300, 1000.0), (200, 1000.0), (10, 2000.0))}  # fmt: skip
        chart = vitamin_d_of(*results, doses=doses)
        assert_is_sound(chart)
        assert len(having(drawn(chart), "chart-dose")) == 2
        assert column(chart, "dose") == ["2000 IU/d", None, "1000 IU/d", "1000 IU/d"]
        assert [row[7].text for row in chart.shown][1] == "not stated"

    @pytest.mark.parametrize(("latitude", "first"), [(52.0, 12), (-35.0, 6)])
    def test_shades_the_half_year_around_the_yearly_low(self, latitude: float, first: int) -> None:
        chart = vitamin_d_of(seen(10, "30", 1), latitude=latitude)
        assert having(drawn(chart), "chart-season")
        point = vitamin_d._point(seen(10, "30", 1), None)
        assert point is not None
        seasons = vitamin_d._seasons([point], latitude, TODAY)
        assert {start.month for start, _ in seasons} == {first}
        assert all(170 < (end - start).days < 190 for start, end in seasons)

    @pytest.mark.parametrize("latitude", [None, 0.0, 20.0])
    def test_shades_nothing_near_the_equator_or_where_it_does_not_know(
        self, latitude: float | None
    ) -> None:
        chart = vitamin_d_of(seen(10, "30", 1), latitude=latitude)
        assert having(drawn(chart), "chart-season") == []
        assert ("has a latitude" in chart.foot) == (latitude is None)

    def test_marks_when_the_next_is_due(self) -> None:
        chart = vitamin_d_of(seen(10, "30", 1), due_on=TODAY + timedelta(days=60))
        assert len(having(drawn(chart), "chart-due")) == 1
        assert "next due 31 Jul 2026" in words_in(drawn(chart))

    def test_shows_a_limit_as_printed_and_never_as_a_number(self) -> None:
        limit = seen(10, None, 1, comparator="<", source_value=Decimal(4), flags=("censored",))
        chart = vitamin_d_of(limit)
        assert column(chart, "value") == [None]
        assert column(chart, "printed") == ["<4 ng/mL"]
        assert len(having(drawn(chart), "point-censored")) == 1

    def test_says_why_when_no_result_can_be_drawn(self) -> None:
        gone = seen(10, None, 1, status="cancelled", flags=("cancelled",))
        chart = vitamin_d_of(gone)
        assert chart.wide == ""
        assert "table says why" in chart.undrawn
        assert column(chart, "note") == ["cancelled"]

    def test_is_words_without_a_result(self) -> None:
        assert vitamin_d_of().rows == ()
        assert "Without a reason to test, none is needed" in vitamin_d_of().empty

    def test_escapes_what_laboratories_wrote(self) -> None:
        doses = {uid(1): SupplementDose("d", 5.0, HOSTILE)}
        chart = vitamin_d_of(seen(10, "30", 1, lab=HOSTILE, source_unit=HOSTILE), doses=doses)
        assert "<script>" not in chart.wide
        assert HOSTILE in words_in(drawn(chart))


def hip(bmd: float, **more: Any) -> dict[str, Any]:
    """Return the densities of one scan."""
    return {"total_hip": {"bmd_g_cm2": bmd, **more}}


class TestDensity:
    def test_draws_the_least_significant_change_around_each_scan(self) -> None:
        chart = density.density_chart(facts(scan(400, 1, **hip(0.8)), scan(10, 2, **hip(0.81))))
        assert_is_sound(chart)
        expected = run(
            "bone.lsc_change",
            {"site": "total_hip", "bmd1": 0.8, "bmd2": 0.81, "same_device": True,
             "days_between": 390},
        )  # fmt: skip
        assert column(chart, "lsc_g_cm2")[1] == round(float(str(expected["lsc_g_cm2"])), 3)
        assert len(having(drawn(chart), "chance-bar")) == 6  # a stem and two caps each
        assert column(chart, "verdict") == ["within chance", "first scan"]
        assert len(having(drawn(chart), "point-within")) == 1

    @pytest.mark.parametrize(("bmd", "verdict"), [(0.9, "higher"), (0.7, "lower")])
    def test_tells_a_step_beyond_chance(self, bmd: float, verdict: str) -> None:
        chart = density.density_chart(facts(scan(400, 1, **hip(0.8)), scan(10, 2, **hip(bmd))))
        assert column(chart, "verdict")[0] == f"{verdict}, beyond chance"
        assert having(drawn(chart), "point-within") == []

    def test_breaks_between_machines_and_compares_each_with_itself(self) -> None:
        scans = [scan(900, 1, **hip(0.8)), scan(500, 2, device_id="B", **hip(0.9)),
                 scan(10, 3, **hip(0.81))]  # fmt: skip
        chart = density.density_chart(facts(*scans))
        assert column(chart, "verdict") == ["within chance", "first on this machine", "first scan"]
        assert len(having(drawn(chart), "chart-break")) == 2
        assert having(drawn(chart), "point-line") == []
        assert "break" in marks(chart)

    def test_compares_nothing_where_nobody_says_which_machine_it_was(self) -> None:
        unnamed = [scan(days, days, **hip(0.8)) for days in (500, 10)]
        nameless = [
            (kind, key, body.replace(b'"device_id":"A1"', b'"device_id":null')
             .replace(b'"model":"Lunar"', b'"model":null'))
            for kind, key, body in unnamed
        ]  # fmt: skip
        chart = density.density_chart(facts(*nameless))
        assert column(chart, "verdict")[0] == "first on this machine"
        assert len(having(drawn(chart), "chart-break")) == 1

    def test_draws_no_bar_where_precision_is_not_known(self) -> None:
        sites: dict[str, Any] = {"radius_33": {"bmd_g_cm2": 0.6}}
        chart = density.density_chart(facts(scan(400, 1, **sites), scan(10, 2, **sites)))
        assert having(drawn(chart), "chance-bar") == []
        assert column(chart, "verdict")[0] == "chance not known"
        assert chart.shown[0][3].text == "not known"

    def test_gives_each_site_and_side_a_panel(self) -> None:
        both = scan(
            9, 1, lumbar_spine={"bmd_g_cm2": 1.0}, femoral_neck={"bmd_g_cm2": 0.7, "side": "left"}
        )
        chart = density.density_chart(facts(both))
        assert column(chart, "site") == ["Lumbar spine", "Femoral neck, left"]
        assert "Femoral neck, left, g/cm²" in words_in(drawn(chart))

    def test_prints_no_digits_that_no_machine_measures(self) -> None:
        sites = hip(0.8123456, t_score=-1.4000000000000001, z_score=-0.123)
        chart = density.density_chart(facts(scan(9, 1, **sites)))
        row = chart.records[0]
        assert (row["bmd_g_cm2"], row["t_score"], row["z_score"]) == (0.812, -1.4, -0.12)

    def test_is_words_without_a_density(self) -> None:
        chart = density.density_chart(facts(scan(9, 1, lumbar_spine={"t_score": -1.0})))
        assert chart.rows == ()
        assert chart.empty.startswith("No scan with a bone density")


def pair_of(*records: Any, profile: AthleteProfile = WOMAN_70) -> Chart:
    """Return the quadrant of these records."""
    return muscle_bone.muscle_bone_chart(facts(*records), profile=profile, as_of=TODAY)


def spine(score: float) -> dict[str, Any]:
    """Return the scores of one scan."""
    return {"lumbar_spine": {"t_score": score, "z_score": score + 1}}


class TestMuscleBone:
    def test_pairs_each_scan_with_the_nearest_lean_mass(self) -> None:
        chart = pair_of(
            scan(800, 1, **spine(-2.0)), scan(30, 2, **spine(-1.5)),
            lean(820, 14.0, 11), lean(100, 15.0, 12), lean(20, 16.0, 13),
        )  # fmt: skip
        assert_is_sound(chart)
        assert column(chart, "score") == [-1.5, -2.0]
        assert column(chart, "almi_kg_m2") == [round(16 / 1.6**2, 2), round(14 / 1.6**2, 2)]
        assert column(chart, "days_apart") == [10, 20]
        picture = drawn(chart)
        assert len(having(picture, "point-earlier")) == 1
        assert len(having(picture, "point-line")) == 1
        assert having(picture, "point-line-apart") == []
        assert "Mar 2024" in words_in(picture)

    def test_pairs_nothing_further_apart_than_half_a_year(self) -> None:
        assert pair_of(scan(30, 1, **spine(-1.5)), lean(30 + 181, 15.0)).rows == ()
        assert len(pair_of(scan(30, 1, **spine(-1.5)), lean(30 + 180, 15.0)).rows) == 1

    @pytest.mark.parametrize("other", [{"device_id": "B"}, {}])
    def test_does_not_join_what_is_not_comparable(self, other: dict[str, str]) -> None:
        device = {} if other else {"device": "Lunar 2"}
        chart = pair_of(
            scan(800, 1, **spine(-2.0)), scan(30, 2, **other, **spine(-1.5)),
            lean(800, 14.0, 11), lean(30, 15.0, 12, **device),
        )  # fmt: skip
        assert len(having(drawn(chart), "point-line-apart")) == 1
        assert "apart" in marks(chart)

    def test_reads_the_young_by_their_own_age(self) -> None:
        young = AthleteProfile(sex="female", born_date=date(1996, 1, 1), height_cm=168)
        chart = pair_of(scan(30, 1, **spine(-1.5)), lean(30, 17.0), profile=young)
        assert column(chart, "scale") == ["Z"]
        assert column(chart, "score") == [-0.5]

    def test_shows_children_no_t_score_and_no_cut_off_of_adults(self) -> None:
        girl = AthleteProfile(sex="female", born_date=date(2011, 1, 1), height_cm=165)
        only_t = scan(30, 1, lumbar_spine={"t_score": -1.0})
        assert pair_of(only_t, lean(30, 14.0), profile=girl).rows == ()
        chart = pair_of(scan(30, 1, **spine(-1.5)), lean(30, 14.0), profile=girl)
        assert column(chart, "scale") == ["Z"]
        assert len(having(drawn(chart), "chart-reference")) == 1

    def test_draws_no_cut_off_for_muscle_without_sex(self) -> None:
        nobody = AthleteProfile(born_date=date(1950, 1, 1), height_cm=165)
        chart = pair_of(scan(30, 1, **spine(-1.5)), lean(30, 14.0), profile=nobody)
        assert len(having(drawn(chart), "chart-reference")) == 1
        assert "no upright one" in chart.foot

    def test_is_words_without_a_pair_or_a_height(self) -> None:
        tall = AthleteProfile(sex="female", born_date=date(1950, 1, 1))
        records = (scan(30, 1, **spine(-1.5)), lean(30, 14.0))
        assert pair_of(*records, profile=tall).rows == ()
        assert pair_of().empty.startswith("No pair yet")


def lifted(days: int, *sets: dict[str, object], name: str = "squat") -> Any:
    """Return a workout of so many days ago with one lift."""
    on = ago(days).isoformat()
    return workout(local_date=on, exercises=[exercise(name, *sets)])


def strength_of(*sessions: Any) -> Chart:
    """Return the picture of logged sets."""
    return strength.strength_chart(sessions, as_of=TODAY)


HEAVY: dict[str, object] = {"reps": 5, "load_kg": 100.0, "rir": 2}


class TestStrength:
    def test_takes_the_best_set_of_a_week_inside_its_band(self) -> None:
        chart = strength_of(
            lifted(2, HEAVY, {"reps": 5, "load_kg": 90.0, "rir": 2}), lifted(9, HEAVY)
        )
        assert_is_sound(chart)
        assert column(chart, "week_to") == [TODAY, ago(7)]
        assert column(chart, "sets") == [2, 1]
        assert chart.rows[0][3:] == (123.3, 120.0, 126.7)
        picture = drawn(chart)
        assert len(having(picture, "estimate-band")) == 1
        assert len(having(picture, "point")) == 2

    def test_says_what_the_model_says(self) -> None:
        expected = run("load.e1rm", {"load_kg": 100.0, "reps": 5, "rpe": 8})["e1rm_kg"]
        chart = strength_of(lifted(2, {"reps": 5, "load_kg": 100.0, "rpe": 8}))
        assert column(chart, "e1rm_kg") == [round(float(str(expected)), 1)]

    @pytest.mark.parametrize(
        "one",
        [
            {"reps": 5, "load_kg": 100.0}, {"reps": 12, "load_kg": 100.0, "rir": 3},
            {**HEAVY, "set_type": "warmup"}, {**HEAVY, "load_kind": "assisted"},
            {**HEAVY, "load_kg": 0.0}, {"load_kg": 100.0, "rir": 1}, {**HEAVY, "reps": 0},
        ],
    )  # fmt: skip
    def test_does_not_estimate_from_what_says_nothing(self, one: dict[str, object]) -> None:
        chart = strength_of(lifted(2, one))
        assert chart.rows == ()
        assert "Log all three" in chart.empty

    def test_takes_a_set_to_failure_at_its_word(self) -> None:
        chart = strength_of(lifted(2, {"reps": 3, "load_kg": 100.0, "set_type": "failure"}))
        assert chart.rows[0][3:5] == (110.0, 110.0)

    def test_leaves_a_long_pause_open(self) -> None:
        chart = strength_of(lifted(1, HEAVY), lifted(60, HEAVY), lifted(67, HEAVY))
        picture = drawn(chart)
        assert len(having(picture, "estimate-band")) == 2
        assert len(having(picture, "point-line")) == 1

    def test_shows_the_lifts_logged_most_often(self) -> None:
        often = [lifted(day, HEAVY, name="deadlift") for day in (1, 8, 15)]
        seldom = [lifted(1, HEAVY, name=f"lift_{letter}") for letter in string.ascii_lowercase[:9]]
        chart = strength_of(*seldom, *often)
        assert list(dict.fromkeys(column(chart, "lift"))) == [
            "Deadlift",
            "Lift a",
            "Lift b",
            "Lift c",
        ]

    @pytest.mark.parametrize("days", [-1, 7 * strength.WEEKS])
    def test_looks_at_half_a_year_and_not_ahead(self, days: int) -> None:
        assert strength_of(lifted(days, HEAVY)).rows == ()

    def test_escapes_what_a_lift_is_called(self) -> None:
        chart = strength_of(lifted(1, HEAVY, name=HOSTILE))
        assert "<script>" not in chart.wide
        assert HOSTILE.lower() in words_in(drawn(chart)).lower()

    @given(
        st.lists(
            st.tuples(st.integers(0, 181), st.floats(0.5, 1500), st.integers(1, 9)),
            min_size=1, max_size=30,
        )
    )  # fmt: skip
    def test_keeps_every_estimate_inside_the_frame(
        self, rows: list[tuple[int, float, int]]
    ) -> None:
        sets = [lifted(day, {"reps": reps, "load_kg": kg, "rir": 1}) for day, kg, reps in rows]
        chart = strength_of(*sets)
        assert_is_sound(chart)
        for _, _, _, best, low, high in chart.rows:
            assert float(str(low)) <= float(str(best)) <= float(str(high))


def test_no_picture_claims_more_than_the_evidence_allows() -> None:
    empty = Facts()
    full = facts(scan(30, 1, **spine(-1.5), **hip(0.8)), lean(30, 14.0))
    charts = [
        vitamin_d_of(),
        vitamin_d_of(seen(10, "30", 1), latitude=50.0),
        strength_of(),
        strength_of(lifted(1, HEAVY)),
        *(density.density_chart(each) for each in (empty, full)),
        *(muscle_bone.muscle_bone_chart(each, profile=WOMAN_70, as_of=TODAY)
          for each in (empty, full)),
    ]  # fmt: skip
    for chart in charts:
        said = [chart.title, chart.note, chart.foot, chart.empty, chart.caption]
        said += [key.text for key in chart.legend]
        assert violations(" ".join(said)) == []
