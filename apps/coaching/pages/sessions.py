"""What an athlete's page says of each session: when, what, how long, how hard, and its sets."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from backend.loading.names import activity_name, capitalised, exercise_name

MINUTE_S = 60.0
MOST_EXERCISES = 30
TIMES = "\N{MULTIPLICATION SIGN}"


@dataclass(frozen=True)
class Exercise:
    """One exercise of a session and its sets in words."""

    name: str
    sets: str


@dataclass(frozen=True)
class Session:
    """One session as its table and its details show it."""

    on: date
    activity: str
    title: str
    minutes: float | None
    rpe: float | None
    availability: str
    facts: tuple[tuple[str, str], ...]
    exercises: tuple[Exercise, ...]
    impacts: tuple[tuple[str, int], ...]

    @property
    def has_details(self) -> bool:
        """Return whether there is more than the line says."""
        return bool(self.facts or self.exercises or self.impacts)


def session_of(body: Mapping[str, Any]) -> Session:
    """Return what is shown of a shared session."""
    seconds = body.get("timer_s") or body.get("elapsed_s")
    return Session(
        on=date.fromisoformat(body["local_date"]),
        activity=capitalised(activity_name(body["activity"])),
        title=body.get("title") or "",
        minutes=seconds / MINUTE_S if seconds else None,
        rpe=body.get("rpe"),
        availability=body.get("availability") or "",
        facts=_facts(body),
        exercises=tuple(_exercise(one) for one in body.get("exercises", ())[:MOST_EXERCISES]),
        impacts=_impacts(body.get("impacts") or {}),
    )


def mostly(sessions: Sequence[Session]) -> str:
    """Return the activity of most of these sessions, nothing without any."""
    counted = Counter(one.activity for one in sessions)
    return counted.most_common(1)[0][0] if counted else ""


def _facts(body: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    told = []
    if body.get("distance_m"):
        told.append(("Distance", f"{body['distance_m'] / 1000:.2f} km"))
    if body.get("hr_avg"):
        told.append(("Heart rate, mean", f"{body['hr_avg']:.0f} a minute"))
    if body.get("jumps"):
        told.append(("Jumps", str(len(body["jumps"]))))
    return tuple(told)


def _exercise(one: Mapping[str, Any]) -> Exercise:
    name = one.get("exercise_source_text") or exercise_name(one.get("exercise") or "exercise")
    return Exercise(capitalised(name), " · ".join(_set(each) for each in one.get("sets", ())))


def _set(one: Mapping[str, Any]) -> str:
    """Return a set as lifters write it: repetitions times load."""
    parts = []
    if one.get("reps") is not None:
        parts.append(f"{one['reps']:g}")
    if one.get("load_kg") is not None:
        parts.append(f"{one['load_kg']:g} kg")
    if not parts and one.get("duration_s"):
        parts.append(f"{one['duration_s']:.0f} s")
    told = f" {TIMES} ".join(parts) or "set"
    return f"{told} (RPE {one['rpe']:g})" if one.get("rpe") is not None else told


def _impacts(found: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    bins: Sequence[Mapping[str, Any]] = found.get("bins", ())
    return tuple((_between(one), one["count"]) for one in bins if one["count"])


def _between(one: Mapping[str, Any]) -> str:
    upper = one.get("upper_g")
    return (
        f"{one['lower_g']:g} g and more" if upper is None else f"{one['lower_g']:g} to {upper:g} g"
    )
