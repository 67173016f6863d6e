"""Record ids that the source decides: importing the same thing twice gives the same record."""

from uuid import UUID, uuid5

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
