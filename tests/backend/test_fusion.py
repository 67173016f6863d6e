"""When two recordings are one workout, and what that workout is."""

from uuid import UUID

import pytest

from backend.fusion.candidates import candidate_of
from backend.fusion.fields import fuse
from backend.fusion.pairs import Link, compare
from backend.fusion.tables import MOST_A_DAY, RULE_VERSION, are_compatible, family_of, role_of
from backend.loading.rate import rate_session
from backend.loading.tables import SPORTS
from backend.records.workout_session import WorkoutSession
from tests.backend.build import exercise, uid, workout
from tests.backend.fusing import (
    LOGGER,
    PHONE,
    WATCH,
    at,
    decided,
    numbers,
    recording,
    said,
    states,
    together,
)

HEAVY: list[dict[str, object]] = [{"reps": 5, "load_kg": 80 + kg} for kg in range(5)]
LIGHT: list[dict[str, object]] = [{"reps": 5, "load_kg": 40 + kg} for kg in range(5)]
SQUATS, OTHER_SQUATS = exercise("squat", *HEAVY), exercise("squat", *LIGHT)


def link(start: float, end: float, activity: str = "plyometrics") -> Link | None:
    """Return how a logged hour of strength training is linked with what a watch recorded."""
    return compare(recording(1, start, end, WATCH, activity), recording(2, 0, 60, LOGGER))


class TestOverlap:
    @pytest.mark.parametrize(
        ("start", "end", "level", "score"),
        [
            (0, 60, "fuse", 1.0),
            (18, 78, "fuse", 0.7),  # 42 of 60 minutes
            (18.1, 78.1, "ask", 0.6983),
            (27, 87, "ask", 0.55),
            (36, 96, "ask", 0.4),
            (20, 40, "fuse", 1.0),  # the shorter lies within
            (50, 80, "none", 0.0),  # a third of the shorter
            (60, 120, "none", 0.0),
        ],
    )
    def test_of_the_shorter_decides(
        self, start: float, end: float, level: str, score: float
    ) -> None:
        found = link(start, end) or Link("none", 0.0, 0.0, "")  # type: ignore[arg-type]  # no link
        assert (found.level, found.score) == (level, score)

    def test_is_the_same_seen_from_either_side(self) -> None:
        one, other = recording(1, 10, 70, WATCH), recording(2, 0, 50, LOGGER)
        assert compare(one, other) == compare(other, one)


class TestCloseStarts:
    def test_fuse_what_lasts_about_as_long(self) -> None:
        late = compare(recording(1, 9, 23, WATCH), recording(2, 0, 12, LOGGER))
        assert late is not None
        assert (late.level, late.reason, late.score) == ("fuse", "near_start", 0.8571)

    def test_do_not_fuse_what_does_not_touch(self) -> None:
        late = compare(recording(1, 9, 14, WATCH), recording(2, 0, 5, LOGGER))
        assert late is not None
        assert late.level == "ask"

    def test_do_not_fuse_what_lasts_longer(self) -> None:
        assert compare(recording(1, 10, 70, WATCH), recording(2, 0, 12, LOGGER)) is None


class TestMoments:
    def test_within_a_recording_are_asked_about(self) -> None:
        found = compare(recording(1, 0, 60, WATCH), recording(2, 30, 30, LOGGER))
        assert found is not None
        assert (found.level, found.reason) == ("ask", "moment")

    def test_elsewhere_are_not(self) -> None:
        assert compare(recording(1, 0, 60, WATCH), recording(2, 90, 90, LOGGER)) is None


class TestKinds:
    def test_must_be_compatible(self) -> None:
        assert link(0, 60, "running") is None
        assert link(0, 60, "plyometrics") is not None

    def test_that_say_nothing_fit_everything(self) -> None:
        assert link(0, 60, "unknown") is not None

    def test_of_every_rated_sport_are_compatible_with_themselves(self) -> None:
        assert all(are_compatible(family_of(one), family_of(one)) for one in SPORTS)
        assert not are_compatible(family_of("swimming"), family_of("cycling"))

    def test_that_no_table_names_are_their_own(self) -> None:
        assert are_compatible(family_of("curling"), family_of("curling"))
        assert not are_compatible(family_of("curling"), family_of("darts"))


