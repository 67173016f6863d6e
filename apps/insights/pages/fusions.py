"""Recordings that look like one workout, in the words of the page."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from backend.days import zone_of
from backend.fusion.candidates import Candidate
from backend.loading.names import activity_name, capitalised
from backend.readmodels import FusionRow

OWN_APP = "typed on your phone"
WIDTH = 100.0  # of the picture, in its own units
# What a source gave, in the order it is told; fields that say nothing to a person are left out.
FIELD_WORDS: dict[str, str] = {
    "exercises": "sets",
    "impacts": "impacts",
    "jumps": "jumps",
    "hr_avg": "heart rate",
    "hr_max": "heart rate",
    "started_at": "times",
    "timer_s": "duration",
    "elapsed_s": "duration",
    "distance_m": "distance",
    "energy_kcal": "energy",
    "rpe": "effort",
    "body_mass_kg": "body mass",
    "activity": "kind",
    "laps": "laps",
    "title": "title",
    "note": "note",
}
WHY = {
    "overlap": "{percent} % of the shorter recording overlaps.",
    "near_start": "They start close together and last about as long.",
    "same_sets": "The sets are the same.",
    "moment": "One of them tells no duration.",
    "echo": "One is a copy of our own export.",
    "decision": "You decided so.",
}


class RecordingText(msgspec.Struct, frozen=True):
    """One recording: from where, its hours by the person's clock, what it holds and gave.

    ``offset`` and ``width`` place its bar on a line from 0 to 100.
    """

    source: str
    activity: str
    starts: str
    ends: str
    holds: str
    gave: str
    offset: float
    width: float


class FusionText(msgspec.Struct, frozen=True):
    """One fusion, ready to show; ``why`` says what it rests on."""

    id: UUID
    state: str
    decided_by: str
    title: str
    local_date: date
    why: str
    recordings: tuple[RecordingText, ...]

    @property
    def sources(self) -> str:
        """The sources in one phrase."""
        names = [one.source for one in self.recordings]
        return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


class FusionsSection(msgspec.Struct, frozen=True):
    """What the athlete is asked, and what was decided lately."""

    questions: tuple[FusionText, ...]
    settled: tuple[FusionText, ...]


def fusions_section(
    questions: Sequence[FusionRow],
    settled: Sequence[FusionRow],
    sources: Mapping[UUID, Candidate],
    *,
    zone: str,
) -> FusionsSection | None:
    """Return the section, or None when there is nothing to ask or to show."""
    asked = [_text(row, sources, zone) for row in questions]
    told = [_text(row, sources, zone) for row in settled]
    if not any((*asked, *told)):
        return None
    return FusionsSection(tuple(filter(None, asked)), tuple(filter(None, told)))


def _text(row: FusionRow, sources: Mapping[UUID, Candidate], zone: str) -> FusionText | None:
    known = [sources[one] for one in row.records if one in sources]
    if not known:
        return None
    known.sort(key=lambda one: (one.record_id != row.primary_id, one.starts_at))
    first, last = min(one.starts_at for one in known), max(one.ends_at for one in known)
    span_s = max((last - first).total_seconds(), 1.0)

    def scale(moment: datetime) -> float:
        return WIDTH * (moment - first).total_seconds() / span_s

    recordings = tuple(
        RecordingText(
            source=one.label or OWN_APP,
            activity=activity_name(one.activity),
            starts=f"{one.starts_at.astimezone(zone_of(zone)):%H:%M}",
            ends=f"{one.ends_at.astimezone(zone_of(zone)):%H:%M}",
            holds=_holds(one),
            gave=_gave(row.fields, one.record_id),
            offset=round(scale(one.starts_at), 2),
            width=round(max(scale(one.ends_at) - scale(one.starts_at), 1.0), 2),
        )
        for one in known
    )
    return FusionText(
        id=row.fusion_id,
        state=row.state,
        decided_by=row.decided_by,
        title=capitalised(recordings[0].activity),
        local_date=known[0].local_date,
        why=WHY.get(row.reason, "").format(percent=round(100 * row.score)),
        recordings=recordings,
    )


def _holds(one: Candidate) -> str:
    if one.echo_of is not None:
        return "a copy of our own export, not counted"
    if one.sets:
        return f"{one.sets} set{'s' if one.sets != 1 else ''}"
    return {"sensed": "measured by the device", "logger": "written down"}.get(one.role, "")


def _gave(fields: Mapping[str, UUID], record_id: UUID) -> str:
    """Return what a recording gave to the workout."""
    given = [words for name, words in FIELD_WORDS.items() if fields.get(name) == record_id]
    return ", ".join(dict.fromkeys(given))
