"""Pictures: well-formed, escaped, honest about what is not known."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.drawing import Point, WeekBar, loading_weeks, measured_points, sparkline
from backend.drawing.axes import Scale, month_starts, ticks
from backend.drawing.svg import element, picture, plain

TODAY = date(2026, 11, 24)
HOSTILE = "</text><script>alert(1)</script>\"' onload='x"
Numbers = st.floats(min_value=0, max_value=1e7, allow_nan=False)


def week(back: int = 0, **members: Any) -> WeekBar:
    """Return a week that ends so many weeks before today."""
    ends_on = TODAY - timedelta(days=7 * back)
    usual = {"minutes": 300.0, "blu": 120.0, "high_days": 2, "heavy_days": 1, "tier": "B"}
    return WeekBar(starts_on=ends_on - timedelta(days=6), ends_on=ends_on, **{**usual, **members})


def draw_weeks(weeks: list[WeekBar]) -> ET.Element:
    """Return the parsed picture of weeks."""
    text = loading_weeks(weeks, ident="w", width=900, title=HOSTILE, desc=HOSTILE)
    return ET.fromstring(text)  # noqa: S314 (our own output)


def point(back: int = 0, value: float = 30.0, **members: Any) -> Point:
    """Return a result drawn so many days before today."""
    usual = {"label": f"{value:g} ng/mL", "source": "lab"}
    return Point(day=TODAY - timedelta(days=back), value=value, **{**usual, **members})


def draw_points(points: list[Point], **members: Any) -> ET.Element:
    """Return the parsed picture of results."""
    text = measured_points(
        points, ident="p", width=900, title="t", desc="d", unit="ng/mL", as_of=TODAY, **members
    )
    return ET.fromstring(text)  # noqa: S314 (our own output)


def having(drawn: ET.Element, name: str) -> list[ET.Element]:
    """Return the elements with a class name."""
    return [item for item in drawn.iter() if name in (item.get("class") or "").split()]


def words_in(drawn: ET.Element) -> str:
    """Return all text of a picture."""
    return " ".join(text.strip() for text in drawn.itertext())


class TestElements:
    def test_escape_text_and_attributes(self) -> None:
        drawn = element("text", plain(HOSTILE), class_=HOSTILE)
        parsed = ET.fromstring(drawn)  # noqa: S314 (our own output)
        assert (parsed.text, parsed.get("class"), len(parsed)) == (HOSTILE, HOSTILE, 0)

    def test_a_picture_is_one_image_with_a_name_and_a_description(self) -> None:
        drawn = picture([], ident="x", width=10, height=5.25, title="A", desc="B", class_="c")
        parsed = ET.fromstring(drawn)  # noqa: S314 (our own output)
        names = {child.get("id"): child.text for child in parsed}
        assert parsed.get("role") == "img"
        assert names[parsed.get("aria-labelledby")] == "A"
        assert names[parsed.get("aria-describedby")] == "B"


class TestAxes:
    @given(st.floats(min_value=1e-6, max_value=1e9))
    def test_ticks_start_at_zero_cover_the_highest_and_stay_few(self, highest: float) -> None:
        marks = ticks(highest)
        assert marks[0] == 0
        assert marks[-1] >= highest * (1 - 1e-6)
        assert 2 <= len(marks) <= 6

    @pytest.mark.parametrize(
        ("at_most", "expected"),
        [(12, [11, 12, 1, 2, 3]), (3, [11, 1, 3]), (1, [1])],
    )
    def test_month_starts_are_evenly_stepped(self, at_most: int, expected: list[int]) -> None:
        found = month_starts(date(2025, 10, 2), date(2026, 3, 20), at_most=at_most)
        assert [day.month for day in found] == expected

    def test_a_scale_without_span_stays_at_its_start(self) -> None:
        assert Scale(5, 5, 0, 100)(5) == 0


class TestLoadingWeeks:
    def test_draws_a_bar_per_measure_and_a_mark_per_high_day(self) -> None:
        drawn = draw_weeks([week(1), week(0, high_days=3, heavy_days=2)])
        assert len(having(drawn, "bar-volume")) == len(having(drawn, "bar-bone")) == 2
        assert len(having(drawn, "day-heavy")) == 3
        assert len(having(drawn, "day-high")) == 2

    def test_hatches_what_is_not_known_and_leaves_a_known_zero_empty(self) -> None:
        quiet = {"minutes": 0.0, "blu": 0.0, "high_days": 0, "heavy_days": 0, "tier": None}
        drawn = draw_weeks([week(2, known=False, **quiet), week(1, **quiet), week(0)])
        assert len(having(drawn, "chart-unknown")) == 1
        assert len(having(drawn, "bar-volume")) == 1
        assert "no data" in words_in(drawn)
        assert "0 minutes, 0 BLU" in words_in(drawn)

    def test_tells_estimated_from_recorded_loading(self) -> None:
        drawn = draw_weeks([week(1, tier="C"), week(0, tier="A")])
        assert len(having(drawn, "bar-tier-C")) == 1

    def test_says_so_when_nothing_loaded_bone(self) -> None:
        drawn = draw_weeks([week(0, blu=0.0, high_days=0, heavy_days=0, tier=None)])
        assert "none recorded in the known weeks" in words_in(drawn)

    def test_is_nothing_without_weeks(self) -> None:
        assert loading_weeks([], ident="w", width=900, title="t", desc="d") == ""

    @given(st.lists(st.tuples(Numbers, Numbers, st.integers(0, 7)), min_size=1, max_size=60))
    def test_stays_inside_its_frame(self, rows: list[tuple[float, float, int]]) -> None:
        weeks = [
            week(len(rows) - i, minutes=minutes, blu=blu, high_days=high, heavy_days=0)
            for i, (minutes, blu, high) in enumerate(rows)
        ]
        drawn = draw_weeks(weeks)
        height = float((drawn.get("viewBox") or "").split()[3])
        for bar in drawn.iter("rect"):
            assert float(bar.get("y") or 0) >= 0
            assert float(bar.get("y") or 0) + float(bar.get("height") or 0) <= height


class TestMeasuredPoints:
    def test_joins_results_of_one_source_only(self) -> None:
        drawn = draw_points([point(300), point(200), point(100, source="other")])
        assert len(having(drawn, "point")) == 3
        assert len(having(drawn, "point-line")) == 1
        assert len(having(drawn, "chart-break")) == 1

    def test_draws_a_limit_as_a_direction_and_never_joins_it(self) -> None:
        drawn = draw_points([point(200), point(100, 4.0, comparator="<"), point(0)])
        assert len(having(drawn, "point-censored")) == 1
        assert len(having(drawn, "point")) == 2
        assert having(drawn, "point-line") == []
        assert "<4" in words_in(drawn)

    def test_draws_each_printed_range_where_it_held(self) -> None:
        drawn = draw_points([point(300, ref_low=20.0), point(200, ref_low=20.0), point(100),
                             point(0, ref_low=30.0, ref_high=100.0)])  # fmt: skip
        assert len(having(drawn, "chart-range")) == 2

    def test_marks_what_no_model_used(self) -> None:
        assert len(having(draw_points([point(usable=False)]), "point-unused")) == 1

    def test_marks_today_and_when_the_next_is_due(self) -> None:
        drawn = draw_points([point(200)], due_on=TODAY + timedelta(days=60))
        assert "today" in words_in(drawn)
        assert "next due 23 Jan 2027" in words_in(drawn)

    @given(st.lists(st.tuples(st.integers(0, 4000), st.floats(0, 400)), min_size=1, max_size=30))
    def test_keeps_every_result_inside_the_frame(self, rows: list[tuple[int, float]]) -> None:
        drawn = draw_points([point(back, value) for back, value in rows])
        _, _, width, height = map(float, (drawn.get("viewBox") or "").split())
        for item in having(drawn, "point"):
            assert 0 <= float(item.get("cx") or -1) <= width
            assert 0 <= float(item.get("cy") or -1) <= height


class TestSparkline:
    def test_draws_absence_unlike_zero(self) -> None:
        parsed = ET.fromstring(sparkline([None, 0.0, 2.0], label=HOSTILE))  # noqa: S314
        assert len(having(parsed, "spark-none")) == 1
        assert len(having(parsed, "spark-bar")) == 2
        assert parsed.get("aria-label") == HOSTILE

    def test_survives_an_empty_row(self) -> None:
        assert sparkline([], label="none").startswith("<svg")


DRAWERS: list[Callable[[], ET.Element]] = [
    lambda: draw_weeks([week()]),
    lambda: draw_points([point(), point(9, 4, comparator="<")]),
]


@pytest.mark.parametrize("draw", DRAWERS)
def test_pictures_carry_no_style_and_no_script(draw: Callable[[], ET.Element]) -> None:
    for item in draw().iter():
        assert item.tag != "script"
        assert not [name for name in item.attrib if name == "style" or name.startswith("on")]