class TestOneSource:
    def test_is_asked_about_at_most(self) -> None:
        found = compare(recording(1, 0, 60, WATCH), recording(2, 0, 60, WATCH))
        assert found is not None
        assert found.level == "ask"
        assert compare(recording(1, 0, 60, WATCH), recording(2, 30, 90, WATCH)) is None

    def test_is_told_by_its_device_too(self) -> None:
        second = WATCH | {"device": "garmin edge540"}
        found = compare(recording(1, 0, 60, WATCH), recording(2, 0, 60, second))
        assert found is not None
        assert found.level == "fuse"


class TestClocksWithoutAZone:
    def test_are_made_up_for_by_equal_sets(self) -> None:
        exact = recording(1, 600, 660, WATCH, exercises=[SQUATS])
        local = recording(2, 480, 540, LOGGER, exercises=[SQUATS], time_quality="local_only")
        found = compare(exact, local)
        assert found is not None
        assert (found.level, found.reason) == ("fuse", "same_sets")

    def test_prove_nothing_with_other_sets_or_another_day(self) -> None:
        exact = recording(1, 600, 660, WATCH, exercises=[SQUATS])
        copy: dict[str, object] = {"exercises": [SQUATS], "time_quality": "date_only"}
        others: list[dict[str, object]] = [
            {"exercises": [OTHER_SQUATS]},
            {"local_date": "2026-06-02"},
            {"time_quality": "utc"},
        ]
        assert compare(exact, recording(2, 0, 0, LOGGER, **copy)) is not None
        for other in others:
            assert compare(exact, recording(2, 0, 0, LOGGER, **(copy | other))) is None


class TestVersion:
    def test_names_every_table(self) -> None:
        assert len(RULE_VERSION.split(".")) == 4


class TestRoles:
    @pytest.mark.parametrize(
        ("source", "role"),
        [
            ({"system": "fit", "app": None, "method": "sensed"}, "sensed"),
            ({"system": "healthkit", "app": "com.hevyapp.hevy", "method": "sensed"}, "logger"),
            ({"system": "healthkit", "app": "com.apple.health", "method": "typed"}, "logger"),
            ({"system": "strava", "app": None, "method": None}, "sensed"),
            ({"system": "gym_kiosk", "app": None, "method": None}, "other"),
            ({"system": None, "app": None, "method": None}, "logger"),
            ({"system": None, "app": "Armstrong", "method": None}, "other"),
        ],
    )
    def test_come_from_app_then_method_then_system(
        self, source: dict[str, str | None], role: str
    ) -> None:
        assert role_of(**source) == role


