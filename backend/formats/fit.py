"""FIT activities of watches: one workout session per session message.

Positions, heart rate samples, raw motion and the wearer's settings are never decoded.
Source: FIT profile 21.171 as decoded by fitdecode; traps from real files of five makers.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

import msgspec

from backend.formats import fit_frames
from backend.formats.fit_activity import activity_of, device_of
from backend.formats.fit_messages import Message, decode, seconds_between, shifted
from backend.formats.fit_sets import DAY_S, Titles, exercises_of, titles_of
from backend.formats.imported import (
    Draft,
    FileWarning,
    ImportedFile,
    UnreadableFile,
    digest_of,
    refuse_oversize,
)
from backend.records.base import Source
from backend.records.workout_session import Jump, WorkoutSession

SYSTEM = "fit"
MOST_SESSIONS = 50
QUARTER_HOUR_S = 900
WIDEST_OFFSET_S = 14 * 3600
LONGEST_M = 5_000_000.0
MOST_KCAL = 65_534.0
HIGHEST_BPM = 250.0


class Clock(msgspec.Struct, frozen=True):
    """How the times of one file become instants.

    ``offset_s`` is the wearer's UTC offset, None when the file does not tell. ``zero`` is
    the wall clock at second 0 of a device that only counts from its start, else None.
    """

    offset_s: int | None = None
    zero: datetime | None = None

    def at(self, moment: datetime | int) -> datetime | None:
        """Return an instant with the wearer's offset; None for a time of another count."""
        if isinstance(moment, int):
            return None if self.zero is None else shifted(self.zero, moment)
        if self.zero is not None:
            return None
        return moment.astimezone(timezone(timedelta(seconds=self.offset_s or 0)))


class _Span(msgspec.Struct, frozen=True):
    """A session message with its start and its elapsed seconds."""

    message: Message
    start: datetime | int
    elapsed_s: float


def read_fit(data: bytes) -> ImportedFile:
    """Return one ``workout_session`` draft for each session of a FIT file.

    Args:
        data: the whole file; chained files are read in order.
    Returns:
        Drafts with ``source.external_id`` ``serial-created-index``, so the same activity
        exported twice is the same record. When the UTC offset is unknown it is 0 and
        ``time_quality`` is ``utc``; when only a wall clock is known, ``local_only``.
    Raises:
        FileTooLarge: above 25 MB.
        UnreadableFile: damaged, truncated or over a limit; no activity; a time, repetition
            count, load or duration no workout has. ``pointer`` is the byte offset.
    """
    refuse_oversize(data)
    digest = digest_of(data)
    drafts: dict[str, Draft] = {}
    warnings: list[FileWarning] = []
    for segment in fit_frames.split(data):
        for draft, noted in _sessions_of(decode(segment), digest):
            if draft.external_id in drafts:
                noted = (*noted, _warn("duplicate_session", "0", "A session occurs twice."))
            drafts.setdefault(draft.external_id, draft)
            warnings.extend(noted)
    if not drafts:
        raise UnreadableFile(
            "The FIT file holds no activity: it has no session. "
            "Export the activity itself, not a course, workout plan or settings file.",
            pointer="0",
        )
    return ImportedFile("fit", digest, tuple(drafts.values()), tuple(warnings))


def _warn(code: str, pointer: str, detail: str) -> FileWarning:
    return FileWarning(f"format.{code}", pointer, detail)


def _sessions_of(
    messages: Sequence[Message], digest: str
) -> list[tuple[Draft, tuple[FileWarning, ...]]]:
    sessions = [message for message in messages if message.name == "session"]
    if not sessions:
        return []
    if len(sessions) > MOST_SESSIONS:
        raise sessions[MOST_SESSIONS].refuse(f"it has more than {MOST_SESSIONS} sessions")
    identity = _identity(messages, sessions[0])
    activity = next((message for message in messages if message.name == "activity"), None)
    spans = [_span(message) for message in sessions]
    clock = _clock(activity, spans[0])
    sets = _assign([m for m in messages if m.name == "set"], spans, "start_time")
    jumps = _assign([m for m in messages if m.name == "jump"], spans, "timestamp")
    titles = titles_of(messages)
    return [
        _draft(
            span, clock, identity, index=index, digest=digest, titles=titles,
            sets=sets[index], jumps=jumps[index],
        )
        for index, span in enumerate(spans)
    ]  # fmt: skip


def _identity(messages: Sequence[Message], session: Message) -> Message:
    found = [message for message in messages if message.name == "file_id"]
    if len(found) != 1:
        raise session.refuse(f"it has {len(found)} file headers of type file_id instead of one")
    return found[0]


def _span(message: Message) -> _Span:
    start = message.moment("start_time")
    if start is None:
        raise message.refuse("the session has no start time")
    elapsed = message.number("total_elapsed_time", most=DAY_S)
    timer = message.number("total_timer_time", most=DAY_S)
    known = elapsed if elapsed is not None else timer
    return _Span(message, start, known if known is not None else 0.0)


