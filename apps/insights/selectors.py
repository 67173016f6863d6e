"""Reads of the read models. Call inside `acting_as`: rows of others are not there."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec

from apps.common.statements import Question, Rows, ids, run
from apps.insights import sql
from apps.insights.models import Observation as ObservationRow
from apps.insights.models import SessionLoad as SessionLoadRow
from apps.sync.selectors import live_derived
from backend.feed.state import Version
from backend.labs import analytes
from backend.loading.days import WeekLoad, weekly
from backend.panel import PanelPart, Said
from backend.panel.availability import MOST_SAID
from backend.readmodels import Block, LoadDay, Observation, SessionLoad
from backend.records.server_owned import Reminder, RiskSummary

NEWEST_EACH = 8
Loading = tuple[date, datetime]  # the local day of a session that loaded bone, and its end
_blocks = msgspec.json.Decoder(list[Block])
_tiers = msgspec.json.Decoder(dict[str, float])


class PanelPartRow(msgspec.Struct, frozen=True):
    """What the panel shows of one athlete within one consent category.

    What it is ranked and filtered by in the database is in ``part``, too: its ``severity``,
    ``since``, ``next_due_on``, ``codes`` and ``marks``.
    """

    athlete_id: UUID
    category: str
    part: PanelPart
    last_data_at: datetime | None
    as_of: date


def latest_summary(*, owner: UUID) -> RiskSummary | None:
    """Return the summary that stands in the athlete's feed now."""
    found = live_derived(owner, types=["risk_summary"])
    bodies = [version.body for version in found.values() if version.body]
    return msgspec.json.decode(bodies[0], type=RiskSummary) if bodies else None


def reminders_of(*, owner: UUID) -> dict[UUID, Reminder]:
    """Return every reminder of the athlete's feed, closed ones included."""
    return read_reminders(live_derived(owner, types=["reminder"]))


def read_reminders(found: Mapping[UUID, Version]) -> dict[UUID, Reminder]:
    """Return reminders out of their records."""
    return {
        record_id: msgspec.json.decode(version.body, type=Reminder)
        for record_id, version in found.items()
        if version.body
    }


def open_reminders(*, owner: UUID) -> list[tuple[UUID, Reminder]]:
    """Return reminders that are not closed, most pressing first."""
    found = [item for item in reminders_of(owner=owner).items() if item[1].state != "closed"]
    return sorted(found, key=lambda item: (item[1].due_date, item[1].priority))


def observations_of(*, owner: UUID, analyte: str, limit: int = 200) -> list[Observation]:
    """Return an analyte's results, newest first."""
    rows = ObservationRow.objects.filter(athlete_id=owner, analyte=analyte)
    return [_observation(row) for row in rows.order_by("-observed_at", "record_id")[:limit]]


def newest_observations(*, owner: UUID, without: Sequence[UUID] = ()) -> list[Observation]:
    """Return the newest few results of every analyte, usable ones surely, newest first."""
    return observations_question(owner=owner, without=without).ask()


def observations_question(*, owner: UUID, without: Sequence[UUID]) -> Question[list[Observation]]:
    """Return what asks for `newest_observations`."""
    asked = sql.call(
        sql.NEWEST_OBSERVATIONS,
        {
            "athlete": owner,
            "analytes": list(analytes.ANALYTES),
            "each": NEWEST_EACH,
            "records": list(without),
        },
    )
    return Question(asked, lambda rows: [Observation(*(*row[:-1], tuple(row[-1]))) for row in rows])


def load_days_of(*, owner: UUID, first: date, last: date) -> list[LoadDay]:
    """Return days with sessions in a span, oldest first."""
    return load_days_question(owner=owner, first=first, last=last).ask()


def load_days_question(*, owner: UUID, first: date, last: date) -> Question[list[LoadDay]]:
    """Return what asks for `load_days_of`."""
    asked = sql.call(sql.LOAD_DAYS, {"athlete": owner, "first": first, "last": last})
    return Question(
        asked,
        lambda rows: [
            LoadDay(day, blu, _tiers.decode(by_tier), *others)
            for day, blu, by_tier, *others in rows
        ],
    )


def weeks_of(*, owner: UUID, ending: date, weeks: int) -> list[WeekLoad]:
    """Return rolling weeks that end on ``ending``, oldest first."""
    first = ending - timedelta(days=7 * weeks - 1)
    days = load_days_of(owner=owner, first=first, last=ending)
    return weekly(days, ending=ending, weeks=weeks)


