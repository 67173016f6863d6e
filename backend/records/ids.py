"""Record ids that the source decides: importing the same thing twice gives the same record."""

from uuid import UUID, uuid5

import msgspec
from msgspec import Raw

from backend.records.athlete_profile import ATHLETE_PROFILE
from backend.records.base import Body, RecordType
from backend.records.reminder_ack import ReminderAck

_VERSION_BIT = 76  # where a UUID keeps its version (RFC 9562)
_SERVERS = 8
SEPARATOR = "\x1f"  # unit separator: occurs in no identifier


def record_id(athlete: UUID, type: str, system: str, external_id: str) -> UUID:  # noqa: A002 - the wire's word
    """Return the id of a record that came from elsewhere.

    Args:
        athlete: owner; the namespace, so two people never share an id.
        type: record type, such as ``workout_session``.
        system: where it came from, such as ``fit`` or ``fhir``.
        external_id: its identity there.
    Returns:
        A version 5 UUID.
    """
    return uuid5(athlete, SEPARATOR.join((type, system, external_id)))


_imported_id = record_id  # where an argument hides the function's name


def ack_id(reminder: UUID, action: str, acted_at: str) -> UUID:
    """Return the id of an answer to a reminder: sent twice, it is one record.

    Args:
        reminder: id of the reminder record; the namespace.
        action: as in the body.
        acted_at: as spelled in the body, since two spellings of one instant are two names.
    Returns:
        A version 5 UUID.
    """
    return uuid5(reminder, SEPARATOR.join((action, acted_at)))


class _Spelled(msgspec.Struct):
    """The part of an answer to a reminder that decides its id, as it was spelled."""

    acted_at: str


def may_bear(kind: RecordType, athlete_id: UUID, record_id: UUID) -> bool:
    """Return whether a record of this type may have this id, whatever it says.

    The profile's is the athlete's, and nobody else's. Any other is free, but for the server's.
    """
    is_profiles = record_id.int == athlete_id.int
    return is_profiles == (kind is ATHLETE_PROFILE) and not is_servers(record_id)


def check_id(
    kind: RecordType, athlete_id: UUID, record_id: UUID, typed: Body, body: bytes | Raw
) -> bool:
    """Return whether a record that says this may have the id, which it may bear.

    An answer's follows from what it answers; a record that says ``source.system`` and
    ``source.external_id`` has the id those give, else a second import would double it.
    Args:
        kind: the record's type.
        athlete_id: owner of the feed.
        record_id: the id to look at.
        typed: the body, validated.
        body: the body as received.
    """
    if isinstance(typed, ReminderAck):
        spelled = msgspec.json.decode(body, type=_Spelled).acted_at
        return record_id == ack_id(typed.reminder, typed.action, spelled)
    source = typed.source
    if source is None or source.system is None or source.external_id is None:
        return True
    if kind is ATHLETE_PROFILE:
        return True
    if SEPARATOR in source.system + source.external_id:
        return False  # two pairs of names would share an id
    return record_id == _imported_id(athlete_id, kind.name, source.system, source.external_id)


def server_id(namespace: UUID, name: str) -> UUID:
    """Return the id of something only the server writes: version 8, the same every time.

    Clients' ids are of other versions (`is_servers` tells), so the two can never meet.
    """
    bits = uuid5(namespace, name).int & ~(0xF << _VERSION_BIT)
    return UUID(int=bits | _SERVERS << _VERSION_BIT)


def is_servers(identifier: UUID) -> bool:
    """Return whether an id is of the kind only the server gives."""
    return (identifier.int >> _VERSION_BIT) & 0xF == _SERVERS
