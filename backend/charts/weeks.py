"""Training volume beside bone loading, by week."""

from collections.abc import Sequence
from datetime import date

from backend.charts.chart import Chart, Column, Key
from backend.charts.known import Known
from backend.drawing import Svg, WeekBar, loading_weeks, short_date
from backend.loading.days import WeekLoad
from backend.summary.wording import fixed, rounded

NAME = "loading"
WEEKS = 26
TIERS = {"A": "measured", "B": "from sets", "C": "estimated"}
TITLE = "Volume beside bone loading"
COLUMNS = (
    Column("starts_on", "From"),
    Column("ends_on", "To"),
    Column("minutes", "Minutes", "min", "no data", is_number=True),
    Column("blu", "BLU", "{BLU}", is_number=True),
    Column("source", "Loading is"),
    Column("high_days", "High days", "d", is_number=True),
    Column("heavy_days", "of them heavy", "d", is_number=True),
    Column("sessions", "Sessions", "1", is_number=True),
)


def weeks_chart(weeks: Sequence[WeekLoad], *, known: Known) -> Chart:
    """Return the picture of consecutive weeks, oldest first."""
    bars = [
        WeekBar(
            starts_on=week.starts_on, ends_on=week.ends_on, minutes=week.minutes, blu=week.blu,
            high_days=week.high_days, heavy_days=week.heavy_days, tier=week.tier,
            known=week.sessions > 0 or known.touches(week.starts_on, week.ends_on),
        )
        for week in weeks
    ]  # fmt: skip
    desc = _describe(bars)

    def draw(ident: str, width: float) -> Svg:
        title = "Training volume beside bone loading by week"
        return loading_weeks(bars, ident=ident, width=width, title=title, desc=desc)

    rows = [_row(bar, week.sessions) for bar, week in zip(bars, weeks, strict=True)]
    return Chart(
        name=NAME, title=TITLE, columns=COLUMNS, draw=draw,
        rows=tuple(reversed(rows)) if known.began else (),
        note="Bone answers to how hard and how often, more than to how long. Compare weeks with "
        "your own weeks, never with somebody else's.",
        caption="Newest week first", legend=_legend(bars), foot=_foot(bars),
        empty="No rated session yet. Once your phone syncs workouts, each week appears here with "
        "its minutes and its bone loading.",
    )  # fmt: skip


def _row(bar: WeekBar, sessions: int) -> tuple[date | str | float | int | None, ...]:
    if not bar.known:
        return (bar.starts_on, bar.ends_on, *(None,) * (len(COLUMNS) - 2))
    source = TIERS.get(bar.tier or "", "nothing to rate")
    minutes, blu = (int(rounded(value, places=0)) for value in (bar.minutes, bar.blu))
    return (bar.starts_on, bar.ends_on, minutes, blu, source,
            bar.high_days, bar.heavy_days, sessions)  # fmt: skip


def _legend(bars: Sequence[WeekBar]) -> tuple[Key, ...]:
    """Return what is there and must be explained."""
    loaded = [bar for bar in bars if bar.known and bar.blu > 0]
    recorded, estimated = (
        any((bar.tier in ("A", "B")) == is_told for bar in loaded) for is_told in (True, False)
    )
    keys = [
        (True, "volume", "minutes of training"),
        (recorded, "bone", "BLU, measured or from sets"),
        (estimated, "bone-estimate", "BLU, estimated from sport and time"),
        (any(b.high_days > b.heavy_days for b in bars), "high", "day with other high loading"),
        (any(bar.heavy_days for bar in bars), "heavy", "day with heavy lifting"),
        (any(not bar.known for bar in bars), "none", "no data, which is not zero"),
    ]
    return tuple(Key(mark, text) for present, mark, text in keys if present)


def _foot(bars: Sequence[WeekBar]) -> str:
    if not bars:
        return ""
    known = sum(bar.known for bar in bars)
    return (
        "BLU are bone loading units: every session turned into force and repetitions, then one "
        "formula. The dashed line marks 3 days a week, as in the trials. "
        f"{known} of {len(bars)} weeks known, from {short_date(bars[0].starts_on)} to "
        f"{short_date(bars[-1].ends_on)}; each bar is seven days, the last one ends today. "
        "Source: your synced sessions."
    )


def _describe(bars: Sequence[WeekBar]) -> str:
    there = [bar for bar in bars if bar.known]
    if not there:
        return "None of these weeks has data."
    known = len(there)
    minutes = sum(bar.minutes for bar in there) / known
    blu = sum(bar.blu for bar in there) / known
    high = sum(bar.high_days for bar in there) / known
    return (
        f"{known} of {len(bars)} weeks have data. On average {rounded(minutes, places=0)} "
        f"minutes, {rounded(blu, places=0)} bone loading units and {fixed(high, places=1)} days "
        "with high loading a week. "
        "Every number is in the table below."
    )
