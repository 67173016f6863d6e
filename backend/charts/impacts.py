"""How hard one session loaded bone, and how often."""

import math

from backend.charts.chart import Chart, Column, Key
from backend.drawing import ForceBin, Svg, force_histogram, short_date
from backend.loading.names import activity_name, capitalised
from backend.loading.tables import BINS, EDGE_SLACK
from backend.readmodels import SessionLoad
from backend.summary.wording import rounded, to_places

NAME = "impacts"
TIERS = {
    "A": "measured on the body",
    "B": "from sets and jumps",
    "C": "estimated from sport and time",
}
COLUMNS = (
    Column("from_bw", "From", "{BW}", is_number=True),
    Column("to_bw", "To below", "{BW}", "open", is_number=True),
    Column("contacts", "Contacts", "1", is_number=True),
    Column("weight", "Weight", "1", is_number=True),
    Column("blu", "BLU", "{BLU}", is_number=True),
)


def impacts_chart(session: SessionLoad | None) -> Chart:
    """Return the picture of one session's contacts by peak force, in the bins of the units."""
    rows = _rows(session) if session else ()
    bins = [
        ForceBin(_label(low, high), contacts, weight > 0) for low, high, contacts, weight, _ in rows
    ]
    title = "Contacts by peak force"
    desc = ""
    if session:
        on = short_date(session.local_date)
        title = f"Contacts by peak force, {activity_words(session.activity)} of {on}"
        desc = _describe(session)

    def draw(ident: str, width: float) -> Svg:
        return force_histogram(bins, ident=ident, width=width, title=title, desc=desc)

    note = "Ten hard landings say more to bone than thousands of steps."
    return Chart(
        name=NAME, title="Impacts of a session", columns=COLUMNS, draw=draw, rows=rows,
        note=f"{_newest(session)} {note}" if session else note,
        caption="From the least force to the greatest",
        legend=_legend(bins),
        foot=_foot(session) if session else "",
        empty="No session with contacts above 1 body weight yet. Sets, jumps, runs or a phone "
        "that measures impacts bring the first.",
    )  # fmt: skip


def activity_words(activity: str) -> str:
    """Return an activity's key as people write it."""
    return activity_name(activity) or "session"


def _rows(session: SessionLoad) -> tuple[tuple[float, float | None, float, float, float], ...]:
    edges = [(1.0, 0.0), *BINS]
    uppers = [low for low, _ in edges[1:]] + [math.inf]
    rows = []
    for (low, weight), high in zip(edges, uppers, strict=True):
        contacts = math.fsum(
            block.cycles
            for block in session.blocks
            if low - EDGE_SLACK <= block.bw < high - EDGE_SLACK
        )
        top = None if math.isinf(high) else high
        blu = to_places(weight * math.log(contacts + 1))
        rows.append((low, top, to_places(contacts), weight, blu))
    return tuple(rows) if any(row[2] for row in rows) else ()


def _label(low: float, high: float | None) -> str:
    return f"{low:g}+" if high is None else f"{low:g}-{high:g}"


def _newest(session: SessionLoad) -> str:
    return f"{capitalised(activity_words(session.activity))}, {short_date(session.local_date)}."


def _legend(bins: list[ForceBin]) -> tuple[Key, ...]:
    there = [one for one in bins if one.contacts > 0]
    keys = [
        (any(one.counts for one in there), "bone", "contacts that count as bone loading"),
        (any(not one.counts for one in there), "volume", "below 1.5 body weights: nothing unusual"),
    ]
    return tuple(Key(mark, text) for present, mark, text in keys if present)


def _foot(session: SessionLoad) -> str:
    made = TIERS.get(session.tier, "not rated")
    return (
        "Each line is ten times the one below. BLU of a bin are its weight times the logarithm of "
        f"its contacts plus one; together {rounded(session.blu, places=0)} BLU before rest between "
        f"sessions is counted. Here the contacts are {made}. Source: your synced session."
    )


def _describe(session: SessionLoad) -> str:
    above_2, above_3 = session.cycles_ge_2bw, session.cycles_ge_3bw
    return (
        f"{_newest(session)} {rounded(above_2, places=0)} contacts at 2 body weights or more, "
        f"{rounded(above_3, places=0)} of them at 3 or more. Every number is in the table below."
    )
