"""Reads of what the pictures show. Call inside `acting_as`: rows of others are not there."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import cached_property
from uuid import UUID

from apps.common.errors import NotFound
from apps.insights import sql
from apps.insights.models import SessionLoad as SessionLoadRow
from apps.insights.selectors import (
    first_session_date,
    load_days_of,
    observations_of,
    open_reminders,
    session_loads,
)
from apps.insights.services.snapshot import read_facts
from apps.sync.selectors import FeedState, feed_state, profile_of, versions_of
from backend.charts import (
    calendar,
    clock,
    density,
    impacts,
    muscle_bone,
    strength,
    vitamin_d,
    weeks,
)
from backend.charts.chart import Chart
from backend.charts.known import Known
from backend.days import local_day
from backend.loading.days import weekly
from backend.readmodels import LoadDay, Observation, SessionLoad
from backend.records.athlete_profile import AthleteProfile
from backend.records.lab_result import LabResult, SupplementDose
from backend.records.reading import read
from backend.records.server_owned import Reminder
from backend.records.workout_session import WorkoutSession
from backend.summary.facts import Facts

MOST_LOGS = 120


class ChartReader:
    """What one athlete's pictures need, each kind read once and only when it is asked for."""

    def __init__(self, owner: UUID, *, today: date, zone: str, session: UUID | None = None) -> None:
        """Read for ``owner`` on ``today``; ``session`` names whose impacts are asked for."""
        self.owner, self.today, self.zone, self.session = owner, today, zone, session

    @cached_property
    def feed(self) -> FeedState | None:
        """Where the feed stands."""
        return feed_state(self.owner)

    @cached_property
    def profile(self) -> AthleteProfile:
        """The athlete's profile."""
        return profile_of(self.owner)

    @cached_property
    def facts(self) -> Facts:
        """Scans, tests and measurements."""
        return read_facts(self.owner, zone=self.profile.zone or self.zone)

    @cached_property
    def load_days(self) -> list[LoadDay]:
        """Days with sessions, as far back as any picture goes."""
        first = calendar.first_day(self.today)
        return load_days_of(owner=self.owner, first=first, last=self.today)

    @cached_property
    def known(self) -> Known:
        """Which days are known at all."""
        input_at = self.feed.input_at if self.feed else None
        last_on = local_day(input_at, zone=self.zone) if input_at else None
        return Known(first_session_date(owner=self.owner), last_on)

    @cached_property
    def observations(self) -> list[Observation]:
        """Vitamin D results, newest first."""
        return observations_of(owner=self.owner, analyte=vitamin_d.ANALYTE)

    @cached_property
    def doses(self) -> dict[UUID, SupplementDose]:
        """What was taken at the time of each of those results, where it was stated."""
        records = [seen.record_id for seen in self.observations]
        found = versions_of(self.owner, records) if records else {}
        bodies = {
            key: read(LabResult, version.body) for key, version in found.items() if version.body
        }
        return {key: body.supplement_dose for key, body in bodies.items() if body.supplement_dose}

    @cached_property
    def reminders(self) -> list[tuple[UUID, Reminder]]:
        """Reminders that are open, most pressing first."""
        return open_reminders(owner=self.owner)

    @cached_property
    def shown_session(self) -> SessionLoad | None:
        """The session whose impacts are shown: the one asked for, else the newest that has any.

        Raises ``NotFound`` for a session that is not there.
        """
        rows = SessionLoadRow.objects.filter(athlete_id=self.owner)
        if self.session is None:
            rows = rows.filter(local_date__lte=self.today, habitual_cycles__gt=0) | rows.filter(
                local_date__lte=self.today, blu__gt=0
            )
        else:
            rows = rows.filter(record_id=self.session)
        found = session_loads(rows.order_by("-starts_at", "record_id")[:1])
        if self.session is not None and not found:
            raise NotFound
        return found[0] if found else None

    @cached_property
    def logs(self) -> list[WorkoutSession]:
        """Workouts with logged sets, each once however many recordings there are of it."""
        first = self.today - timedelta(days=7 * strength.WEEKS)
        params = {"athlete": self.owner, "first": first, "most": MOST_LOGS}
        records = [row[0] for row in sql.fetch(sql.LOGGED, params)]
        found = versions_of(self.owner, records) if records else {}
        return [read(WorkoutSession, version.body) for version in found.values() if version.body]


def chart_of(reader: ChartReader, name: str) -> Chart:
    """Return one picture with its numbers; raises ``NotFound`` for another name."""
    if name not in CHARTS:
        raise NotFound
    return CHARTS[name](reader)


def _weeks(reader: ChartReader) -> Chart:
    rolled = weekly(reader.load_days, ending=reader.today, weeks=weeks.WEEKS)
    return weeks.weeks_chart(rolled, known=reader.known)


def _calendar(reader: ChartReader) -> Chart:
    return calendar.calendar_chart(reader.load_days, known=reader.known, as_of=reader.today)


def _clock(reader: ChartReader) -> Chart:
    return clock.clock_chart(
        reader.load_days, profile=reader.profile, known=reader.known, as_of=reader.today
    )


def _impacts(reader: ChartReader) -> Chart:
    return impacts.impacts_chart(reader.shown_session)


def _strength(reader: ChartReader) -> Chart:
    return strength.strength_chart(reader.logs, as_of=reader.today)


def _vitamin_d(reader: ChartReader) -> Chart:
    due = [one.due_date for _, one in reader.reminders if one.topic == vitamin_d.ANALYTE]
    return vitamin_d.vitamin_d_chart(
        reader.observations,
        doses=reader.doses,
        latitude=reader.profile.latitude,
        as_of=reader.today,
        due_on=min(due, default=None),
    )


def _density(reader: ChartReader) -> Chart:
    return density.density_chart(reader.facts)


def _muscle_bone(reader: ChartReader) -> Chart:
    return muscle_bone.muscle_bone_chart(reader.facts, profile=reader.profile, as_of=reader.today)


# In the order of the page.
CHARTS: dict[str, Callable[[ChartReader], Chart]] = {
    weeks.NAME: _weeks,
    calendar.NAME: _calendar,
    clock.NAME: _clock,
    impacts.NAME: _impacts,
    strength.NAME: _strength,
    vitamin_d.NAME: _vitamin_d,
    density.NAME: _density,
    muscle_bone.NAME: _muscle_bone,
}
