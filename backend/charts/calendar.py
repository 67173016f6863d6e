"""A year of days by their class, with what is not known told apart from rest."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from backend.charts.chart import Cell, Chart, Column, Key
from backend.charts.known import Known
from backend.drawing import DayCell, Svg, calendar_days, short_date
from backend.readmodels import LoadDay
from backend.summary.wording import rounded

NAME = "calendar"
WEEKS = 53
NARROW_WEEKS = 22
NARROW_BELOW = 600.0
WORDS = {
    "high": "high",
    "moderate": "moderate",
    "none": "low",
    "rest": "no session",
    "unknown": "no data",
}
MARKS = {
    "high": "high loading",
    "moderate": "moderate loading",
    "none": "training with little loading",
    "rest": "known day without a session",
    "unknown": "no data, which is not rest",
}
DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
COLUMNS = (
    Column("week_from", "Week from"),
    *(Column(name.lower(), name, blank="to come") for name in DAY_NAMES),
)


def first_day(as_of: date) -> date:
    """Return the Monday the calendar begins on."""
    return as_of - timedelta(days=as_of.weekday() + 7 * (WEEKS - 1))


def calendar_chart(days: Sequence[LoadDay], *, known: Known, as_of: date) -> Chart:
    """Return the picture of the year up to ``as_of``; ``days`` are those with sessions."""
    by_day = {day.local_date: day for day in days}
    first = first_day(as_of)
    cells = [
        _cell(first + timedelta(days=back), by_day, known)
        for back in range((as_of - first).days + 1)
    ]
    desc = _describe(cells)

    def draw(ident: str, width: float) -> Svg:
        weeks = WEEKS if width >= NARROW_BELOW else NARROW_WEEKS
        part = cells[7 * (WEEKS - weeks) :]
        title = "Days by the class of their bone loading"
        return calendar_days(part, ident=ident, width=width, title=title, desc=desc)

    there = {cell.kind for cell in cells}
    legend = [Key(f"day-{kind}", text) for kind, text in MARKS.items() if kind in there]
    if any(cell.heavy for cell in cells):
        legend.insert(1, Key("day-heavy", "with heavy lifting"))
    return Chart(
        name=NAME, title="Days of loading", columns=COLUMNS, draw=draw, legend=tuple(legend),
        rows=_rows(cells) if known.began else (),
        note="Which days loaded bone, and which days nobody knows about.",
        caption="Newest week first, back to the first known one; heavy days are high days with heavy lifting",
        foot="High is at least 10 contacts above 3 body weights or 10 heavy repetitions, moderate "
        "at least 100 contacts above 2 body weights, as in the trials. Days before your first "
        "session and after your phone's last word are not known. Source: your synced sessions.",
        empty="No rated session yet. With the first synced workout the calendar begins.",
    )  # fmt: skip


def _cell(day: date, by_day: Mapping[date, LoadDay], known: Known) -> DayCell:
    load = by_day.get(day)
    if load is None:
        kind = "rest" if known.holds(day) else "unknown"
        return DayCell(day, kind, f"{short_date(day)}: {WORDS[kind]}")
    kind = load.day_class if load.day_class in WORDS else "none"
    said = f"{short_date(day)}: {WORDS[kind]} loading, {rounded(load.minutes, places=0)} minutes"
    return DayCell(day, kind, f"{said}, heavy lifting" if load.heavy_day else said, load.heavy_day)


def _rows(cells: Sequence[DayCell]) -> tuple[tuple[Cell, ...], ...]:
    """Return the weeks from the first one of which anything is known."""
    rows: list[tuple[Cell, ...]] = []
    for start in range(0, len(cells), 7):
        week = cells[start : start + 7]
        said = ["high, heavy" if cell.heavy else WORDS[cell.kind] for cell in week]
        if rows or any(cell.kind != "unknown" for cell in week):
            rows.append((week[0].day, *said, *(None,) * (7 - len(week))))
    return tuple(reversed(rows))


def _describe(cells: Sequence[DayCell]) -> str:
    count = {kind: sum(cell.kind == kind for cell in cells) for kind in WORDS}
    return (
        f"Of {len(cells)} days up to {short_date(cells[-1].day)}, {count['high']} had high "
        f"loading, {count['moderate']} moderate, {count['none']} training with little loading, "
        f"{count['rest']} no session; of {count['unknown']} nothing is known. "
        "Every day is in the table below."
    )
