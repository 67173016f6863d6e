"""Pictures of loading: weeks, days, the clock and one session."""

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from backend.charts import calendar, clock, impacts, weeks
from backend.charts.chart import Chart
from backend.charts.known import Known
from backend.loading.units import units_of
from backend.readmodels import Block, LoadDay, SessionLoad
from backend.records.athlete_profile import AthleteProfile
from tests.backend.build import ADULT, START, TODAY, days_back, load_day, uid, week
from tests.backend.charts.reading import assert_is_sound, column, drawn, having, marks, words_in

NOBODY = Known(None, None)


def ago(days: int) -> date:
    """Return the day so many days before today."""
    return TODAY - timedelta(days=days)


def known(first: int, last: int = 0) -> Known:
    """Return what is known when sessions began and the phone last spoke so many days ago."""
    return Known(ago(first), ago(last))


class TestWeeks:
    def test_keep_no_data_apart_from_no_training(self) -> None:
        quiet = {"minutes": 0.0, "blu": 0.0, "high_days": 0, "sessions": 0, "tier": None}
        chart = weeks.weeks_chart([week(2, **quiet), week(1, **quiet), week(0)], known=known(9))
        assert_is_sound(chart)
        assert column(chart, "minutes") == [120, 0, None]
        assert [row[2].text for row in chart.shown] == ["120", "0", "no data"]
        assert len(having(drawn(chart), "chart-unknown")) == 1
        assert "none" in marks(chart)

    def test_round_halves_away_from_zero_everywhere(self) -> None:
        chart = weeks.weeks_chart([week(0, minutes=22.5, blu=10.5, high_days=0)], known=known(9))
        assert (column(chart, "minutes"), column(chart, "blu")) == ([23], [11])
        told = words_in(drawn(chart))
        assert "On average 23 minutes, 11 bone loading units and 0.0 days" in told
        assert "23 minutes, 11 BLU" in told

    def test_say_so_in_words_before_the_first_session(self) -> None:
        chart = weeks.weeks_chart([week(0, sessions=0)], known=NOBODY)
        assert chart.rows == ()
        assert chart.empty.startswith("No rated session yet")


def calendar_of(days: list[LoadDay], about: Known) -> Chart:
    """Return the calendar of today."""
    return calendar.calendar_chart(days, known=about, as_of=TODAY)


class TestCalendar:
    def test_rounds_half_a_minute_up(self) -> None:
        chart = calendar_of(days_back(2, minutes=22.5), known(9, 1))
        assert "loading, 23 minutes" in words_in(drawn(chart))

    def test_hatches_what_nobody_knows_and_leaves_known_rest_plain(self) -> None:
        chart = calendar_of(days_back(9, 2), known(9, 1))
        assert_is_sound(chart)
        unknown = having(drawn(chart), "day-is-unknown")
        shown = (TODAY - calendar.first_day(TODAY)).days + 1
        assert len(unknown) == shown - 9  # ten days since the first session; today is silent
        assert {item.get("fill") for item in unknown} == {"url(#calendar-test-none)"}
        resting = having(drawn(chart), "day-is-rest")
        assert len(resting) == 7
        assert {item.get("fill") for item in resting} == {None}

    def test_counts_a_session_as_known_whatever_the_phone_said(self) -> None:
        chart = calendar_of(days_back(0), known(20, 5))
        assert len(having(drawn(chart), "day-is-high")) == 1

    @pytest.mark.parametrize("day_class", ["high", "moderate", "none"])
    def test_draws_each_class_of_day_its_own_way(self, day_class: str) -> None:
        chart = calendar_of([load_day(ago(1), day_class=day_class)], known(1))
        assert len(having(drawn(chart), f"day-is-{day_class}")) == 1
        assert f"day-{day_class}" in marks(chart)

    def test_marks_heavy_lifting_by_shape(self) -> None:
        heavy = calendar_of([load_day(ago(1), heavy_day=True)], known(1))
        assert len(having(drawn(heavy), "day-mark")) == 1
        assert "high, heavy" in [cell for row in heavy.rows for cell in row]

    def test_tells_a_week_of_every_known_day_and_none_before(self) -> None:
        chart = calendar_of(days_back(8), known(8, 0))
        assert TODAY.weekday() == 0
        assert chart.rows == (
            (TODAY, "no session", *(None,) * 6),
            (ago(7), *("no session",) * 7),
            (ago(14), *("no data",) * 6, "high"),
        )
        assert chart.shown[0][2].text == "to come"

    def test_shows_fewer_weeks_on_a_phone(self) -> None:
        chart = calendar_of(days_back(0), known(0))
        wide, narrow = drawn(chart, 960), drawn(chart, 318)
        days = [len(having(picture, "day")) for picture in (wide, narrow)]
        assert days == [52 * 7 + 1, 21 * 7 + 1]

    def test_is_words_without_any_session(self) -> None:
        assert calendar_of([], NOBODY).rows == ()