def sessions_of(
    *, owner: UUID, limit: int = 100, before: datetime | None = None
) -> list[SessionLoad]:
    """Return rated sessions, newest first."""
    rows = SessionLoadRow.objects.filter(athlete_id=owner)
    if before is not None:
        rows = rows.filter(starts_at__lt=before)
    return session_loads(rows.order_by("-starts_at", "record_id")[:limit])


def session_loads(rows: Iterable[SessionLoadRow]) -> list[SessionLoad]:
    """Return rows as what the models read."""
    return [_session(row) for row in rows]


def panel_rows(*, athlete_ids: Collection[UUID]) -> list[PanelPartRow]:
    """Return the panel parts of these athletes, whatever of them the actor may see."""
    rows = run(sql.PANEL_ROWS, {"athletes": ids(athlete_ids)})
    return [
        PanelPartRow(
            athlete_id=athlete_id,
            category=category,
            part=msgspec.json.decode(part, type=PanelPart, strict=False),
            last_data_at=last_data_at,
            as_of=as_of,
        )
        for athlete_id, category, part, last_data_at, as_of in rows
    ]


def uncollected(*, limit: int, start: UUID | None = None) -> list[tuple[UUID, int]]:
    """Return athletes whose derived records changed since the reminders were collected.

    In the order of their ids from ``start`` on, any place by default.
    """
    rows = sql.fetch(sql.UNCOLLECTED, {"limit": limit, "start": start or uuid4()})
    return [(athlete, seq) for athlete, seq in rows]


def first_session_date(*, owner: UUID, without: Sequence[UUID] = ()) -> date | None:
    """Return the local day of the athlete's first rated session."""
    rows = sql.fetch(sql.FIRST_SESSION, {"athlete": owner, "records": list(without)})
    return rows[0][0] if rows else None


def span_question(
    *, owner: UUID, without: Sequence[UUID]
) -> Question[tuple[date | None, datetime | None]]:
    """Return what asks for `first_session_date`, and when the newest rated session ended."""
    asked = sql.call(sql.SESSIONS_SPAN, {"athlete": owner, "records": list(without)})
    return Question(asked, lambda rows: rows[0])


def availability_question(
    *, owner: UUID, without: Sequence[UUID], is_all: bool
) -> Question[list[Said]]:
    """Return what asks for the newest words of sessions on how far the athlete could train, or all."""
    most = None if is_all else MOST_SAID
    given = {"athlete": owner, "records": list(without), "most": most}
    asked = sql.call(sql.AVAILABILITY_SAID, given)
    return Question(asked, lambda rows: [Said(*row) for row in rows])


def _observation(row: ObservationRow) -> Observation:
    values = {name: getattr(row, name) for name in Observation.__struct_fields__}
    return Observation(**{**values, "flags": tuple(row.flags)})


def _session(row: SessionLoadRow) -> SessionLoad:
    values = {name: getattr(row, name) for name in SessionLoad.__struct_fields__}
    blocks = tuple(Block(**block) for block in row.blocks)
    return SessionLoad(**{**values, "blocks": blocks, "flags": tuple(row.flags)})


def touched_question(
    *, owner: UUID, days: Sequence[date], records: Sequence[UUID]
) -> Question[tuple[dict[date, Loading | None], list[SessionLoad]]]:
    """Return what asks for the days to compute anew when these records changed, now on ``days``.

    The answer is each day with the last loading before it, and the other sessions of the days.
    """
    asked = sql.call(
        sql.TOUCHED_DAYS, {"athlete": owner, "days": list(days), "records": list(records)}
    )

    def read(rows: Rows) -> tuple[dict[date, Loading | None], list[SessionLoad]]:
        before = {day: (on, ends_at) if on else None for day, on, ends_at, *_ in rows}
        return before, [_session_of(row[3:]) for row in rows if row[3] is not None]

    return Question(asked, read)


def _session_of(row: Sequence[Any]) -> SessionLoad:
    """Return a session out of its columns in the order of the struct's fields."""
    values = dict(zip(SessionLoad.__struct_fields__, row, strict=True))
    blocks = tuple(_blocks.decode(values["blocks"]))
    return SessionLoad(**{**values, "blocks": blocks, "flags": tuple(values["flags"])})
