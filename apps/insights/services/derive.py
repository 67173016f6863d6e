"""From a snapshot to what is written: read-model rows, a summary, reminders, panel parts."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

import msgspec

from apps.insights.selectors import NEWEST_EACH, Loading
from apps.insights.services.fusing import Fused, fuse_sessions
from apps.insights.services.snapshot import Snapshot
from backend.days import local_day
from backend.loading.days import coverage_days, load_day
from backend.panel import PanelPart, Said, Trained, is_cut, panel_parts
from backend.readmodels import LoadDay, Observation, SessionLoad
from backend.records.server_owned import Reminder, RiskSummary
from backend.reminding.plan import plan, reminder_id
from backend.summary.compose import summarise
from backend.summary.measured import Kept, Measured, recalled
from backend.summary.situation import Situation, situation

KEPT_CLOSED = 20
IN_FUTURE = "in_future"


@dataclass(frozen=True)
class Derivation:
    """What one recompute comes to.

    ``about`` is what the summary rests on, ``found`` what is measured of it and ``to_keep`` the
    same as it is stored, where that is new. ``fused`` holds the loads of the workouts that
    changed and what is said of their sources. ``is_cut`` says that a reason may have begun before
    the loading that was read.
    ``load_days`` maps each recomputed day to its totals, None when it has no session left.
    """

    summary: RiskSummary
    about: Situation
    found: Measured
    to_keep: Kept | None
    reminders: dict[UUID, Reminder | None]
    parts: dict[str, PanelPart]
    last_data_at: datetime | None
    fused: Fused
    is_cut: bool
    load_days: dict[date, LoadDay | None] = field(default_factory=dict)


def derive(athlete_id: UUID, snapshot: Snapshot) -> Derivation:
    """Return the pure function of the snapshot's inputs."""
    fused = fuse_sessions(athlete_id, snapshot.gathered)
    fresh = [session for session in fused.sessions.values() if session is not None]
    changed_days = _load_days(snapshot, fresh)
    days = _overlay_days(snapshot, changed_days)
    observations = _overlay_results(snapshot)
    as_of, zone = snapshot.as_of, snapshot.profile.zone or "UTC"
    input_at = snapshot.feed.input_at
    last_input = local_day(input_at, zone=zone) if input_at else None
    first = _first_session(snapshot, fresh)
    coverage = coverage_days(as_of=as_of, first_session=first, last_input=last_input)
    about = situation(
        as_of=as_of,
        profile=snapshot.profile,
        load_days=days,
        coverage_days=coverage,
        observations=observations,
        facts=snapshot.facts,
    )
    found, to_keep = recalled(about, None if snapshot.is_whole else snapshot.made.kept)
    summary = summarise(about, found, covers_seq=snapshot.feed.input_seq)
    synced_at = max((one for one in (input_at, snapshot.contact_at) if one), default=None)
    synced_on = local_day(synced_at, zone=zone) if synced_at else None
    reminders = _reminders(athlete_id, snapshot, about, first, synced_on)
    last_data_at = _last_data(snapshot, fresh, observations)
    trained = Trained(
        read_from=snapshot.read_from,
        days=[day for day in days if day.local_date >= snapshot.read_from],
        first_session=first,
        last_input=last_input,
        last_data_on=local_day(last_data_at, zone=zone) if last_data_at else None,
        synced_on=synced_on,
        said=[*snapshot.said, *_said(fresh)],
    )
    parts = panel_parts(
        about,
        summary=summary,
        reminders={key: one for key, one in reminders.items() if one is not None},
        trained=trained,
    )
    return Derivation(
        summary=summary,
        about=about,
        found=found,
        to_keep=to_keep,
        reminders=reminders,
        parts=parts,
        last_data_at=last_data_at,
        fused=fused,
        is_cut=is_cut(about, trained, parts),
        load_days=changed_days,
    )


def _load_days(snapshot: Snapshot, fresh: Sequence[SessionLoad]) -> dict[date, LoadDay | None]:
    """Compute the touched days; each with the end of the loading before it."""
    loading = sorted((one.local_date, one.ends_at) for one in fresh if one.blu > 0)
    by_day: dict[date, list[SessionLoad]] = {day: [] for day in snapshot.days}
    for session in [*snapshot.neighbours, *fresh]:
        by_day.setdefault(session.local_date, []).append(session)
    return {
        day: load_day(
            day, sessions, previous_loading_end=_later(day, snapshot.days.get(day), loading)
        )
        if sessions
        else None
        for day, sessions in sorted(by_day.items())
    }


