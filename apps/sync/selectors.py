"""What higher apps read of a feed. Call inside `acting_as`: the rows shown are the actor's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from apps.common.statements import Call, Question, Rows
from apps.sync import selecting_sql, sql
from apps.sync.before import version_of
from backend.feed.state import Version
from backend.records import REGISTRY
from backend.records.athlete_profile import AthleteProfile
from backend.records.reminder_ack import REMINDER_ACK
from backend.records.workout_session import WORKOUT_SESSION

_CLIENT_KINDS = {kind.type_id: kind.name for kind in REGISTRY.values() if kind.owner == "client"}
_CLIENT_TYPES = sql.array(_CLIENT_KINDS)


@dataclass(frozen=True)
class FeedState:
    """Where a feed and its derived records stand; an erased feed has another ``epoch``."""

    head_seq: int
    input_seq: int
    derived_seq: int
    derived_as_of: datetime
    input_at: datetime | None
    epoch: UUID | None = None


class Part(NamedTuple):
    """How many records of a type whose ``test`` or ``kind`` is ``part`` are read."""

    type: str
    part: str
    most: int


@dataclass(frozen=True)
class Input:
    """A record as an input of the models; ``body`` is None once deleted.

    ``edited_at`` is when its newest version was made, by the server's clock.
    """

    record_id: UUID
    type: str
    body: bytes | None
    flags: tuple[str, ...]
    edited_at: datetime


def feed_state(athlete_id: UUID) -> FeedState | None:
    """Return the feed's state, or None before its first use."""
    return feed_question(athlete_id).ask()


def feed_question(athlete_id: UUID) -> Question[FeedState | None]:
    """Return what asks for `feed_state`."""

    def read(rows: Rows) -> FeedState | None:
        if not rows:
            return None
        epoch, head, inputs, derived, as_of, input_at = rows[0]
        return FeedState(head, inputs, derived, as_of, input_at, epoch)

    return Question(Call(selecting_sql.FEED, {"athlete": athlete_id}), read)


def contact_question(athlete_id: UUID) -> Question[datetime | None]:
    """Return what asks when a device of the athlete last asked for what is new, to a day."""
    return Question(Call(selecting_sql.CONTACT, {"athlete": athlete_id}), lambda rows: rows[0][0])


def inputs_between(athlete_id: UUID, *, after: int, until: int) -> list[Input]:
    """Return client-owned records whose newest version lies in ``(after, until]``, in order."""
    return between_question(athlete_id, after=after, until=until).ask()


def between_question(athlete_id: UUID, *, after: int, until: int) -> Question[list[Input]]:
    """Return what asks for `inputs_between`."""
    return _inputs(selecting_sql.INPUTS, athlete=athlete_id, after=after, until=until)


def inputs_question(athlete_id: UUID) -> Question[list[Input]]:
    """Return what asks for the inputs that came since something was derived last, in order."""
    return _inputs(selecting_sql.INPUTS_SINCE, athlete=athlete_id)


def _inputs(statement: str, **params: object) -> Question[list[Input]]:
    return Question(
        Call(statement, {**params, "types": _CLIENT_TYPES}),
        lambda rows: [
            Input(record_id, _CLIENT_KINDS[kind], None if gone else body.encode(), tuple(flags), at)
            for record_id, kind, gone, body, flags, at, _ in rows
        ],
    )


def newest_of(
    athlete_id: UUID, *, most: Mapping[str, int], parts: Sequence[Part], lean: int, wishes: int = 0
) -> dict[UUID, tuple[str, bytes]]:
    """Return type and body of the newest live, unflagged records, by id.

    Args:
        most: how many of each type.
        parts: how many tests of a kind, or cycle days.
        lean: how many measurements of body composition that hold lean mass, beside those.
        wishes: how many reminder wishes, those written last.
    """
    return newest_question(athlete_id, most=most, parts=parts, lean=lean, wishes=wishes).ask()


def newest_question(
    athlete_id: UUID, *, most: Mapping[str, int], parts: Sequence[Part], lean: int, wishes: int = 0
) -> Question[dict[UUID, tuple[str, bytes]]]:
    """Return what asks for `newest_of`."""
    kinds = {REGISTRY[name].type_id: name for name in (*most, *(one.type for one in parts))}
    kinds[REGISTRY["reminder_wish"].type_id] = "reminder_wish"
    call = Call(
        selecting_sql.NEWEST,
        {
            "athlete": athlete_id,
            "types": sql.array([REGISTRY[name].type_id for name in most]),
            "most": sql.array(list(most.values())),
            "part_types": sql.array([REGISTRY[one.type].type_id for one in parts]),
            "parts": sql.array([one.part for one in parts]),
            "part_most": sql.array([one.most for one in parts]),
            "lean": lean,
            "wishes": wishes,
        },
    )
    return Question(
        call, lambda rows: {key: (kinds[type_id], body.encode()) for key, type_id, body in rows}
    )


