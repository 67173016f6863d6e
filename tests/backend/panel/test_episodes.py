"""Whatever day a reason is computed on, it began on the same day for as long as it lasts."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, NamedTuple

import pytest

from backend.loading.days import coverage_days
from backend.panel import PanelPart, Reason, Said, followed_from
from backend.readmodels import LoadDay, Observation
from tests.backend.build import TODAY, load_day, uid, vitamin_d
from tests.backend.panel.scenes import (
    Records,
    ago,
    injury,
    parts,
    period,
    reasons,
    result,
    said,
    screen,
    the,
)
from tests.backend.test_summary_findings import (
    WOMAN_30,
    WOMAN_70,
    gait,
    grip,
    lean,
    noon,
    record,
    scan,
)

LASTS_DAYS = 500
SEEN_DAYS = 150  # of TODAY's year
STEP_DAYS = 3
REST_OF_A_WEEK = timedelta(days=6)
# How a block of days is trained: the day of the block, the chance, and how it was rated.
STYLES: tuple[Callable[[int, Random], tuple[float, float] | None], ...] = (
    lambda day, random: (40.0, 300.0) if day % 2 else None,
    lambda day, random: (300.0, 300.0) if day % 11 == 0 else None,
    lambda day, random: (20.0, 300.0 + 60 * (day % 2)),
    lambda day, random: (60.0 + day * 3, 200.0) if day % 3 == 0 else None,
    lambda day, random: (random.uniform(5, 200), random.uniform(50, 900)) if random.random() < 0.4 else None,
    lambda day, random: (0.0, 100.0) if day % 2 else None,
    lambda day, random: None,
)  # fmt: skip


class Life(NamedTuple):
    """What somebody recorded, all of it; ``until`` gives what there was by a day."""

    profile: Any
    days: list[LoadDay]
    said: list[Said]
    observations: list[Observation]
    records: Records

    def until(self, as_of: date) -> dict[str, PanelPart]:
        """Return the parts as they were computed on a day."""
        days = [one for one in self.days if one.local_date <= as_of]
        seen = [one for one in self.observations if one.local_date <= as_of]
        known = [one.local_date for one in days]
        first, last = min(known, default=None), max(known, default=None)
        drawn = [one.local_date for one in seen]
        return parts(
            *seen, profile=self.profile, records=self.records, days=days, as_of=as_of,
            covered=coverage_days(as_of=as_of, first_session=first, last_input=last),
            first=first, last_input=last, last_data_on=max([*known, *drawn], default=None),
            said=[one for one in self.said if one.local_date <= as_of],
        )  # fmt: skip


def life(seed: int) -> Life:
    """Return a life of blocks, each trained in a way of its own, with tests and results between."""
    random = Random(seed)  # noqa: S311 - reproducible, not secret
    days: list[LoadDay] = []
    said: list[Said] = []
    back = LASTS_DAYS
    while back > 0:
        length, style = random.choice((20, 60, 200, 400)), random.choice(STYLES)
        word = random.choice(("full", "limited", "out", None))
        for day in range(min(length, back)):
            trained, on = style(day, random), ago(back - day)
            if trained is None:
                continue
            blu, rated = trained
            high = "high" if blu > 0 else "none"
            days.append(load_day(on, blu=blu, day_class=high, srpe_au=rated))
            if word:
                said.append(
                    Said(uid(5000 + back - day), on, datetime.combine(on, time(8), UTC), word)
                )
        back -= length
    at = sorted(random.sample(range(LASTS_DAYS), 14))
    observations = [
        vitamin_d(random.choice(("9", "14", "40", "160")), on=ago(at[0]), record=1, lab="A", method="m"),
        vitamin_d(random.choice(("9", "14", "40", "70")), on=ago(at[1]), record=2, lab="A", method="m"),
        result("calcium", random.choice(("9.5", "11.4")), "mg/dL", 61, on=ago(at[2])),
        result("pth", random.choice(("40", "95")), "pg/mL", 62, on=ago(at[3]), ref_high=65),
        result("phosphate", "2", "mg/dL", 63, on=ago(at[4]), ref_low="2.5", ref_high="4.5"),
    ]  # fmt: skip
    records = [
        *(grip(at[5 + n], random.choice((14, 20, 30, 36)), 10 + n) for n in range(3)),
        *(gait(at[8 + n], random.choice((0.6, 0.7, 1.2)), 20 + n) for n in range(2)),
        *(lean(at[n], random.choice((12.0, 15.0, 21.0)), 30 + n) for n in (3, 9)),
        *(scan(at[n], 40 + n, femoral_neck={"bmd_g_cm2": random.choice((0.7, 0.8, 0.9)),
                                            "t_score": random.choice((-0.4, -1.6, -2.7)),
                                            "z_score": random.choice((0.1, -2.3))})
          for n in (4, 11)),
        injury(70, at[6], "bone_stress", "tibia"),
        injury(71, at[7], "muscle", "calf", closed_date=str(ago(at[1]))),
        *(period(at[n], 80 + n) for n in (0, 2, 12)),
        *(screen(at[n], 90 + n, primary_or_12mo_amenorrhoea=bool(n % 2), z_below_minus1=True)
          for n in (1, 10)),
    ]  # fmt: skip
    return Life(random.choice((WOMAN_30, WOMAN_70)), days, said, observations, records)


def is_same(one: Reason, other: Reason) -> bool:
    """Return whether two days tell of the same thing: some codes stand for one thing each."""
    told = set(one.record_ids)
    of_one_thing = not told or one.code.startswith("availability_")
    return one.code == other.code and (of_one_thing or bool(told & set(other.record_ids)))


def moved(one: Life, seen: Mapping[date, Mapping[str, PanelPart]]) -> list[str]:
    """Return where a reason of a day began on another day when computed earlier in its time."""
    newest = max(each.local_date for each in one.observations)
    found = []
    for later, made in seen.items():
        for name, told in [(name, each) for name, p in made.items() for each in p.reasons]:
            # Without values, results are told apart by the week of the newest.
            sure = max(newest, told.since + REST_OF_A_WEEK) if name == "labs_status" else told.since
            for day in (day for day in seen if sure <= day <= later):
                there = {each.since for each in seen[day][name].reasons if is_same(told, each)}
                if there and told.since not in there:
                    found.append(f"{told.mark} on {later}; on {day} {sorted(map(str, there))}")
    return found


class TestSince:
    @pytest.mark.parametrize("seed", range(16))
    def test_stays_for_as_long_as_an_episode_lasts(self, seed: int) -> None:
        one = life(seed)
        seen = {ago(back): one.until(ago(back)) for back in range(0, SEEN_DAYS, STEP_DAYS)}
        assert moved(one, seen) == []
        assert [
            (str(day), told.mark)
            for day, made in seen.items()
            for part in made.values()
            for told in part.reasons
            if told.since > day
        ] == []

    def test_of_low_strength_outlasts_a_test_that_grows_too_old(self) -> None:
        trials = [{"uid": "t", "value": 19, "unit": "s"}]
        rises = {"tested_at": noon(100), "test": "chair_stand_5x", "trials": trials}
        records = [grip(360, 14), record("strength_test", 11, **rises)]
        marks = {
            the("strength_below_cutoff", "strength", profile=WOMAN_70, records=records, as_of=day).mark
            for day in (TODAY, TODAY + timedelta(days=20))
        }  # fmt: skip
        assert marks == {f"strength_below_cutoff@{ago(100)}"}

    @pytest.mark.parametrize("drawn", [(), (3, 40, 90)])
    def test_of_who_never_trained_does_not_move(self, drawn: tuple[int, ...]) -> None:
        since = {
            the(
                "coverage_thin", "sessions", covered=0, first=None, days=(), as_of=ago(back),
                last_data_on=max((ago(n) for n in drawn if n >= back), default=None),
            ).since
            for back in (100, 60, 20, 0)
        }  # fmt: skip
        assert since == {date(2025, 1, 1)}


class TestFollowing:
    def test_goes_back_to_january_of_the_year_before(self) -> None:
        assert (
            followed_from(date(2026, 1, 1)) == followed_from(date(2026, 12, 31)) == date(2025, 1, 1)
        )

    @pytest.mark.parametrize("code", ["monotony_high", "loading_step_up", "availability_out"])
    def test_tells_what_is_older_than_all_that_once_a_year(self, code: str) -> None:
        backs = range(560, -280, -1)
        days = [  # four percent more each day, rated alike
            load_day(ago(n), blu=1.04 ** (560 - n), srpe_au=300.0 + 60 * (n % 2)) for n in backs
        ]
        words = [said(n, "out") for n in backs]
        since = {
            day: [
                one.since
                for name in ("sessions", "loading")
                for one in reasons(name, days=days, said=words, as_of=day)
                if one.code == code
            ]
            for day in map(date, (2026, 2026, 2026, 2027, 2027), (2, 7, 12, 1, 3), (1, 1, 31, 1, 1))
        }
        assert [[str(one) for one in each] for each in since.values()] == [
            *[["2025-01-01"]] * 3, *[["2026-01-01"]] * 2,
        ]  # fmt: skip
