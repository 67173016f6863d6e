"""One workout from several sources counts once, and the athlete has the last word."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.insights.services import circle
from apps.insights.services.recompute import recompute_athlete
from backend.fusion.tables import MOST_A_DAY
from tests.apps.insights.recordings import (
    FIT_START,
    LOGGER,
    THIRD,
    WATCH,
    copy_of,
    days,
    decide,
    delete,
    edit,
    fit_file,
    fusions,
    live,
    loads,
    logged,
    session,
    states,
    sync,
)
from tests.conftest import Person

NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)


def shared_hour(person: Person, *, shift_min: float = 0) -> tuple[dict[str, Any], dict[str, Any]]:
    """Sync an hour that a watch and a logger recorded, the logger so many minutes later."""
    watch = session(NOON, 60, WATCH, hr_avg=120, timer_s=3000)
    logger = logged(NOON + timedelta(minutes=shift_min), 60)
    sync(person, watch, logger)
    return watch, logger


class TestWatchAndLogger:
    def test_become_one_load(self, athlete: Person) -> None:
        watch, logger = fit_file(athlete), logged()
        sync(athlete, watch, logger)
        (fusion,) = fusions(athlete)
        assert (fusion["state"], fusion["decided_by"], fusion["reason"]) == (
            "fused", "rule", "overlap",
        )  # fmt: skip
        assert fusion["primary"] == watch["id"]
        assert fusion["undone_at"] is None
        assert {one["id"] for one in fusion["records"]} == {watch["id"], logger["id"]}

        (load,) = loads(athlete).values()
        assert str(load.record_id) == watch["id"]
        assert (load.tier, load.heavy_reps, load.volume_kg) == ("B", 15, 1500)
        assert load.flags == ["fused", "tempo_assumed"]
        (day,) = days(athlete).values()
        assert (day.sessions, day.minutes) == (1, load.minutes)

    def test_say_which_source_gave_which_field(self, athlete: Person) -> None:
        watch, logger = shared_hour(athlete)
        (fusion,) = fusions(athlete)
        given = {field: fusion["fields"][field] for field in ("exercises", "rpe", "body_mass_kg")}
        assert set(given.values()) == {logger["id"]}
        given = {field: fusion["fields"][field] for field in ("hr_avg", "timer_s", "started_at")}
        assert set(given.values()) == {watch["id"]}
        (load,) = loads(athlete).values()
        assert (load.minutes, load.srpe_au) == (50, 400)

    def test_reach_the_phone_as_a_record_of_the_feed(self, athlete: Person) -> None:
        watch, logger = shared_hour(athlete)
        (body,) = live(athlete, "fusion").values()
        assert body["records"] == sorted((watch["id"], logger["id"]))
        assert (body["state"], body["primary"], body["score"]) == ("fused", watch["id"], 1.0)
        assert uuid.UUID(next(iter(live(athlete, "fusion")))).version == 8

    def test_stay_as_they_were_pushed(self, athlete: Person) -> None:
        watch, logger = shared_hour(athlete)
        stored = live(athlete, "workout_session")
        assert stored == {watch["id"]: watch["set"], logger["id"]: logger["set"]}

    def test_are_one_workout_for_the_summary_too(self, athlete: Person) -> None:
        today = timezone.now().replace(hour=6, minute=0, second=0, microsecond=0)
        starts = [today - timedelta(days=back) for back in range(2, 20, 2)]
        sync(athlete, *(logged(start) for start in starts))
        before = next(iter(live(athlete, "risk_summary").values()))
        sync(athlete, *(session(start, 31, WATCH) for start in starts))
        after = next(iter(live(athlete, "risk_summary").values()))
        assert len(loads(athlete)) == len(starts)
        assert after["domains"]["loading"] == before["domains"]["loading"]

    def test_are_two_when_their_kinds_do_not_fit(self, athlete: Person) -> None:
        sync(athlete, session(NOON, 60, WATCH, activity="cycling"), logged(NOON, 60))
        assert fusions(athlete) == []
        assert len(loads(athlete)) == 2


class TestUndo:
    def test_brings_the_separate_loads_back(self, athlete: Person) -> None:
        watch, logger = session(NOON, 60, WATCH), logged(NOON, 60)
        sync(athlete, watch)
        alone = loads(athlete)[watch["id"]]
        sync(athlete, logger)
        assert len(loads(athlete)) == 1
        choice = decide(athlete, watch, logger, word="separate")
        assert sync(athlete, choice) == ["applied"]
        found = loads(athlete)
        assert found.keys() == {watch["id"], logger["id"]}
        assert found[watch["id"]].blu == alone.blu
        assert found[watch["id"]].flags == alone.flags
        assert [day.sessions for day in days(athlete).values()] == [2]
        (fusion,) = fusions(athlete)
        assert (fusion["state"], fusion["decided_by"]) == ("separate", "athlete")
        assert fusion["undone_at"] == "2026-03-03T08:00:00Z"
        assert fusion["fields"] == {}

    def test_can_be_undone(self, athlete: Person) -> None:
        watch, logger = shared_hour(athlete)
        choice = decide(athlete, watch, logger, word="separate")
        sync(athlete, choice)
        sync(athlete, edit(choice, decision="same", decided_at="2026-03-04T08:00:00Z"))
        assert states(athlete) == [("fused", "athlete", 2)]
        assert len(loads(athlete)) == 1

    def test_by_deleting_the_decision_leaves_it_to_the_rule_again(self, athlete: Person) -> None:
        watch, logger = shared_hour(athlete)
        choice = decide(athlete, watch, logger, word="separate")
        sync(athlete, choice)
        sync(athlete, delete(choice))
        assert states(athlete) == [("fused", "rule", 2)]

    def test_works_before_the_other_record_is_there(self, athlete: Person) -> None:
        watch, logger = session(NOON, 60, WATCH), logged(NOON, 60)
        sync(athlete, watch, decide(athlete, watch, logger, word="separate"))
        assert fusions(athlete) == []
        sync(athlete, logger)
        assert states(athlete) == [("separate", "athlete", 2)]

    def test_finds_records_far_apart_whenever_they_come(self, athlete: Person) -> None:
        watch, logger = session(NOON, 60, WATCH), logged(NOON + timedelta(days=40), 60)
        sync(athlete, decide(athlete, watch, logger, word="same"))
        sync(athlete, watch)
        sync(athlete, logger)
        assert states(athlete) == [("fused", "athlete", 2)]
        assert loads(athlete).keys() == {watch["id"]}

    def test_keeps_a_decision_nobody_knows_and_does_nothing(self, athlete: Person) -> None:
        watch, logger = shared_hour(athlete)
        assert sync(athlete, decide(athlete, watch, logger, word="perhaps")) == ["applied"]
        assert states(athlete) == [("fused", "rule", 2)]


class TestQuestions:
    def test_are_asked_at_55_percent_and_nothing_is_done(self, athlete: Person) -> None:
        shared_hour(athlete, shift_min=27)
        (fusion,) = fusions(athlete)
        assert (fusion["state"], fusion["score"], fusion["fields"]) == ("asks", 0.55, {})
        assert len(loads(athlete)) == 2

    @pytest.mark.parametrize(("word", "count"), [("same", 1), ("separate", 2)])
    def test_are_answered_for_good(self, athlete: Person, word: str, count: int) -> None:
        watch, logger = shared_hour(athlete, shift_min=27)
        sync(athlete, decide(athlete, watch, logger, word=word))
        assert len(loads(athlete)) == count
        assert [state for state, _, _ in states(athlete)] == [
            "fused" if word == "same" else "separate"
        ]
        sync(athlete, edit(watch, note="corrected"))
        assert len(loads(athlete)) == count

    def test_are_withdrawn_when_the_times_are_corrected(self, athlete: Person) -> None:
        _, logger = shared_hour(athlete, shift_min=27)
        (key,) = live(athlete, "fusion")
        seen = athlete.get("/v1/athletes/me/changes").json()["page"]["cursor"]
        later = [(NOON + timedelta(hours=hour)).isoformat() for hour in (3, 4)]
        sync(athlete, edit(logger, started_at=later[0], ended_at=later[1]))
        assert fusions(athlete) == []
        rows = athlete.get("/v1/athletes/me/changes", cursor=seen).json()["page"]["rows"]
        told = [(row["id"], row["deleted"]) for row in rows if row["type"] == "fusion"]
        assert told == [(key, True)]


class TestEchoes:
    def test_are_linked_and_never_added(self, athlete: Person) -> None:
        original = logged(NOON, 60)
        sync(athlete, original)
        alone = loads(athlete)[original["id"]]
        copy = copy_of(athlete, original["id"], NOON)
        sync(athlete, copy)
        (load,) = loads(athlete).values()
        assert (load.record_id, load.blu, load.flags) == (alone.record_id, alone.blu, alone.flags)
        (fusion,) = fusions(athlete)
        assert (fusion["state"], fusion["reason"], fusion["primary"]) == (
            "fused", "echo", original["id"],
        )  # fmt: skip
        assert copy["id"] not in fusion["fields"].values()
        assert {one["id"]: one["is_copy"] for one in fusion["records"]} == {
            original["id"]: False, copy["id"]: True,
        }  # fmt: skip

    def test_do_not_count_whenever_they_come(self, athlete: Person) -> None:
        original = logged(NOON, 60)
        copy = copy_of(athlete, original["id"], NOON + timedelta(days=1))
        sync(athlete, copy)
        assert loads(athlete) == {}
        sync(athlete, original)
        assert loads(athlete).keys() == {original["id"]}
        sync(athlete, delete(original))
        assert loads(athlete) == {}
        assert states(athlete) == [("fused", "rule", 2)]

    def test_count_when_the_athlete_says_so(self, athlete: Person) -> None:
        original = logged(NOON, 60)
        copy = copy_of(athlete, original["id"], NOON)
        sync(athlete, copy, decide(athlete, copy, original, word="separate"))
        assert loads(athlete).keys() == {copy["id"]}


class TestThirdSource:
    def test_joins_the_group(self, athlete: Person) -> None:
        watch, logger = shared_hour(athlete)
        (pair,) = live(athlete, "fusion")
        third = session(NOON + timedelta(minutes=1), 58, THIRD, distance_m=12)
        sync(athlete, third)
        (body,) = live(athlete, "fusion").values()
        assert set(body["records"]) == {watch["id"], logger["id"], third["id"]}
        assert body["fields"]["distance_m"] == third["id"]
        assert pair not in live(athlete, "fusion")
        assert len(loads(athlete)) == 1

    def test_can_be_taken_out_alone(self, athlete: Person) -> None:
        watch, logger = shared_hour(athlete)
        third = session(NOON, 60, THIRD)
        sync(athlete, third)
        out = [decide(athlete, third, one, word="separate") for one in (watch, logger)]
        sync(athlete, *out)
        assert sorted(states(athlete)) == [
            ("fused", "rule", 2), ("separate", "athlete", 2), ("separate", "athlete", 2),
        ]  # fmt: skip
        assert loads(athlete).keys() == {watch["id"], third["id"]}


class TestDeletion:
    def test_of_one_member_leaves_the_other_as_it_was(self, athlete: Person) -> None:
        watch, logger = session(NOON, 60, WATCH), logged(NOON, 60)
        sync(athlete, logger)
        alone = loads(athlete)[logger["id"]]
        sync(athlete, watch)
        sync(athlete, delete(watch))
        (load,) = loads(athlete).values()
        assert (load.record_id, load.blu, load.minutes) == (
            alone.record_id, alone.blu, alone.minutes,
        )  # fmt: skip
        assert fusions(athlete) == []
        assert live(athlete, "fusion") == {}

    def test_of_all_leaves_nothing(self, athlete: Person) -> None:
        watch, logger = shared_hour(athlete)
        sync(athlete, delete(watch), delete(logger))
        assert (loads(athlete), days(athlete), fusions(athlete)) == ({}, {}, [])


class TestLateArrival:
    def test_of_the_watch_changes_which_record_stands_for_the_workout(
        self, athlete: Person
    ) -> None:
        logger = logged(NOON, 60)
        sync(athlete, logger)
        sync(athlete, *(session(NOON + timedelta(days=back), 30, WATCH) for back in range(3, 9)))
        assert loads(athlete).keys() >= {logger["id"]}
        watch = session(NOON, 60, WATCH)
        sync(athlete, watch)
        assert loads(athlete).keys() >= {watch["id"]}
        assert logger["id"] not in loads(athlete)
        assert days(athlete)["2026-04-01"].sessions == 1

    def test_of_a_correction_is_seen_in_the_fused_load(self, athlete: Person) -> None:
        watch, logger = shared_hour(athlete)
        sync(athlete, edit(logger, rpe=4))
        (load,) = loads(athlete).values()
        assert load.srpe_au == 200
        sync(athlete, edit(watch, timer_s=1500))
        (load,) = loads(athlete).values()
        assert load.srpe_au == 100

    def test_of_a_flag_takes_a_member_out(self, athlete: Person) -> None:
        watch, logger = shared_hour(athlete)
        sync(athlete, edit(watch, ended_at=(NOON - timedelta(hours=1)).isoformat()))
        assert loads(athlete).keys() == {logger["id"]}
        assert fusions(athlete) == []


class TestMidnight:
    def test_does_not_part_a_workout(self, athlete: Person) -> None:
        late = datetime(2026, 4, 1, 23, 55, tzinfo=UTC)
        watch = session(late, 60, WATCH)
        logger = logged(late + timedelta(minutes=10), 50)
        sync(athlete, logger)
        assert days(athlete).keys() == {"2026-04-02"}
        sync(athlete, watch)
        assert days(athlete).keys() == {"2026-04-01"}
        sync(athlete, decide(athlete, watch, logger, word="separate"))
        assert days(athlete).keys() == {"2026-04-01", "2026-04-02"}
        assert [day.sessions for day in days(athlete).values()] == [1, 1]


class TestTwoDevices:
    def times(self) -> tuple[str, str]:
        """Return two instants of today, the earlier first."""
        now = timezone.now()
        return tuple((now - timedelta(minutes=back)).isoformat() for back in (20, 10))  # type: ignore[return-value]  # two

    @pytest.mark.parametrize("first", ["same", "separate"])
    @pytest.mark.parametrize("arrives", ["first", "last"])
    @pytest.mark.parametrize("records", ["one", "two"])
    def test_that_disagree_yield_to_the_later_edit_whichever_comes_first(
        self, athlete: Person, first: str, arrives: str, records: str
    ) -> None:
        watch, logger = shared_hour(athlete)
        second = "separate" if first == "same" else "same"
        earlier, later = self.times()
        # By the computed id the two are one record and merge; by ids of their own both stand.
        ids = [None, None] if records == "one" else [str(uuid.uuid4()), str(uuid.uuid4())]
        told = [
            decide(athlete, watch, logger, word=word, edited_at=at, record=record)
            for word, at, record in zip((first, second), (earlier, later), ids, strict=True)
        ]
        for op in told if arrives == "first" else reversed(told):
            assert sync(athlete, op)[0] in ("applied", "merged")
        assert len(loads(athlete)) == (1 if second == "same" else 2)

    def test_are_compared_by_corrected_clocks(self, athlete: Person) -> None:
        watch, logger = shared_hour(athlete)
        earlier, later = self.times()
        fast = timedelta(hours=3)  # this device's clock is three hours ahead
        wrong = (datetime.fromisoformat(earlier) + fast).isoformat()
        ahead = decide(
            athlete, watch, logger, word="separate", edited_at=wrong, record=str(uuid.uuid4())
        )
        right = decide(
            athlete, watch, logger, word="same", edited_at=later, record=str(uuid.uuid4())
        )
        sync(athlete, ahead, sent_at=(timezone.now() + fast).isoformat())
        sync(athlete, right, sent_at=timezone.now().isoformat())
        assert states(athlete) == [("fused", "athlete", 2)]


class TestRecompute:
    def test_again_changes_nothing(self, athlete: Person) -> None:
        shared_hour(athlete)
        shared_hour(athlete, shift_min=27)
        before = athlete.get("/v1/athletes/me/changes").json()["witness"]
        recompute_athlete(athlete_id=athlete.id, now=timezone.now())
        assert athlete.get("/v1/athletes/me/changes").json()["witness"] == before

    def test_of_one_more_session_reads_no_more_with_a_longer_history(
        self, people: Callable[..., Person], sql_statements: Callable[[], Any]
    ) -> None:
        counts = []
        for past in (1, 60):
            person = people()
            starts = [NOON - timedelta(days=back) for back in range(2, 2 + past)]
            sync(
                person,
                *(op for start in starts for op in (logged(start), session(start, 31, WATCH))),
            )
            shared_hour(person)
            person.sync([session(NOON, 59, THIRD)])
            with sql_statements() as statements:
                recompute_athlete(athlete_id=person.id, now=timezone.now())
            counts.append(len(statements))
        assert counts[0] == counts[1]


class TestListing:
    def test_pages_newest_first(self, athlete: Person) -> None:
        for back in range(3):
            start = NOON - timedelta(days=back)
            athlete.sync([session(start, 60, WATCH), logged(start, 60)])
        recompute_athlete(athlete_id=athlete.id, now=timezone.now())
        whole = [one["id"] for one in fusions(athlete)]
        first = athlete.get("/v1/athletes/me/fusions", limit="2").json()
        assert [one["id"] for one in first["fusions"]] == whole[:2]
        rest = athlete.get("/v1/athletes/me/fusions", limit="2", cursor=first["next_cursor"]).json()
        assert [one["id"] for one in rest["fusions"]] == whole[2:]
        assert rest["next_cursor"] is None

    def test_names_the_sources(self, athlete: Person) -> None:
        shared_hour(athlete)
        (fusion,) = fusions(athlete)
        assert {one["source"]: one["role"] for one in fusion["records"]} == {
            "com.apple.health": "sensed", LOGGER["system"]: "logger",
        }  # fmt: skip

    def test_is_the_owners_alone(self, athlete: Person, stranger: Person) -> None:
        shared_hour(athlete)
        answer = stranger.get(f"/v1/athletes/{athlete.id}/fusions")
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
        assert fusions(stranger) == []

    def test_refuses_a_cursor_it_did_not_give(self, athlete: Person) -> None:
        assert athlete.get("/v1/athletes/me/fusions", cursor="nothing").status_code == 422


class TestPushing:
    def test_a_fusion_is_the_servers_alone(self, athlete: Person) -> None:
        op = logged(FIT_START) | {"type": "fusion"}
        (result,) = athlete.sync([op]).json()["results"]
        assert (result["status"], result["code"]) == ("rejected", "server-owned")

    def test_a_decision_is_about_two_records(self, athlete: Person) -> None:
        watch, logger = shared_hour(athlete)
        op = decide(athlete, watch, logger, word="same")
        op["set"]["records"] = op["set"]["records"][:1]
        (result,) = athlete.sync([op]).json()["results"]
        assert (result["status"], result["pointers"]) == ("rejected", ["/set/records"])


class TestAnImport:
    def test_of_thousands_that_start_together_compares_none_with_another(
        self, athlete: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        compared: list[object] = []
        monkeypatch.setattr(circle, "compare", lambda one, other: compared.append((one, other)))
        for _ in range(2):  # the second time beside what stands
            sync(athlete, *[session(NOON, 60, None) for _ in range(300)])
        assert len(loads(athlete)) == 600
        assert len(compared) <= (300 + MOST_A_DAY + 1) * (MOST_A_DAY + 1)