def _later(day: date, stored: Loading | None, loading: Sequence[Loading]) -> datetime | None:
    """Return the end of the latest loading before ``day``, stored or just changed."""
    before = loading[: bisect_left(loading, day, key=lambda one: one[0])]
    candidates = [*before[-1:], *([stored] if stored else [])]
    return max(candidates)[1] if candidates else None


def _overlay_days(snapshot: Snapshot, changed: Mapping[date, LoadDay | None]) -> list[LoadDay]:
    days: dict[date, LoadDay | None] = {day.local_date: day for day in snapshot.load_days}
    days.update(changed)
    last = snapshot.as_of
    return [day for on, day in sorted(days.items()) if day is not None and on <= last]


def _overlay_results(snapshot: Snapshot) -> list[Observation]:
    """Return observations newest first, with what just changed in place of what was stored."""
    kept = [o for o in snapshot.observations if o.record_id not in snapshot.results]
    fresh = [result for result in snapshot.results.values() if result is not None]
    newest = sorted([*kept, *fresh], key=lambda o: (o.observed_at, o.record_id), reverse=True)
    return _newest_few(newest)


def _newest_few(newest: list[Observation]) -> list[Observation]:
    """Return what a later run would read too: the newest few of each analyte, usable ones surely.

    The same few however they came, so that what is derived does not depend on the order of runs.
    """
    seen: Counter[tuple[str, bool]] = Counter()
    kept = []
    for one in newest:
        # Every result counts as one of all; a usable one as one of the usable, too.
        if seen[one.analyte, False] < NEWEST_EACH or (
            one.usable and seen[one.analyte, True] < NEWEST_EACH
        ):
            kept.append(one)
        seen[one.analyte, False] += 1
        seen[one.analyte, True] += one.usable
    return kept


def _first_session(snapshot: Snapshot, fresh: Sequence[SessionLoad]) -> date | None:
    stored = [snapshot.first_session] if snapshot.first_session else []
    return min([*(one.local_date for one in fresh), *stored], default=None)


def _said(fresh: Sequence[SessionLoad]) -> list[Said]:
    """Return what changed sessions say of how far the person could train."""
    return [
        Said(one.record_id, one.local_date, one.starts_at, one.availability)
        for one in fresh
        if one.availability is not None
    ]


def _last_data(
    snapshot: Snapshot, fresh: Sequence[SessionLoad], observations: list[Observation]
) -> datetime | None:
    """Return when the newest session ended or sample was drawn; not when it was uploaded."""
    sessions = [one.ends_at for one in fresh]
    stored = [snapshot.last_session] if snapshot.last_session else []
    drawn = [one.observed_at for one in observations if IN_FUTURE not in one.flags]
    return max([*sessions, *stored, *drawn[:1]], default=None)


def _reminders(
    athlete_id: UUID,
    snapshot: Snapshot,
    about: Situation,
    first_session: date | None,
    last_sync: date | None,
) -> dict[UUID, Reminder | None]:
    """Return the planned reminders; standing ones that are satisfied, closed; None for old ones."""
    planned = {
        reminder_id(athlete_id, reminder.rule, reminder.source_record): reminder
        for reminder in plan(
            about,
            athlete_id=athlete_id,
            weeks=about.weeks,
            first_session=first_session,
            last_sync=last_sync,
            sent=frozenset(snapshot.made.sent),
        )
    }
    closed = sorted(
        (
            (record_id, msgspec.structs.replace(reminder, state="closed"))
            for record_id, reminder in snapshot.reminders.items()
            if record_id not in planned
        ),
        key=lambda one: (one[1].due_date, one[0]),
        reverse=True,
    )
    # A daily record must not leave a closed reminder a day in the feed for ever.
    gone = dict.fromkeys(record_id for record_id, _ in closed[KEPT_CLOSED:])
    return {**gone, **dict(closed[:KEPT_CLOSED]), **planned}
