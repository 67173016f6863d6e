"""Record ids that the source decides: importing the same thing twice gives the same record."""

from uuid import UUID, uuid5

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


def server_id(namespace: UUID, name: str) -> UUID:
    """Return the id of something only the server writes: version 8, the same every time.

    Clients' ids are of other versions (`is_servers` tells), so the two can never meet.
    """
    bits = uuid5(namespace, name).int & ~(0xF << _VERSION_BIT)
    return UUID(int=bits | _SERVERS << _VERSION_BIT)


def is_servers(identifier: UUID) -> bool:
    """Return whether an id is of the kind only the server gives."""
    return (identifier.int >> _VERSION_BIT) & 0xF == _SERVERS
