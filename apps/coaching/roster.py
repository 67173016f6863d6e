"""From granted panel parts to a roster: who needs a look, and what is not shared."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from apps.coaching.access import Granted, InView, TeamInView
from apps.coaching.categories import Category, in_order, not_granted
from apps.insights.selectors import PanelPartRow
from backend.panel import PanelPart, Reason, group
from backend.summary.wording import checked

GROUPS = ("needs_a_look", "silent", "due_soon", "steady")
BASELINE_WEEKS = 6
SHORTEST = timedelta.resolution


@dataclass(frozen=True)
class AthleteRow:
    """One athlete as the viewer may see them; nothing in it comes from what is not shared."""

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

    @property
    def last_moment(self) -> datetime:
        """Return the last moment that is shared; ``ends_at`` itself is not."""
        return self.ends_at - SHORTEST


@dataclass(frozen=True)
class RosterGroup:
    """Athletes who stand at the same reason for attention, most pressing first."""

    key: str
    athletes: tuple[AthleteRow, ...]


@dataclass(frozen=True)
class Roster:
    """A team at one moment."""

    team: TeamInView
    teams: tuple[TeamInView, ...]
    groups: tuple[RosterGroup, ...]
    not_shared: dict[Category, int]
    as_of: datetime

    @property
    def size(self) -> int:
        """Return how many athletes share with the team."""
        return sum(len(one.athletes) for one in self.groups)


def roster(view: InView, rows: Iterable[PanelPartRow], *, now: datetime) -> Roster:
    """Arrange a team's athletes by reason for attention.

    Rows of athletes or categories that are not granted are dropped here too: this wall stands
    without the database's.
    """
    parts = granted_parts(view.athletes, rows)
    athletes = [
        athlete_row(granted, parts.get(athlete_id, []), now=now)
        for athlete_id, granted in view.athletes.items()
    ]
    return Roster(
        team=view.team,
        teams=view.teams,
        groups=tuple(
            RosterGroup(key, tuple(sorted((a for a in athletes if a.group == key), key=_urgency)))
            for key in GROUPS
        ),
        not_shared={
            category: sum(category in athlete.not_shared for athlete in athletes)
            for category in Category
        },
        as_of=now,
    )


def granted_parts(
    athletes: Mapping[UUID, Granted], rows: Iterable[PanelPartRow]
) -> dict[UUID, list[PanelPartRow]]:
    """Return panel rows by athlete, without those that are not granted."""
    found: dict[UUID, list[PanelPartRow]] = {}
    for row in rows:
        granted = athletes.get(row.athlete_id)
        if granted is not None and row.category in granted.categories:
            found.setdefault(row.athlete_id, []).append(row)
    return found


def athlete_row(granted: Granted, rows: list[PanelPartRow], *, now: datetime) -> AthleteRow:
    """Return one athlete's row from the parts they share."""
    parts = {Category(row.category): row.part for row in rows}
    reasons = tuple(
        sorted(
            (reason for part in parts.values() for reason in part.reasons),
            key=lambda reason: (-reason.severity, reason.since, reason.code),
        )
    )
    last_data_at = max((r.last_data_at for r in rows if r.last_data_at), default=None)
    key = group(reasons=reasons, last_data_at=last_data_at, now=now)
    loading, reminders = parts.get(Category.LOADING), parts.get(Category.REMINDERS)
    due = reminders.facts.get("next_due_on") if reminders else None
    return AthleteRow(
        athlete_id=granted.athlete_id,
        team_id=granted.team_id,
        name=granted.name,
        group=key,
        sentence=checked(_sentence(key, reasons, parts, last_data_at, now)),
        reasons=reasons,
        sparkline=loading.sparkline if loading else (),
        last_data_at=last_data_at,
        as_of=max((row.as_of for row in rows), default=None),
        next_due_on=date.fromisoformat(due) if due else None,
        parts=parts,
        shared=tuple(in_order(granted.categories)),
        not_shared=tuple(not_granted(granted.categories)),
        ends_at=granted.ends_at,
    )


def _sentence(
    key: str,
    reasons: tuple[Reason, ...],
    parts: Mapping[Category, PanelPart],
    last_data_at: datetime | None,
    now: datetime,
) -> str:
    """Return why the row stands where it stands, with a number and the own baseline."""
    if key == "silent":
        if last_data_at is None:
            return "no data has come in yet"
        return f"no data for {(now - last_data_at).days} days; 7 or more count as silent"
    return reasons[0].sentence if reasons else _usual(parts)


def _usual(parts: Mapping[Category, PanelPart]) -> str:
    loading, sessions = parts.get(Category.LOADING), parts.get(Category.SESSIONS)
    if loading and len(loading.sparkline) > BASELINE_WEEKS:
        *before, current = loading.sparkline[-BASELINE_WEEKS - 1 :]
        mean = sum(before) / len(before)
        return (
            f"bone loading {current:.0f} units in 7 days, own mean of the 6 weeks before {mean:.0f}"
        )
    if sessions and "sessions_7d" in sessions.facts:
        return f"{sessions.facts['sessions_7d']} sessions in 7 days"
    return "nothing to look at in what is shared"


def _urgency(row: AthleteRow) -> tuple[int, float, str, UUID]:
    severity = row.reasons[0].severity if row.reasons else 0
    since = row.reasons[0].since.toordinal() if row.reasons else 0
    silent = row.last_data_at.timestamp() if row.group == "silent" and row.last_data_at else 0.0
    return (-severity, silent or since, row.name, row.athlete_id)
