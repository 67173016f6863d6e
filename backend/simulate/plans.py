"""What a demo athlete does in a week and which blood samples they had."""

import msgspec


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


class DemoAthlete(msgspec.Struct, frozen=True, kw_only=True):
    """An invented person.

    ``email`` is the part before the @; ``profile`` the JSON body of their
    ``athlete_profile``; ``story`` one sentence on what the demo shows with them. ``burst``
    replaces ``week`` during the last ``burst_days``; nothing is done in the last
    ``silent_days``.
    """

    email: str
    name: str
    sport: str
    story: str
    profile: bytes
    zone: str
    mass_kg: float
    hr_rest: int
    laboratory: str
    week: tuple[Slot, ...]
    samples: tuple[Sample, ...]
    burst: tuple[Slot, ...] = ()
    burst_days: int = 0
    silent_days: int = 0