class TestGroups:
    def test_take_a_third_source_in(self) -> None:
        found = decided(
            [recording(1, 0, 60, WATCH), recording(2, 5, 55, LOGGER), recording(3, 2, 61, PHONE)]
        )
        assert together(found) == {(1, 2, 3)}
        (verdict,) = found.verdicts
        assert (verdict.state, verdict.decided_by, verdict.primary) == ("fused", "rule", uid(1))

    def test_never_swallow_two_that_do_not_overlap(self) -> None:
        day = recording(1, 0, 600, WATCH)
        found = decided([day, recording(2, 30, 90, LOGGER), recording(3, 300, 360, PHONE)])
        assert len(together(found)) == 1
        assert (1, 2, 3) not in together(found)
        assert sorted(states(found).values()) == ["asks", "fused"]

    def test_do_not_chain_through_a_day(self) -> None:
        sources = [WATCH, LOGGER, PHONE, {"system": "strava"}, {"system": "polar"}]
        chain = [recording(n, 18 * n, 18 * n + 60, sources[n]) for n in range(5)]
        assert all(len(group) <= 3 for group in together(decided(chain)))

    def test_have_a_member_that_all_the_others_are_linked_with(self) -> None:
        starts, sources = (0, 10, 25, 35), (WATCH, LOGGER, PHONE, {"system": "strava"})
        stairs = [
            recording(n, start, start + 60, sources[n]) for n, start in enumerate(starts)
        ]  # each overlaps the next by 70 % and more, all by more than 40 %
        found = decided(stairs)
        assert together(found) == {(0, 1), (2, 3)}
        assert states(found)[1, 2] == "asks"

    def test_hold_one_record_of_a_source(self) -> None:
        found = decided(
            [recording(1, 0, 60, WATCH), recording(2, 0, 60, WATCH), recording(3, 0, 58, LOGGER)]
        )
        assert len(together(found)) == 1
        assert all(len(group) == 2 for group in together(found))

    def test_are_led_by_the_one_whose_times_were_measured(self) -> None:
        found = decided([recording(1, 0, 60, LOGGER), recording(2, 3, 55, WATCH)])
        assert found.verdicts[0].primary == uid(2)

    def test_are_not_made_on_a_crowded_day(self) -> None:
        crowd = [
            recording(n, 10 * n, 10 * n + 5, WATCH if n % 2 else LOGGER)
            for n in range(1, MOST_A_DAY)
        ]
        pair = [recording(500, 1000, 1060, WATCH), recording(501, 1000, 1060, LOGGER)]
        assert together(decided([*crowd, *pair])) == set()
        assert together(decided([*crowd[1:], *pair])) >= {(500, 501)}


class TestQuestions:
    def test_are_open_between_40_and_70_percent(self) -> None:
        found = decided([recording(1, 0, 60, WATCH), recording(2, 27, 87, LOGGER)])
        assert states(found) == {(1, 2): "asks"}
        assert together(found) == set()

    def test_come_one_at_a_time(self) -> None:
        sources = [WATCH, LOGGER, PHONE]
        found = decided([recording(n, 33 * n, 33 * n + 60, sources[n]) for n in range(3)])
        assert list(states(found).values()) == ["asks"]

    def test_are_not_asked_again(self) -> None:
        pair = [recording(1, 0, 60, WATCH), recording(2, 27, 87, LOGGER)]
        assert states(decided(pair, said(1, 2, "separate"))) == {(1, 2): "separate"}
        assert states(decided(pair, said(1, 2, "same"))) == {(1, 2): "fused"}


class TestDecisions:
    pair = [recording(1, 0, 60, WATCH), recording(2, 0, 60, LOGGER)]

    def test_win_over_the_rule(self) -> None:
        found = decided(self.pair, said(1, 2, "separate", minute=5))
        assert together(found) == set()
        (verdict,) = found.verdicts
        assert (verdict.state, verdict.decided_by, verdict.score) == ("separate", "athlete", 1.0)
        assert verdict.decided_at == at(5)

    def test_bring_together_what_the_rule_would_not(self) -> None:
        found = decided([self.pair[0], recording(2, 500, 560, LOGGER)], said(1, 2))
        (verdict,) = found.verdicts
        assert (verdict.state, verdict.decided_by, verdict.score) == ("fused", "athlete", 0.0)

    @pytest.mark.parametrize("later", ["same", "separate"])
    def test_made_later_win(self, later: str) -> None:
        earlier = "separate" if later == "same" else "same"
        found = decided(
            self.pair,
            said(1, 2, later, minute=9, number=8),
            said(1, 2, earlier, minute=3, number=9),
        )
        assert bool(together(found)) is (later == "same")

    def test_that_contradict_each_other_yield_to_the_newest(self) -> None:
        trio = [*self.pair, recording(3, 0, 60, PHONE)]
        newest = said(1, 3, "separate", minute=9)
        found = decided(trio, said(1, 2, minute=1), said(2, 3, minute=2), newest)
        assert together(found) == {(2, 3)}
        found = decided(trio, said(1, 3, "separate"), said(1, 2, minute=1), said(2, 3, minute=2))
        assert together(found) == {(1, 2, 3)}

    def test_about_records_that_are_not_there_wait(self) -> None:
        assert states(decided([self.pair[0]], said(1, 2, "same"))) == {}


