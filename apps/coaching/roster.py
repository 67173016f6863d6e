"""From granted panel parts to a roster: who needs a look, and what is not shared."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from apps.coaching.access import Granted
from apps.coaching.categories import SYNCED_SHARED_SINCE, Category, in_order, not_granted
from apps.insights.selectors import PanelPartRow, panel_rows
from backend.panel import PanelPart, Reason, group
from backend.panel.parts import SILENT_AFTER
from backend.panel.reasons import LOOK_FROM_SEVERITY, on_day
from backend.summary.wording import checked, rounded

GROUPS = ("needs_a_look", "silent", "due_soon", "steady")
BASELINE_WEEKS = 6
SHORTEST = timedelta.resolution
SYNCED_ON = "synced_on"


@dataclass(frozen=True)
class Reviewed:
    """The mark that stands on a row: the newest that nobody undid, and no snooze that is over."""

    mark_id: UUID
    kind: str
    author_id: UUID
    author: str
    at: datetime
    ending: str
    note: str
    until: datetime | None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class AthleteRow:
    """One athlete as the viewer may see them; nothing in it comes from what is not shared.

    ``reason_marks`` name the reasons that ask for a look (``code@since``), covered ones too; a
    mark made with them covers these and no later ones.
    """

    athlete_id: UUID
    team_id: UUID
    name: str
    group: str
    sentence: str
    reasons: tuple[Reason, ...]
    sparkline: tuple[float, ...]
    last_data_at: datetime | None
    as_of: date | None
    next_due_on: date | None
    parts: dict[Category, PanelPart]
    shared: tuple[Category, ...]
    not_shared: tuple[Category, ...]
    ends_at: datetime
    tags: tuple[str, ...] = ()
    availability: str | None = None
    open_reminders: int | None = None
    covered_days: int | None = None
    reviewed: Reviewed | None = None
    reason_marks: tuple[str, ...] = ()

    @property
    def last_moment(self) -> datetime:
        """Return the last moment that is shared; ``ends_at`` itself is not."""
        return self.ends_at - SHORTEST


def granted_parts(athletes: Mapping[UUID, Granted]) -> dict[UUID, list[PanelPartRow]]:
    """Read panel rows by athlete, without what is not granted in the words agreed to."""
    found: dict[UUID, list[PanelPartRow]] = {}
    for row in panel_rows(athlete_ids=list(athletes)) if athletes else ():
        granted = athletes.get(row.athlete_id)
        if granted is not None and row.category in granted.categories:
            found.setdefault(row.athlete_id, []).append(_as_agreed(row, granted))
    return found


def _as_agreed(row: PanelPartRow, granted: Granted) -> PanelPartRow:
    if granted.text_version >= SYNCED_SHARED_SINCE or SYNCED_ON not in row.part.facts:
        return row
    facts = {key: told for key, told in row.part.facts.items() if key != SYNCED_ON}
    return msgspec.structs.replace(row, part=msgspec.structs.replace(row.part, facts=facts))


def athlete_row(
    granted: Granted,
    rows: list[PanelPartRow],
    *,
    now: datetime,
    tags: Iterable[str] = (),
    reviewed: Reviewed | None = None,
) -> AthleteRow:
    """Return one athlete's row from the parts they share and what coaches noted about it."""
    parts = {Category(row.category): row.part for row in rows}
    reasons = tuple(
        sorted(
            (reason for part in parts.values() for reason in part.reasons),
            key=lambda reason: (-reason.severity, reason.since, reason.code),
        )
    )
    last_data_at = max((r.last_data_at for r in rows if r.last_data_at), default=None)
    settled = _settled(reasons, reviewed.reasons if reviewed else ())
    key = group(reasons=settled, last_data_at=last_data_at, now=now)
    loading, reminders = parts.get(Category.LOADING), parts.get(Category.REMINDERS)
    sessions = parts.get(Category.SESSIONS)
    trained = sessions.facts if sessions else {}
    return AthleteRow(
        athlete_id=granted.athlete_id,
        team_id=granted.team_id,
        name=granted.name,
        group=key,
        sentence=checked(_sentence(key, settled, parts, last_data_at, now)),
        reasons=reasons,
        sparkline=loading.sparkline if loading else (),
        last_data_at=last_data_at,
        as_of=max((row.as_of for row in rows), default=None),
        next_due_on=reminders.next_due_on if reminders else None,
        parts=parts,
        shared=tuple(in_order(granted.categories)),
        not_shared=tuple(not_granted(granted.categories)),
        ends_at=granted.ends_at,
        tags=tuple(tags),
        availability=trained.get("availability"),
        open_reminders=_count(reminders.facts.get("open")) if reminders else None,
        covered_days=_count(trained.get("covered_days")),
        reviewed=_of_what_is_shown(reviewed, reasons),
        reason_marks=tuple(sorted({mark for part in parts.values() for mark in part.marks})),
    )


def _of_what_is_shown(reviewed: Reviewed | None, shown: Iterable[Reason]) -> Reviewed | None:
    """Return a mark with the reasons that stand in the row: others tell of what is not shared."""
    if reviewed is None:
        return None
    marks = {reason.mark for reason in shown}
    return replace(reviewed, reasons=tuple(one for one in reviewed.reasons if one in marks))


def _settled(reasons: tuple[Reason, ...], covered: Collection[str]) -> list[Reason]:
    """Return the reasons, most pressing first; one that had its look weighs as one that asks none."""
    weighed = (
        msgspec.structs.replace(reason, severity=LOOK_FROM_SEVERITY - 1)
        if reason.severity >= LOOK_FROM_SEVERITY and reason.mark in covered
        else reason
        for reason in reasons
    )
    return sorted(weighed, key=lambda reason: -reason.severity)


def _count(told: str | None) -> int | None:
    return int(told) if told and told.isascii() and told.isdigit() else None


def _sentence(
    key: str,
    reasons: Sequence[Reason],
    parts: Mapping[Category, PanelPart],
    last_data_at: datetime | None,
    now: datetime,
) -> str:
    """Return why the row stands where it stands, with a number and the own baseline."""
    if key == "silent":
        if last_data_at is None:
            return "no data has come in yet"
        told = f"no data for {(now - last_data_at).days} days; 7 or more count as silent"
        return f"{told}. {phone}" if (phone := _phone(parts, now)) else told
    return reasons[0].sentence if reasons else _usual(parts)


def _phone(parts: Mapping[Category, PanelPart], now: datetime) -> str:
    """Return whether it is the phone that is silent, where sessions are shared."""
    sessions = parts.get(Category.SESSIONS)
    told = sessions.facts.get(SYNCED_ON) if sessions else None
    if told is None:
        return ""
    synced_on = date.fromisoformat(told)
    if (now.date() - synced_on).days >= SILENT_AFTER.days:
        return f"The phone has not synced since {on_day(synced_on)}"
    return (
        "The phone has synced since: nothing was recorded, or the app may no longer read workouts"
    )


def _usual(parts: Mapping[Category, PanelPart]) -> str:
    loading, sessions = parts.get(Category.LOADING), parts.get(Category.SESSIONS)
    if loading and len(loading.sparkline) > BASELINE_WEEKS:
        *before, current = loading.sparkline[-BASELINE_WEEKS - 1 :]
        mean = sum(before) / len(before)
        return (
            f"bone loading {rounded(current, places=0)} units in 7 days, own mean of the 6 weeks "
            f"before {rounded(mean, places=0)}"
        )
    if sessions and "sessions_7d" in sessions.facts:
        return f"{sessions.facts['sessions_7d']} sessions in 7 days"
    return "nothing to look at in what is shared"
