"""Parsed pictures, for the tests of charts."""

import csv
import io
import xml.etree.ElementTree as ET

from backend.charts.chart import Cell, Chart, csv_text, number_text

HOSTILE = "</text><script>alert(1)</script>\"' onload='x"


def drawn(chart: Chart, width: float = 960.0) -> ET.Element:
    """Return the parsed picture of a chart that has one."""
    return ET.fromstring(chart.draw(f"{chart.name}-test", width))  # noqa: S314 (our own output)


def having(picture: ET.Element, name: str) -> list[ET.Element]:
    """Return the elements with a class name."""
    return [item for item in picture.iter() if name in (item.get("class") or "").split()]


def words_in(picture: ET.Element) -> str:
    """Return all text of a picture."""
    return " ".join(text.strip() for text in picture.itertext())


def column(chart: Chart, key: str) -> list[Cell]:
    """Return one column of the table, in the order of its rows."""
    return [row[key] for row in chart.records]


def marks(chart: Chart) -> set[str]:
    """Return what the legend explains."""
    return {key.mark for key in chart.legend}


def csv_rows(chart: Chart) -> list[dict[str, str]]:
    """Return the rows of the CSV."""
    return list(csv.DictReader(io.StringIO(csv_text(chart))))


def told(cell: Cell) -> str:
    """Return what CSV says of a cell that is no text."""
    if cell is None:
        return ""
    return number_text(cell) if isinstance(cell, int | float) else str(cell)


def assert_is_sound(chart: Chart) -> None:
    """Check what holds of every picture: named, described, without style, script or overflow."""
    assert chart.rows
    for width in (960.0, 318.0):
        picture = drawn(chart, width)
        assert (picture.find("title"), picture.find("desc")) != (None, None)
        assert picture.get("role") == "img"
        _, _, right, bottom = map(float, (picture.get("viewBox") or "").split())
        for item in picture.iter():
            assert item.tag != "script"
            assert not [name for name in item.attrib if name == "style" or name.startswith("on")]
        for item in picture.iter("circle"):
            assert 0 <= float(item.get("cx") or -1) <= right
            assert 0 <= float(item.get("cy") or -1) <= bottom
        for item in picture.iter("rect"):
            assert float(item.get("x") or -1) >= 0
            assert float(item.get("x") or 0) + float(item.get("width") or 0) <= right + 0.2
            assert float(item.get("y") or 0) + float(item.get("height") or 0) <= bottom + 0.2
    for record, written in zip(chart.records, csv_rows(chart), strict=True):
        assert {key: told(cell) for key, cell in record.items() if not isinstance(cell, str)} == {
            key: written[key] for key, cell in record.items() if not isinstance(cell, str)
        }
