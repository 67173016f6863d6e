"""Workouts to blocks, blocks to days, weeks and coverage."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.loading.days import coverage_days, load_day, weekly
from backend.loading.rate import rate_session
from backend.loading.tables import CONSTANTS, JUMPS, LIFTS, SPORTS, VERSIONS
from backend.readmodels import SessionLoad
from backend.records.workout_session import WorkoutSession
from tests.backend.build import START, TODAY, days_back, exercise, uid, workout


def rate(**fields: object) -> SessionLoad:
    return rate_session(uid(1), workout(**fields))


def heavy_squats(**fields: object) -> dict[str, object]:
    return exercise("squat", {"reps": 5, "load_kg": 100, "rpe": 9} | fields)


class TestTables:
    def test_say_how_far_each_value_was_checked(self) -> None:
        rows: list[Any] = [*SPORTS.values(), *JUMPS.values(), *LIFTS.values()]
        rows += [getattr(CONSTANTS, n) for n in CONSTANTS.__struct_fields__ if n != "version"]
        assert all(row.source and set(row.support) <= set("VMDE/") for row in rows)
        assert set(VERSIONS) == {
            "loading_constants", "impact_forces", "sport_rates", "jump_forces", "exercises",
        }  # fmt: skip

    def test_hold_what_the_reference_lists(self) -> None:
        assert (len(SPORTS), len(JUMPS)) == (42, 15)
        assert SPORTS["afl"].blocks[1].per_minute == 1.0
        assert SPORTS["pilates"].blocks == ()
        assert (JUMPS["drop_jump_60cm"].bw, JUMPS["heel_drop"].bw) == (5.4, 2.5)


class TestRateSession:
    def test_reads_sets_before_the_sport(self) -> None:
        rated = rate(activity="running", body_mass_kg=80, exercises=[heavy_squats()])
        assert rated.tier == "B"
        assert [b.cycles for b in rated.blocks] == [5.0]
        assert rated.blocks[0].bw == pytest.approx(2.475)
        assert rated.heavy_reps == 5
        assert rated.flags == ("tempo_assumed",)
        assert rated.volume_kg == 500

    def test_counts_jumps_by_the_table_without_a_body_mass(self) -> None:
        rated = rate(exercises=[exercise("drop_jump_40cm", {"reps": 50})])
        assert (rated.tier, rated.cycles_ge_3bw) == ("B", 50)

    def test_estimates_from_sport_and_minutes(self) -> None:
        assert rate(activity="running").blu == pytest.approx(21.26836214)

    def test_leaves_an_unknown_sport_unrated(self) -> None:
        rated = rate(activity="chess", rpe=6)
        assert (rated.tier, rated.blu, rated.blocks, rated.srpe_au) == ("D", 0.0, (), 180.0)

    def test_needs_a_body_mass_for_lifts_but_not_for_heavy_repetitions(self) -> None:
        rated = rate(exercises=[heavy_squats()])
        assert (rated.tier, rated.heavy_reps) == ("D", 5)
        assert rated.flags == ("body_mass_kg_missing",)

    def test_says_when_the_body_mass_can_not_be_true(self) -> None:
        assert "body_mass_kg_out_of_range" in rate(
            body_mass_kg=8, exercises=[heavy_squats()]
        ).flags  # fmt: skip

    def test_arms_do_not_make_a_leg_session(self) -> None:
        bench = exercise("bench_press", {"reps": 5, "load_kg": 80, "rir": 0})
        rated = rate(activity="resistance_unspecified", body_mass_kg=80, exercises=[bench])
        assert (rated.tier, rated.heavy_reps, rated.volume_kg) == ("C", 0, 400)

    @pytest.mark.parametrize(
        ("change", "heavy"),
        [
            ({"set_type": "warmup"}, 5),
            ({"rpe": None}, 0),
            ({"rpe": None, "set_type": "failure"}, 5),
            ({"rpe": 7}, 0),
            ({"load_kg": 0}, 0),
            ({"load_kind": "assisted"}, 0),
            ({"load_kind": "bodyweight"}, 0),
            ({"set_type": "rest"}, 0),
            ({"set_type": "of a newer app"}, 0),
            ({"load_kind": "of a newer app"}, 0),
        ],
    )
    def test_counts_heavy_repetitions_by_effort_alone(self, change: Any, heavy: Any) -> None:
        assert rate(body_mass_kg=80, exercises=[heavy_squats(**change)]).heavy_reps == heavy

    def test_calf_raises_are_not_multi_joint(self) -> None:
        calf = exercise("calf_raise", {"reps": 6, "load_kg": 100, "rir": 0})
        rated = rate(body_mass_kg=80, exercises=[calf])
        assert (rated.heavy_reps, rated.tier) == (0, "B")

    def test_the_stated_kind_and_tempo_win(self) -> None:
        own = heavy_squats() | {"exercise": "my lift", "kind": "standing", "tempo": "explosive"}
        rated = rate(body_mass_kg=80, exercises=[own])
        assert rated.blocks[0].bw == pytest.approx(1.4 * 180 / 80)
        assert rated.flags == ()

    def test_an_unknown_exercise_is_left_out(self) -> None:
        rated = rate(body_mass_kg=80, exercises=[heavy_squats() | {"exercise": "my lift"}])
        assert (rated.tier, rated.flags) == ("D", ("exercise_unknown",))

    def test_a_device_guess_counts_and_says_so(self) -> None:
        rated = rate(body_mass_kg=80, exercises=[heavy_squats() | {"confidence": "device_guess"}])
        assert (rated.tier, rated.heavy_reps) == ("B", 5)
        assert "exercise_guessed" in rated.flags

    def test_a_body_weight_set_adds_nothing_to_the_body(self) -> None:
        sets = {"reps": 20, "load_kind": "bodyweight"}
        assert rate(body_mass_kg=80, exercises=[exercise("squat", sets)]).blocks[0].bw == 1.1

    @pytest.mark.parametrize(
        ("fields", "minutes"),
        [
            ({"timer_s": 600, "elapsed_s": 900}, 10),
            ({"timer_s": 0, "elapsed_s": 900}, 15),
            ({}, 30),
            ({"timer_s": 86_401}, 0),
            ({"ended_at": START - timedelta(hours=1)}, 0),
        ],
    )
    def test_takes_the_timer_then_elapsed_then_the_clock(self, fields: Any, minutes: Any) -> None:
        rated = rate(activity="running", **fields)
        assert rated.minutes == minutes
        assert rated.tier == ("C" if minutes else "D")

    @given(reps=st.integers(2, 60), first=st.integers(1, 59), load=st.floats(0, 600))
    def test_splitting_a_set_changes_nothing(self, reps: Any, first: Any, load: Any) -> None:
        first = min(first, reps - 1)
        whole = [exercise("squat", {"reps": reps, "load_kg": load})]
        parts = [{"reps": first, "load_kg": load}, {"reps": reps - first, "load_kg": load}]
        split = [exercise("squat", *parts)]
        one, two = (rate(body_mass_kg=70, exercises=e) for e in (whole, split))
        assert one.volume_kg == pytest.approx(two.volume_kg)
        same = {"volume_kg": None}
        assert msgspec.structs.replace(one, **same) == msgspec.structs.replace(two, **same)


KEYS = st.sampled_from([*LIFTS, *JUMPS, "my lift"])
NUMBER = st.floats(0, 1e9) | st.integers(0, 500)
SETS = st.fixed_dictionaries(
    {"uid": st.just("s")},
    optional={
        "set_type": st.sampled_from(["normal", "warmup", "failure", "rest", "other"]),
        "reps": st.floats(0, 1e7) | st.integers(0, 30),
        "load_kg": NUMBER,
        "load_kind": st.sampled_from(["external", "bodyweight", "assisted", "band", "?"]),
        "rpe": st.floats(0, 10),
        "rir": st.floats(0, 100),
    },
)
EXERCISES = st.fixed_dictionaries(
    {"uid": st.just("e")},
    optional={
        "exercise": KEYS,
        "kind": st.sampled_from(["standing", "leg_press", "upper_limb", "jump", "?"]),
        "tempo": st.sampled_from(["controlled", "explosive", "?"]),
        "confidence": st.sampled_from(["stated", "device_guess"]),
        "sets": st.lists(SETS, max_size=4),
    },
)
IMPACT_BINS = st.fixed_dictionaries(
    {
        "lower_g": st.floats(0, 20),
        "upper_g": st.none() | st.floats(0, 20) | st.floats(0, 1e9),
        "count": st.floats(0, 1e7) | st.integers(0, 60),
    }
)
MOMENTS = st.datetimes(
    min_value=datetime(1900, 1, 2),  # noqa: DTZ001 - the strategy adds the zone
    max_value=datetime(2199, 12, 30),  # noqa: DTZ001 - the strategy adds the zone
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-11))]),
)
BODIES = st.fixed_dictionaries(
    {
        "started_at": MOMENTS,
        "ended_at": MOMENTS,
        "utc_offset_min": st.integers(-840, 840),
        "local_date": st.dates(),
        "activity": st.sampled_from([*SPORTS, "chess", ""]),
    },
    optional={
        "timer_s": NUMBER,
        "elapsed_s": NUMBER,
        "rpe": st.floats(0, 10),
        "body_mass_kg": NUMBER,
        "exercises": st.lists(EXERCISES, max_size=4),
        "impacts": st.fixed_dictionaries(
            {
                "placement": st.sampled_from(["hip", "lower_back", "wrist", "?"]),
                "axis": st.sampled_from(["resultant", "vertical", "?"]),
                "gravity_included": st.booleans(),
                "sampling_hz": st.sampled_from([49.9, 50, 100]),
                "coverage": st.floats(0, 1),
                "bins": st.lists(IMPACT_BINS, max_size=4),
            }
        ),
    },
)


class TestAnyWorkout:
    @given(body=BODIES)
    def test_can_be_rated(self, body: Any) -> None:
        rated = rate_session(uid(1), msgspec.convert(msgspec.to_builtins(body), WorkoutSession))
        assert rated.tier in {"A", "B", "C", "D"}
        assert rated.blu >= 0
        assert rated.ends_at >= rated.starts_at
        assert 0 <= rated.minutes <= 1440
        msgspec.json.encode(rated)


def session(number: int, hour: float, *, minutes: int = 20, **change: object) -> SessionLoad:
    """Return a session of 50 landings at 4 BW."""
    starts_at = START.replace(hour=0) + timedelta(hours=hour)
    body = workout(
        started_at=starts_at,
        ended_at=starts_at + timedelta(minutes=minutes),
        exercises=[exercise("countermovement_jump", {"reps": 50})],
        rpe=5,
    )
    return msgspec.structs.replace(rate_session(uid(number), body), **change)


class TestLoadDay:
    def test_adds_sessions_after_recovery(self) -> None:
        day = load_day(TODAY, [session(1, 8), session(2, 16)], previous_loading_end=None)
        assert day.blu == pytest.approx(17.69321535 * (1 + 1 - 2.718281828 ** (-(7 + 2 / 3) / 6)))
        assert (day.day_class, day.sessions, day.minutes, day.srpe_au) == ("high", 2, 40, 200)
        assert day.last_loading_end == session(2, 16).ends_at
        assert day.blu_by_tier == {"A": 0.0, "B": pytest.approx(day.blu), "C": 0.0}

    def test_shares_a_group_out_by_tier(self) -> None:
        both = [session(1, 8), session(2, 8.5, tier="C")]
        day = load_day(TODAY, both, previous_loading_end=None)
        assert day.blu_by_tier["B"] == pytest.approx(day.blu_by_tier["C"])
        assert sum(day.blu_by_tier.values()) == pytest.approx(day.blu)

    def test_an_overlap_from_yesterday_is_no_rest(self) -> None:
        late = session(1, 0).starts_at + timedelta(minutes=5)
        assert load_day(TODAY, [session(1, 0)], previous_loading_end=late).blu == 0

    def test_an_unrated_session_is_kept_but_loads_nothing(self) -> None:
        rated = rate_session(uid(1), workout(activity="chess"))
        day = load_day(TODAY, [rated], previous_loading_end=None)
        assert (day.blu, day.day_class, day.sessions) == (0, "none", 1)
        assert day.last_loading_end is None

    def test_a_day_without_sessions_is_all_zero(self) -> None:
        day = load_day(TODAY, [], previous_loading_end=START)
        assert (day.blu, day.sessions, day.last_loading_end) == (0, 0, None)

    @given(
        order=st.permutations(range(4)), hours=st.lists(st.floats(0, 23), min_size=4, max_size=4)
    )
    def test_the_order_of_sessions_does_not_matter(self, order: Any, hours: Any) -> None:
        sessions = [session(n, hour) for n, hour in enumerate(hours)]
        ago = START - timedelta(days=1)
        one = load_day(TODAY, sessions, previous_loading_end=ago)
        assert load_day(TODAY, [sessions[n] for n in order], previous_loading_end=ago) == one


class TestWeekly:
    def test_rolls_back_from_the_last_day(self) -> None:
        weeks = weekly(days_back(0, 6, 7, 20), ending=TODAY, weeks=3)
        assert [week.high_days for week in weeks] == [1, 1, 2]
        assert weeks[-1].ends_on == TODAY
        assert weeks[0].starts_on == TODAY - timedelta(days=20)
        assert (weeks[-1].blu, weeks[-1].tier, weeks[-1].sessions) == (40, "B", 2)

    def test_a_week_without_sessions_has_no_tier(self) -> None:
        (week,) = weekly([], ending=TODAY, weeks=1)
        assert (week.blu, week.tier, week.measured_fraction) == (0, None, None)


class TestCoverage:
    @pytest.mark.parametrize(
        ("first", "last", "days"),
        [
            (date(2020, 1, 1), TODAY, 28),
            (date(2020, 1, 1), TODAY + timedelta(days=2), 28),
            (TODAY, TODAY, 1),
            (TODAY - timedelta(days=27), TODAY, 28),
            (TODAY - timedelta(days=10), TODAY - timedelta(days=3), 8),
            (date(2020, 1, 1), TODAY - timedelta(days=28), 0),
            (None, TODAY, 0),
            (TODAY, None, 0),
            (TODAY, TODAY - timedelta(days=1), 0),
        ],
    )
    def test_counts_the_days_that_are_known(self, first: Any, last: Any, days: Any) -> None:
        assert coverage_days(as_of=TODAY, first_session=first, last_input=last) == days
