"""What a demo athlete does in a week, and what was measured of them when."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from backend.records.athlete_profile import AthleteProfile

SYSTEM = "mechanostat_demo"


class SimulatedRecord(msgspec.Struct, frozen=True):
    """One record to write: its type, id, when it happened, and its body as JSON."""

    type: str
    record_id: UUID
    occurred_at: datetime
    body: bytes


class Lift(msgspec.Struct, frozen=True, kw_only=True):
    """One exercise of a strength session.

    ``kg`` in the first week, ``kg_gain`` more by the last; 0 for body weight and jumps.
    ``rir`` repetitions in reserve on an ordinary day.
    """

    exercise: str
    sets: int
    reps: int
    kg: float = 0.0
    kg_gain: float = 0.0
    rir: int = 2
    kind: str = "standing"
    tempo: str = "controlled"


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """One session of the week.

    ``weekday`` 0 is Monday, ``hour`` local. ``speed_kmh`` gives a distance. ``keeps`` is how
    often the session takes place.
    """

    weekday: int
    hour: int
    activity: str
    minutes: int
    rpe: float
    lifts: tuple[Lift, ...] = ()
    speed_kmh: float = 0.0
    keeps: float = 0.9


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One blood sample, ``days_ago`` before the end; values by analyte as the laboratory prints."""

    days_ago: int
    values: dict[str, str]


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """A scan, test, questionnaire or the like, ``days_ago`` before the end.

    ``told`` is its body without what dates it. ``lasts`` are the days until it was over, if it
    was; amounts in it vary by the share ``spread``.
    """

    type: str
    days_ago: int
    told: Mapping[str, object]
    lasts: int | None = None
    spread: float = 0.0


class DemoAthlete(msgspec.Struct, frozen=True, kw_only=True):
    """An invented person.

    ``email`` is the part before the @; ``story`` one sentence on what the demo shows with them.
    ``burst`` replaces ``week`` during the last ``burst_days``; nothing is done in the last
    ``silent_days``. ``reviewed_days_ago`` is when they said that all injuries are recorded;
    ``age_y`` has them turn so old in the year of the end, whichever that is.
    """

    email: str
    name: str
    sport: str
    story: str
    profile: AthleteProfile
    zone: str
    mass_kg: float
    hr_rest: int
    laboratory: str
    week: tuple[Slot, ...]
    samples: tuple[Sample, ...]
    burst: tuple[Slot, ...] = ()
    burst_days: int = 0
    silent_days: int = 0
    measured: tuple[Measured, ...] = ()
    reviewed_days_ago: int | None = None
    age_y: int | None = None

    def profile_on(self, ending: date) -> bytes:
        """Return the JSON body of their ``athlete_profile``."""
        profile = self.profile
        if self.reviewed_days_ago is not None:
            reviewed = ending - timedelta(days=self.reviewed_days_ago)
            profile = msgspec.structs.replace(profile, injuries_reviewed_on=reviewed)
        if self.age_y is not None and profile.born_date is not None:
            born = profile.born_date.replace(year=ending.year - self.age_y)
            profile = msgspec.structs.replace(profile, born_date=born)
        return msgspec.json.encode(profile)
