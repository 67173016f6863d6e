"""Instants of partial precision, local days, windows and ages."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.days import (
    InvalidInstant,
    completed_years,
    hold_instant,
    local_day,
    months_later,
    parse_instant,
    window,
    zone_of,
)


class TestParseInstant:
    @pytest.mark.parametrize(
        ("text", "moment", "precision"),
        [
            ("2026", datetime(2026, 1, 1, tzinfo=UTC), "year"),
            ("2026-03", datetime(2026, 3, 1, tzinfo=UTC), "month"),
            ("2024-02-29", datetime(2024, 2, 29, tzinfo=UTC), "day"),
            ("2026-03-01T08:00:00Z", datetime(2026, 3, 1, 8, tzinfo=UTC), "second"),
            ("2026-03-01T08:00:00+02:00", datetime(2026, 3, 1, 6, tzinfo=UTC), "second"),
        ],
    )
    def test_keeps_how_precise_it_is(self, text: Any, moment: Any, precision: Any) -> None:
        assert parse_instant(text) == (moment, precision)

    @pytest.mark.parametrize(
        "text",
        ["", "soon", "2026-13", "2026-02-30", "2026-03-01T08:00:00", "1899", "2200-01-01",
         "2026-03-01 08:00:00+00:00", "20260301"],
    )  # fmt: skip
    def test_refuses_what_is_no_instant(self, text: Any) -> None:
        with pytest.raises(InvalidInstant):
            parse_instant(text)

    @given(st.text(max_size=30))
    def test_refuses_or_reads_any_text(self, text: Any) -> None:
        try:
            moment, precision = parse_instant(text)
        except InvalidInstant:
            return
        assert moment.tzinfo is not None
        assert precision in {"second", "day", "month", "year"}

    def test_holds_no_year_a_zone_could_push_out(self) -> None:
        with pytest.raises(InvalidInstant):
            hold_instant(datetime(9999, 12, 31, tzinfo=UTC))


class TestLocalDay:
    def test_is_the_day_of_the_offset_or_of_the_zone(self) -> None:
        late = datetime.fromisoformat("2026-03-01T23:30:00-05:00")
        assert local_day(late) == date(2026, 3, 1)
        assert local_day(late, zone="Europe/Berlin") == date(2026, 3, 2)

    def test_survives_a_clock_change(self) -> None:
        before = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
        days = {local_day(before + timedelta(hours=h), zone="Europe/Berlin") for h in range(21)}
        assert days == {date(2026, 3, 29)}

    @pytest.mark.parametrize("name", [None, "", "Mars/Base", "../etc/passwd", "x" * 300])
    def test_an_unknown_zone_is_utc(self, name: Any) -> None:
        assert zone_of(name) is UTC


class TestWindow:
    def test_includes_both_ends(self) -> None:
        assert window(ending=date(2026, 3, 1), days=28) == (date(2026, 2, 2), date(2026, 3, 1))


class TestCompletedYears:
    @pytest.mark.parametrize(
        ("born", "on", "years"),
        [
            (date(2008, 6, 1), date(2026, 6, 1), 18),
            (date(2008, 6, 2), date(2026, 6, 1), 17),
            (date(2008, 2, 29), date(2026, 2, 28), 17),
            (date(2008, 2, 29), date(2026, 3, 1), 18),
            (date(2026, 6, 2), date(2026, 6, 1), -1),
        ],
    )
    def test_counts_birthdays(self, born: Any, on: Any, years: Any) -> None:
        assert completed_years(born=born, on=on) == years


class TestMonthsLater:
    @pytest.mark.parametrize(
        ("day", "months", "later"),
        [
            (date(2024, 1, 31), 1, date(2024, 2, 29)),
            (date(2023, 1, 31), 1, date(2023, 2, 28)),
            (date(2024, 2, 29), 12, date(2025, 2, 28)),
            (date(2024, 2, 29), 48, date(2028, 2, 29)),
            (date(2025, 12, 15), 1, date(2026, 1, 15)),
            (date(2025, 11, 30), 1, date(2025, 12, 30)),
            (date(2025, 8, 31), 0, date(2025, 8, 31)),
        ],
    )
    def test_clamps_to_the_end_of_a_shorter_month(
        self, day: date, months: int, later: date
    ) -> None:
        assert months_later(day, months) == later

    @given(st.dates(date(1900, 1, 1), date(2199, 12, 31)), st.integers(0, 240))
    def test_moves_by_whole_months_and_never_past_the_day(self, day: date, months: int) -> None:
        later = months_later(day, months)
        assert (later.year - day.year) * 12 + later.month - day.month == months
        assert later.day <= day.day
        assert later.day == day.day or months_later(later.replace(day=1), 1) == later + timedelta(
            days=1
        )