def _clock(activity: Message | None, first: _Span) -> Clock:
    stamp = activity.moment("timestamp") if activity else None
    local = activity.moment("local_timestamp") if activity else None
    if isinstance(first.start, int):
        if isinstance(stamp, int) and isinstance(local, datetime):
            return Clock(zero=shifted(local, -stamp))
        raise first.message.refuse(
            "the watch did not know the date, its times count from when it was switched on"
        )
    if isinstance(stamp, datetime) and isinstance(local, datetime):
        offset = round((local - stamp).total_seconds())
        # Equal clocks prove nothing: some makers write UTC into the local field.
        if offset and offset % QUARTER_HOUR_S == 0 and abs(offset) <= WIDEST_OFFSET_S:
            return Clock(offset_s=offset)
    return Clock()


def _assign(messages: Sequence[Message], spans: Sequence[_Span], field: str) -> list[list[Message]]:
    """Return messages by session: the last one that had started, else the first.

    Nothing in a set or jump names its session; only its time does. A message of no session
    (more than a day off) is refused, because then the times are wrong, all or one.
    """
    found: list[list[Message]] = [[] for _ in spans]
    order = sorted(range(len(spans)), key=lambda index: _start_key(spans[index]))
    for message in messages:
        moment = message.moment(field)
        chosen = order[0]
        for index in order:
            since = None if moment is None else seconds_between(spans[index].start, moment)
            if since is not None and since >= 0:
                chosen = index
        if moment is not None:
            since = seconds_between(spans[chosen].start, moment)
            if since is None or not -DAY_S <= since <= spans[chosen].elapsed_s + DAY_S:
                raise message.refuse("its time is not within a day of the workout")
        found[chosen].append(message)
    return found


def _start_key(span: _Span) -> float:
    return span.start.timestamp() if isinstance(span.start, datetime) else float(span.start)


def _draft(
    span: _Span, clock: Clock, identity: Message, *, index: int, digest: str, titles: Titles,
    sets: Sequence[Message], jumps: Sequence[Message],
) -> tuple[Draft, tuple[FileWarning, ...]]:  # fmt: skip
    message = span.message
    started_at = clock.at(span.start)
    if started_at is None:
        raise message.refuse("its times count from two different zeros")
    activity, activity_source = activity_of(
        message.values.get("sport"), message.values.get("sub_sport")
    )
    rating = message.number("workout_rpe", most=100.0)
    external_id = _external_id(identity, started_at, index)
    quality, warnings = _time_quality(clock, message)
    body = WorkoutSession(
        source=Source(
            system=SYSTEM, device=device_of(identity.values), external_id=external_id,
            version=1, method="sensed", format="fit", file_sha256=digest,
        ),
        started_at=started_at,
        ended_at=shifted(started_at, span.elapsed_s),
        utc_offset_min=(clock.offset_s or 0) // 60,
        local_date=started_at.date(),
        time_quality=quality,
        activity=activity,
        activity_source=activity_source,
        title=message.text("sport_profile_name"),
        elapsed_s=message.number("total_elapsed_time", most=DAY_S),
        timer_s=message.number("total_timer_time", most=DAY_S),
        distance_m=message.number("total_distance", most=LONGEST_M),
        energy_kcal=message.number("total_calories", most=MOST_KCAL),
        hr_avg=message.number("avg_heart_rate", most=HIGHEST_BPM) or None,
        hr_max=message.number("max_heart_rate", most=HIGHEST_BPM) or None,
        rpe=rating / 10 if rating else None,
        exercises=exercises_of(sets, titles=titles, at=clock.at),
        jumps=tuple(_jump(jump, clock) for jump in jumps),
    )  # fmt: skip
    encoded = msgspec.json.encode(body)
    return Draft("workout_session", SYSTEM, external_id, started_at, encoded), warnings


def _time_quality(clock: Clock, message: Message) -> tuple[str | None, tuple[FileWarning, ...]]:
    pointer = str(message.offset)
    if clock.zero is not None:
        detail = "The watch had no absolute time; the wall clock of the file is used."
        return "local_only", (_warn("time_local_only", pointer, detail),)
    if clock.offset_s is None:
        detail = "The file does not tell the UTC offset; the day is counted in UTC."
        return "utc", (_warn("utc_offset_unknown", pointer, detail),)
    return None, ()


def _external_id(identity: Message, started_at: datetime, index: int) -> str:
    serial = identity.text("serial_number")
    if serial is None:
        maker, product = identity.text("manufacturer"), identity.text("product")
        serial = f"{maker or 'unknown'}.{product or 'unknown'}"
    created = identity.moment("time_created")
    if isinstance(created, datetime):
        stamp = created.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    else:  # counts from a start of the device, so a date has to tell the starts apart
        stamp = f"{created or 0}@{started_at:%Y%m%dT%H%M%S}"
    return f"{serial}-{stamp}-{index}"[:200]


def _jump(message: Message, clock: Clock) -> Jump:
    moment = message.moment("timestamp")
    height = _single(message.number("height", most=100.0))
    return Jump(
        at=None if moment is None else clock.at(moment),
        hang_time_s=_single(message.number("hang_time", most=60.0)),
        height_cm=None if height is None else round(height * 100, 2),
        distance_m=_single(message.number("distance", most=1000.0)),
        score=_single(message.number("score", most=1e6, least=-1e6)),
    )


def _single(value: float | None) -> float | None:
    """Return a single-precision number without the digits double precision invents."""
    return None if value is None else round(value, 4)
