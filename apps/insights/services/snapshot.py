"""What one recompute reads: changed records and the windows its models need, at one instant."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from apps.insights import sql
from apps.insights.selectors import (
    first_session_date,
    last_session_end,
    load_days_of,
    newest_observations,
    reminders_of,
    sessions_on,
)
from apps.insights.services.fusing import Fused, read_fused
from apps.sync.selectors import FeedState, Input, feed_state, inputs_between, profile_of
from backend.days import local_day
from backend.fusion.tables import RULE_VERSION
from backend.readmodels import LoadDay, Observation, SessionLoad
from backend.records.athlete_profile import AthleteProfile
from backend.records.lab_result import observe
from backend.records.server_owned import Reminder

PANEL_WEEKS = 10
# Another version has all read models of an athlete made anew at their next recompute.
MODELS_VERSION = f"2/{RULE_VERSION}"


@dataclass(frozen=True)
class Snapshot:
    """Inputs of one recompute; everything in it comes from one database snapshot.

    ``sessions`` and ``results`` map changed records to what they mean now, None when they
    are gone, flagged, or part of another one's workout. ``days`` are the local days to compute anew, each with the end of
    the loading before it; ``neighbours`` the unchanged sessions of those days.
    """

    feed: FeedState
    as_of: date
    profile: AthleteProfile
    fused: Fused
    results: dict[UUID, Observation | None]
    days: dict[date, datetime | None] = field(default_factory=dict)
    neighbours: list[SessionLoad] = field(default_factory=list)
    load_days: list[LoadDay] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    first_session: date | None = None
    last_session: datetime | None = None
    reminders: dict[UUID, Reminder] = field(default_factory=dict)

    @property
    def sessions(self) -> dict[UUID, SessionLoad | None]:
        """The workouts that changed, by the record that stands for each."""
        return self.fused.sessions


def read_snapshot(athlete_id: UUID, *, now: datetime) -> Snapshot | None:
    """Return what a recompute needs, or None when the athlete has no feed.

    Call inside ``acting_as(athlete_id, snapshot=True)``. The cost depends on what changed
    since the last run and on fixed windows, not on the length of the history.
    """
    feed = feed_state(athlete_id)
    if feed is None:
        return None
    profile = profile_of(athlete_id)
    as_of = local_day(now, zone=profile.zone or "UTC")
    is_whole = _models_version(athlete_id) != MODELS_VERSION
    since = 0 if is_whole else feed.derived_seq
    changed = inputs_between(athlete_id, after=since, until=feed.input_seq)
    fused = read_fused(athlete_id, changed, is_whole=is_whole)
    sessions = fused.sessions
    results = {
        i.record_id: _result(i, zone=profile.zone, now=now)
        for i in changed
        if i.type == "lab_result"
    }
    days = _touched_days(athlete_id, sessions)
    first = as_of - timedelta(days=7 * PANEL_WEEKS - 1)
    return Snapshot(
        feed=feed,
        as_of=as_of,
        profile=profile,
        fused=fused,
        results=results,
        days=days,
        neighbours=sessions_on(owner=athlete_id, days=list(days), without=list(sessions))
        if days
        else [],
        load_days=load_days_of(owner=athlete_id, first=first, last=as_of),
        observations=newest_observations(owner=athlete_id, without=list(results)),
        first_session=first_session_date(owner=athlete_id, without=list(sessions)),
        last_session=last_session_end(owner=athlete_id, without=list(sessions)),
        reminders=reminders_of(owner=athlete_id),
    )


def _models_version(athlete_id: UUID) -> str | None:
    """Return by which rules the stored read models were made; None before the first run."""
    rows = sql.fetch(sql.MODELS_VERSION, {"athlete": athlete_id})
    return rows[0][0] if rows else None


def _result(changed: Input, *, zone: str | None, now: datetime) -> Observation | None:
    if changed.body is None:
        return None
    return observe(changed.record_id, changed.body, zone=zone, now=now)


def _touched_days(
    athlete_id: UUID, sessions: dict[UUID, SessionLoad | None]
) -> dict[date, datetime | None]:
    """Return the days to compute anew, each with the end of the loading before it."""
    if not sessions:
        return {}
    fresh = [session for session in sessions.values() if session is not None]
    rows = sql.fetch(
        sql.TOUCHED_DAYS,
        {
            "athlete": athlete_id,
            "days": sorted({session.local_date for session in fresh}),
            "records": list(sessions),
        },
    )
    loading = sorted((s.local_date, s.ends_at) for s in fresh if s.blu > 0)
    return {day: _later(day, (on, ends_at) if on else None, loading) for day, on, ends_at in rows}


def _later(
    day: date, stored: tuple[date, datetime] | None, loading: list[tuple[date, datetime]]
) -> datetime | None:
    """Return the end of the latest loading before ``day``, stored or just changed."""
    before = [one for one in loading if one[0] < day]
    candidates = [*before[-1:], *([stored] if stored else [])]
    return max(candidates)[1] if candidates else None
