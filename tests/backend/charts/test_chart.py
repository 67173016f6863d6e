"""One table, three ways to read it."""

from datetime import date

import pytest

from backend.charts.chart import Cell, Chart, Column, csv_text
from backend.drawing.svg import Svg
from tests.backend.charts.reading import csv_rows

COLUMNS = (
    Column("day", "Day"),
    Column("value", "Value", "kg", "not measured", is_number=True),
    Column("lab", "Laboratory"),
)


def chart(*rows: tuple[Cell, ...]) -> Chart:
    """Return a chart with rows of day, value and laboratory."""
    return Chart(
        name="any", title="Any", note="", columns=COLUMNS, rows=rows,
        draw=lambda ident, width: Svg(f"<svg id='{ident}' width='{width:g}'/>"), empty="Nothing.",
    )  # fmt: skip


class TestTable:
    def test_says_the_same_to_people_and_programs(self) -> None:
        one = chart((date(2026, 5, 4), 12.5, "North"))
        assert [cell.text for cell in one.shown[0]] == ["4 May 2026", "12.5", "North"]
        assert one.records == ({"day": date(2026, 5, 4), "value": 12.5, "lab": "North"},)
        assert csv_text(one) == "day,value,lab\r\n2026-05-04,12.5,North\r\n"

    def test_tells_nothing_from_zero(self) -> None:
        one = chart((date(2026, 5, 4), None, ""), (date(2026, 5, 5), 0, "North"))
        assert [row[1].text for row in one.shown] == ["not measured", "0"]
        assert [row["value"] for row in csv_rows(one)] == ["", "0"]

    @pytest.mark.parametrize("value", [1e16, 1e-7, 123456.789, 3, 0.1 + 0.2])
    def test_writes_numbers_without_exponent_and_without_loss(self, value: float) -> None:
        one = chart((date(2026, 5, 4), value, ""))
        text = csv_rows(one)[0]["value"]
        assert "e" not in text.lower()
        assert float(text) == value
        assert one.shown[0][1].text == text

    @pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
    def test_gives_a_spreadsheet_no_formula(self, text: str) -> None:
        assert csv_rows(chart((None, 1, text)))[0]["lab"] == f"'{text}"

    def test_survives_quotes_commas_and_line_ends(self) -> None:
        text = 'North, "Main"\r\nsecond line'
        assert csv_rows(chart((None, 1, text)))[0]["lab"] == text

    def test_draws_only_where_there_are_rows(self) -> None:
        assert chart().wide == chart().narrow == ""
        one = chart((None, 1, ""))
        assert "any-wide" in one.wide
        assert "any-narrow" in one.narrow
        assert csv_text(chart()) == "day,value,lab\r\n"