def clock_of(days: list[LoadDay], about: Known, profile: AthleteProfile = ADULT) -> Chart:
    """Return the clock of today."""
    return clock.clock_chart(days, profile=profile, known=about, as_of=TODAY)


class TestClock:
    def test_counts_days_since_the_last_day_of_high_loading(self) -> None:
        chart = clock_of(days_back(12, 5), known(40))
        assert_is_sound(chart)
        assert column(chart, "days") == [5, 7]
        assert column(chart, "loaded_on") == [ago(5), ago(12)]
        picture = drawn(chart)
        assert [item.text for item in having(picture, "clock-number")] == ["5"]
        assert len(having(picture, "clock-loaded")) == 2

    def test_stands_at_zero_on_the_day_itself(self) -> None:
        picture = drawn(clock_of(days_back(0), known(9)))
        assert having(picture, "clock-number")[0].text == "0"
        assert having(picture, "clock-passed") == []

    def test_does_not_pass_off_silence_as_rest(self) -> None:
        chart = clock_of(days_back(9), known(30, 4))
        assert column(chart, "unknown_days") == [4]
        picture = drawn(chart)
        assert len(having(picture, "clock-unknown")) == 1
        assert len(having(picture, "clock-none")) == 4
        assert "of 4 of them nothing is known" in words_in(picture)

    def test_does_not_count_moderate_days_of_the_young(self) -> None:
        days = [load_day(ago(6)), load_day(ago(2), day_class="moderate")]
        assert column(clock_of(days, known(30)), "days") == [6]

    @pytest.mark.parametrize(
        "profile",
        [AthleteProfile(born_date=date(1950, 1, 1)), AthleteProfile(impact_limited=True)],
    )
    def test_counts_moderate_days_where_they_are_enough(self, profile: AthleteProfile) -> None:
        days = [load_day(ago(6)), load_day(ago(2), day_class="moderate")]
        assert column(clock_of(days, known(30), profile), "days") == [2, 4]

    def test_does_not_run_where_impact_is_not_allowed(self) -> None:
        chart = clock_of(days_back(3), known(9), AthleteProfile(impact_contraindicated=True))
        assert chart.rows == ()
        assert "no clock runs" in chart.empty

    def test_turns_once_and_no_further(self) -> None:
        picture = drawn(clock_of(days_back(200), known(300)))
        assert having(picture, "clock-number")[0].text == "200"
        assert [item.tag for item in having(picture, "clock-passed")] == ["circle"]

    def test_is_words_when_nothing_loaded_bone(self) -> None:
        chart = clock_of(days_back(3, day_class="none"), known(9))
        assert chart.rows == ()
        assert chart.empty.startswith("No day of high loading")


def session(*blocks: tuple[float, float], **fields: Any) -> SessionLoad:
    """Return a session of impacts given as force and count."""
    row = SessionLoad(
        record_id=uid(1), local_date=TODAY, starts_at=START, ends_at=START + timedelta(hours=1),
        activity="running", tier="A", blocks=tuple(Block(*block) for block in blocks), blu=20.0,
        habitual_cycles=0.0, cycles_ge_2bw=0.0, cycles_ge_3bw=0.0, heavy_reps=0, minutes=60.0,
        srpe_au=None, volume_kg=None,
    )  # fmt: skip
    return msgspec.structs.replace(row, **fields)


class TestImpacts:
    def test_fall_into_the_bins_of_the_units_an_edge_into_the_upper_one(self) -> None:
        chart = impacts.impacts_chart(session((1.2, 4000), (1.99, 5), (2.0, 7), (9.5, 1)))
        assert_is_sound(chart)
        counts = dict(zip(column(chart, "from_bw"), column(chart, "contacts"), strict=True))
        assert {low: n for low, n in counts.items() if n} == {1.0: 4000, 1.5: 5, 2.0: 7, 8.0: 1}
        assert column(chart, "to_bw")[-1] is None
        picture = drawn(chart)
        assert len(having(picture, "bar-volume")) == 1
        assert len(having(picture, "bar-bone")) == 3

    def test_add_up_to_the_units_of_the_session(self) -> None:
        blocks = ((1.2, 4000.0), (1.7, 90.0), (2.5, 40.0), (3.4, 11.0), (6.0, 2.0))
        chart = impacts.impacts_chart(session(*blocks))
        units = sum(float(str(blu)) for blu in column(chart, "blu"))
        assert units == pytest.approx(units_of(Block(*b) for b in blocks).blu, abs=0.3)

    def test_keep_a_single_landing_visible_beside_thousands_of_steps(self) -> None:
        chart = impacts.impacts_chart(session((1.2, 90_000), (4.2, 1)))
        bars = {item.find("title").text: item for item in drawn(chart).iter("rect")}  # type: ignore[union-attr]  # every bar has one
        assert float(bars["4-5 body weights: 1 contact"].get("height") or 0) > 10

    @pytest.mark.parametrize("shown", [None, session(), session((0.4, 900.0))])
    def test_are_words_without_any(self, shown: SessionLoad | None) -> None:
        assert impacts.impacts_chart(shown).rows == ()
