"""How long ago bone was last loaded enough to matter."""

from collections.abc import Sequence
from datetime import date, timedelta

from backend.charts.chart import Cell, Chart, Column, Key
from backend.charts.known import Known, moderate_counts, osteogenic_days
from backend.drawing import ClockDay, Svg, loading_clock, short_date
from backend.readmodels import LoadDay
from backend.records.athlete_profile import AthleteProfile
from backend.reminding.intervals import INTERVALS

NAME = "low_load_clock"
STRIP_DAYS = 28
MOST_ROWS = 12
ASK_AFTER_DAYS = int(INTERVALS.loading_gap_d.values[0])
COLUMNS = (
    Column("loaded_on", "Loading day"),
    Column("day_class", "Loading was"),
    Column("until", "Until the next, or today"),
    Column("days", "Days between", "d", is_number=True),
    Column("unknown_days", "of them without data", "d", is_number=True),
)
SWITCHED_OFF = (
    "Your profile says that impact is not for you now, so no clock runs and nothing is suggested."
)


def clock_chart(
    days: Sequence[LoadDay], *, profile: AthleteProfile, known: Known, as_of: date
) -> Chart:
    """Return the clock at ``as_of``; ``days`` are those with sessions, oldest first."""
    with_moderate = moderate_counts(profile, as_of=as_of)
    loaded = [
        day for day in osteogenic_days(days, with_moderate=with_moderate) if day.local_date <= as_of
    ]
    rows = _rows(loaded, days, known, as_of)
    since = (as_of - loaded[-1].local_date).days if loaded else None
    strip = _strip(loaded, days, known, as_of)
    desc = _describe(rows, since)
    is_off = bool(profile.impact_contraindicated)

    def draw(ident: str, width: float) -> Svg:
        return loading_clock(
            strip, since=since, ask_after=ASK_AFTER_DAYS, ident=ident, width=width,
            title="Days since bone was last loaded", desc=desc,
        )  # fmt: skip

    counted = "high or moderate" if with_moderate else "high"
    return Chart(
        name=NAME, title="Low-load clock", columns=COLUMNS, draw=draw,
        rows=() if is_off else rows,
        note=f"How long ago the last day of {counted} loading was. Bone answers better to load that "
        "is spread over the week than to the same load on one day.",
        caption="Newest loading day first", legend=_legend(strip),
        foot=f"Counted are days of {counted} loading. The mark on the ring stands at "
        f"{ASK_AFTER_DAYS} days, after which a reminder may come; a whole turn is 14 days. "
        "Source: your synced sessions.",
        empty=SWITCHED_OFF if is_off else "No day of high loading in the last year. The clock "
        "starts with the first one: landings, sprints or heavy lifting.",
    )  # fmt: skip


def _rows(
    loaded: Sequence[LoadDay], days: Sequence[LoadDay], known: Known, as_of: date
) -> tuple[tuple[Cell, ...], ...]:
    trained = {day.local_date for day in days}
    ends = [*(day.local_date for day in loaded[1:]), *([as_of] if loaded else [])]
    rows = []
    for day, until in zip(loaded, ends, strict=True):
        gap = (until - day.local_date).days
        between = [day.local_date + timedelta(days=back) for back in range(1, gap + 1)]
        unknown = sum(one not in trained and not known.holds(one) for one in between)
        said = "high, heavy" if day.heavy_day else day.day_class
        rows.append((day.local_date, said, until, gap, unknown))
    return tuple(reversed(rows))[:MOST_ROWS]


def _strip(
    loaded: Sequence[LoadDay], days: Sequence[LoadDay], known: Known, as_of: date
) -> list[ClockDay]:
    enough = {day.local_date for day in loaded}
    trained = {day.local_date for day in days}
    shown = [as_of - timedelta(days=back) for back in range(STRIP_DAYS - 1, -1, -1)]
    return [ClockDay(day, day in enough, day in trained or known.holds(day)) for day in shown]


def _legend(strip: Sequence[ClockDay]) -> tuple[Key, ...]:
    keys = [
        (any(day.loaded for day in strip), "clock-loaded", "loading day"),
        (any(day.known and not day.loaded for day in strip), "clock-open", "day without"),
        (any(not day.known for day in strip), "none", "no data"),
    ]
    return tuple(Key(mark, text) for present, mark, text in keys if present)


def _describe(rows: Sequence[tuple[Cell, ...]], since: int | None) -> str:
    if since is None or not rows:
        return "No day of high loading is known."
    last, unknown = rows[0][0], rows[0][4]
    day = short_date(last) if isinstance(last, date) else ""
    said = f"The last loading day was {day}, {since} {'day' if since == 1 else 'days'} ago"
    hidden = f"; of {unknown} of them nothing is known" if unknown else ""
    return f"{said}{hidden}. The gaps before are in the table below."
