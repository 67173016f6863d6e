"""Ids a phone makes by itself, so that nothing waits for a server."""

import os
from uuid import UUID, uuid5

UNIT_SEPARATOR = "\u001f"  # the protocol prints it as its picture, U+241F


def uuid7(now_ms: int) -> UUID:
    """Return a UUIDv7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, 74 random bits.

    The time part only makes ids of one phone sort well in an index. Nothing in the protocol
    takes order from it, so a wrong clock does no harm.
    """
    value = (now_ms & 0xFFFF_FFFF_FFFF) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def record_id(athlete: UUID, record_type: str, system: str, external_id: str) -> UUID:
    """Return the id of a record imported from another store.

    The same sample imported twice, by two phones or after a reinstall, gets the same id, so
    the server sees one record. The namespace is the athlete, the name is type, system and
    external id joined by the unit separator U+001F.
    """
    return uuid5(athlete, UNIT_SEPARATOR.join((record_type, system, external_id)))