def profile_of(athlete_id: UUID) -> AthleteProfile:
    """Return the athlete's profile; an empty one when none was synced."""
    return profile_question(athlete_id).ask()


def profile_question(athlete_id: UUID) -> Question[AthleteProfile]:
    """Return what asks for `profile_of`."""

    def read(rows: Rows) -> AthleteProfile:
        body = version_of(rows[0]).body if rows else None
        return msgspec.json.decode(body, type=AthleteProfile) if body else AthleteProfile()

    return Question(
        Call(sql.STATE, {"athlete": athlete_id, "records": sql.array([athlete_id])}), read
    )


def versions_of(athlete_id: UUID, record_ids: Sequence[UUID]) -> dict[UUID, Version]:
    """Return the newest versions of these records, by id; unknown ones are left out."""
    return versions_question(athlete_id, record_ids).ask()


def versions_question(
    athlete_id: UUID, record_ids: Sequence[UUID]
) -> Question[dict[UUID, Version]]:
    """Return what asks for `versions_of`."""
    return Question(
        Call(sql.STATE, {"athlete": athlete_id, "records": sql.array(record_ids)}),
        lambda rows: {row[0]: version_of(row) for row in rows},
    )


def shared_sessions(athlete_id: UUID, *, since: date, most: int) -> dict[UUID, bytes]:
    """Return the bodies of the latest sessions that the actor may read, the latest first."""
    rows = sql.run(
        selecting_sql.SHARED_SESSIONS,
        {
            "athlete": athlete_id,
            "type": WORKOUT_SESSION.type_id,
            "since": since.isoformat(),
            "most": most,
        },
    )
    return {record_id: body.encode() for record_id, body in rows}


def shared_derived(athlete_id: UUID, kind: str) -> dict[UUID, bytes]:
    """Return the bodies of the live server-owned records of a type that the actor may read."""
    rows = sql.run(
        selecting_sql.SHARED_DERIVED, {"athlete": athlete_id, "type": REGISTRY[kind].type_id}
    )
    return {record_id: body.encode() for record_id, body in rows}


def live_bodies(athlete_id: UUID, record_ids: Sequence[UUID]) -> dict[UUID, bytes]:
    """Return the bodies of these records as they stand, by id; deleted ones are left out.

    It reads only what others may be shown, so whoever may read a record may ask.
    """
    rows = sql.run(
        selecting_sql.LIVE_BODIES, {"athlete": athlete_id, "records": sql.array(record_ids)}
    )
    return {record_id: body.encode() for record_id, body in rows}


def live_derived(athlete_id: UUID, *, types: Sequence[str]) -> dict[UUID, Version]:
    """Return the feed's live server-owned records of these types, by record id."""
    return derived_question(athlete_id, types=types).ask()


def derived_question(athlete_id: UUID, *, types: Sequence[str]) -> Question[dict[UUID, Version]]:
    """Return what asks for `live_derived`."""
    numbers = sql.array([REGISTRY[name].type_id for name in types])
    return Question(
        Call(selecting_sql.DERIVED, {"athlete": athlete_id, "types": numbers}),
        lambda rows: {row[0]: version_of(row) for row in rows},
    )


def devices_behind(athlete_id: UUID, device_ids: Sequence[UUID]) -> set[UUID]:
    """Return which of these devices have something to pull that they did not cause."""
    return behind_question(athlete_id, device_ids).ask()


def behind_question(athlete_id: UUID, device_ids: Sequence[UUID]) -> Question[set[UUID]]:
    """Return what asks for `devices_behind`."""
    call = Call(selecting_sql.BEHIND, {"athlete": athlete_id, "devices": sql.array(device_ids)})
    return Question(call, lambda rows: {row[0] for row in rows})


def answered_on(athlete_id: UUID, reminder_ids: Sequence[UUID]) -> dict[UUID, UUID | None]:
    """Return the device of the newest answer to each reminder; None for one from a page."""
    rows = sql.run(
        selecting_sql.ANSWERED_ON,
        {
            "athlete": athlete_id,
            "type": REMINDER_ACK.type_id,
            "reminders": sql.array(reminder_ids),
        },
    )
    return dict(rows)


def answers_to(athlete_id: UUID, reminder_id: UUID) -> list[tuple[str, UUID, bytes]]:
    """Return the answers to one reminder of any device, newest first, as `facts_of` takes them."""
    return answers_question(athlete_id, reminder_id).ask()


def answers_question(
    athlete_id: UUID, reminder_id: UUID
) -> Question[list[tuple[str, UUID, bytes]]]:
    """Return what asks for `answers_to`."""
    told = {"athlete": athlete_id, "type": REMINDER_ACK.type_id, "reminder": str(reminder_id)}
    return Question(
        Call(selecting_sql.ANSWERS, told),
        lambda rows: [(REMINDER_ACK.name, record_id, body.encode()) for record_id, body in rows],
    )