class TestEchoes:
    original = recording(1, 0, 60, LOGGER)
    echo = recording(2, 0, 60, {"system": "mechanostat", "external_id": str(uid(1))})

    def test_are_linked_and_never_counted(self) -> None:
        found = decided([self.original, self.echo])
        (group,) = found.groups
        assert numbers(group.records) == (1, 2)
        assert numbers(group.counted) == (1,)
        assert found.verdicts[0].reason == "echo"

    def test_follow_their_original_into_its_group(self) -> None:
        found = decided([self.original, self.echo, recording(3, 0, 60, WATCH)])
        (group,) = found.groups
        assert numbers(group.counted) == (1, 3)

    def test_without_their_original_are_shown_and_not_counted(self) -> None:
        (group,) = decided([self.echo]).groups
        assert group.counted == ()
        assert numbers(group.records) == (1, 2)
        assert group.primary == uid(1)

    def test_count_when_the_athlete_says_they_are_no_copy(self) -> None:
        found = decided([self.echo], said(1, 2, "separate"))
        assert [numbers(group.counted) for group in found.groups] == [(2,)]
        assert states(found) == {(1, 2): "separate"}

    def test_need_our_mark_and_another_record(self) -> None:
        for source in (
            {"system": "mechanostat"},
            {"system": "mechanostat", "external_id": str(uid(7))},
            {"system": "fit", "external_id": str(uid(1))},
            {"system": "mechanostat", "external_id": "session 4"},
        ):
            body = workout(source=source)
            assert candidate_of(uid(7), body).echo_of is None


class TestFields:
    watch = workout(
        source=WATCH, started_at=at(0), ended_at=at(60), activity="resistance_unspecified",
        timer_s=3000, hr_avg=121, energy_kcal=300, jumps=[{"height_cm": 31.0}],
        exercises=[exercise("squat", {"reps": 5}, confidence="device_guess")],
    )  # fmt: skip
    logged = workout(
        source=LOGGER, started_at=at(4), ended_at=at(52), activity="training", timer_s=60,
        rpe=8, body_mass_kg=70, note="heavy", exercises=[SQUATS],
    )  # fmt: skip

    def fused(self) -> tuple[WorkoutSession, dict[str, UUID]]:
        members = [candidate_of(uid(1), self.watch), candidate_of(uid(2), self.logged)]
        return fuse(members, {uid(1): self.watch, uid(2): self.logged})

    def test_come_from_whoever_knows_them_best(self) -> None:
        body, fields = self.fused()
        assert (body.started_at, body.ended_at) == (at(0), at(60))
        assert (body.timer_s, body.hr_avg, body.energy_kcal) == (3000, 121, 300)
        assert body.exercises == self.logged.exercises
        assert (body.rpe, body.body_mass_kg, body.note) == (8, 70, "heavy")
        assert body.activity == "resistance_unspecified"
        logged = {name for name, record in fields.items() if record == uid(2)}
        assert logged == {"body_mass_kg", "exercises", "note", "rpe"}
        assert {"timer_s", "hr_avg", "jumps", "started_at", "activity"} <= fields.keys() - logged

    def test_make_one_load_of_both(self) -> None:
        body, _ = self.fused()
        load = rate_session(uid(1), body)
        assert (load.tier, load.minutes, load.srpe_au) == ("B", 50, 400)
        assert load.blu == rate_session(uid(2), self.logged).blu
        assert load.blu > rate_session(uid(1), self.watch).blu

    def test_leave_the_records_as_they_are(self) -> None:
        before = (self.watch, self.logged)
        self.fused()
        assert before == (self.watch, self.logged)

    def test_name_no_record_for_what_nobody_has(self) -> None:
        _, fields = self.fused()
        assert "impacts" not in fields
        assert "distance_m" not in fields
