"""The opaque place of a reader in a feed: no authority, no secret, self-checking.

Version 2 holds a position per group of record types, so that types a reader gains are loaded
from their beginning while the others go on. A cursor that can not be read is treated as none,
so a reader never loops on an error.
"""

import base64
import binascii
import hashlib
import struct
from collections.abc import Collection, Iterable
from typing import Literal
from uuid import UUID

import msgspec

VERSION = 2
# Groups come from growing scopes and join again once they stand alike; beyond these few the
# youngest start over together, so a cursor stays small whatever a reader does.
MAX_GROUPS = 8
MAX_CHARACTERS = 2_000  # several times what the largest of ours has
BEYOND = 2**62

Phase = Literal["tail", "bootstrap"]
_HEAD = struct.Struct(">B16s4sB")
_GROUP = struct.Struct(">cqqH")
_PHASES: dict[bytes, Phase] = {b"t": "tail", b"b": "bootstrap"}
OWN = bytes(4)  # the profile of somebody who reads everything of a record


class Group(msgspec.Struct, frozen=True):
    """Record types that stand at one place.

    In ``tail``, rows up to ``position`` have been read and ``head`` was the feed's newest
    number then: a ``head`` above the position is a tail half read. In ``bootstrap``, rows at
    or above ``position`` have been read, and rows above ``head`` are left to the tail that
    follows; ``BEYOND`` is a bootstrap that has not begun.
    """

    types: frozenset[int]
    phase: Phase
    position: int
    head: int

    @property
    def confirmed(self) -> int:
        """The number up to which the reader needs no tombstone any more."""
        return self.position if self.phase == "tail" else self.head

    @property
    def is_at_end(self) -> bool:
        """Whether the reader had all there was; what followed is then new."""
        return self.phase == "tail" and self.position >= self.head


class Cursor(msgspec.Struct, frozen=True):
    """Where a reader stands, and in which feed; ``profile`` names what is kept from them."""

    epoch: UUID
    profile: bytes
    groups: tuple[Group, ...]

    @property
    def confirmed(self) -> int:
        """The number up to which the reader needs no tombstone any more."""
        return min([group.confirmed for group in self.groups], default=0)

    @property
    def furthest(self) -> int:
        """The newest number the reader has heard of."""
        return max([max(group.confirmed, group.head) for group in self.groups], default=0)


def profile_of(name: str) -> bytes:
    """Return four bytes that stand for a redaction profile; equal names, equal bodies."""
    return hashlib.sha256(name.encode()).digest()[:4]


def beginning(types: Iterable[int]) -> tuple[Group, ...]:
    """Return the place of a reader who has nothing of these types."""
    chosen = frozenset(types)
    return (Group(chosen, "bootstrap", BEYOND, BEYOND),) if chosen else ()


def fitted(groups: Iterable[Group], allowed: Collection[int]) -> tuple[Group, ...]:
    """Return the groups for the types a reader may have now.

    Types that fell away are dropped; those that came are one more group, at the beginning.
    """
    wanted = frozenset(allowed)
    groups = tuple(groups)
    if len(groups) == 1 and groups[0].types == wanted:
        return groups  # as nearly every reader comes
    kept = [
        Group(group.types & wanted, group.phase, group.position, group.head)
        for group in groups
        if group.types & wanted
    ]
    known = frozenset().union(*(group.types for group in kept))
    return bounded([*kept, *beginning(wanted - known)])


def joined(groups: Iterable[Group]) -> tuple[Group, ...]:
    """Return groups with those that stand at the same place made one; tails come first."""
    groups = tuple(groups)
    if len(groups) == 1:
        return groups  # as nearly every reader stands
    found: dict[tuple[Phase, int, int], Group] = {}
    for group in groups:
        fixed = 0 if group.phase == "tail" else group.head
        key = (group.phase, group.position, fixed)
        other = found.get(key)
        found[key] = (
            Group(
                other.types | group.types,
                group.phase,
                group.position,
                max(other.head, group.head),
            )
            if other
            else group
        )
    return tuple(sorted(found.values(), key=lambda group: group.phase != "tail"))


def bounded(groups: Iterable[Group]) -> tuple[Group, ...]:
    """Return at most ``MAX_GROUPS`` groups that miss nothing the given ones would have read.

    Too many tails go on from the earliest; too many bootstraps begin again as one. Rows may
    come twice then, which changes nothing for a reader.
    """
    all_of_them = joined(groups)
    if len(all_of_them) <= MAX_GROUPS:
        return all_of_them
    tails = [group for group in all_of_them if group.phase == "tail"]
    loading = [group for group in all_of_them if group.phase != "tail"]
    slowest = min(tails, key=lambda group: group.position, default=None)
    kept = (
        [Group(_types(tails), "tail", slowest.position, max(group.head for group in tails))]
        if slowest
        else []
    )
    return (*kept, *beginning(_types(loading)))


def _types(groups: Iterable[Group]) -> frozenset[int]:
    return frozenset().union(*(group.types for group in groups))


def encode(cursor: Cursor) -> str:
    """Return the cursor as base64url text."""
    parts = [_HEAD.pack(VERSION, cursor.epoch.bytes, cursor.profile, len(cursor.groups))]
    for group in cursor.groups:
        phase = group.phase[0].encode()
        parts.append(_GROUP.pack(phase, group.position, group.head, len(group.types)))
        parts.append(struct.pack(f">{len(group.types)}H", *sorted(group.types)))
    packed = b"".join(parts)
    checked = packed + struct.pack(">I", binascii.crc32(packed))
    return base64.urlsafe_b64encode(checked).rstrip(b"=").decode()


def decode(text: str) -> Cursor | None:
    """Return the cursor, or None when the text is not one of ours."""
    if len(text) > MAX_CHARACTERS:
        return None
    try:
        standard = text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4)
        checked = binascii.a2b_base64(standard, strict_mode=True)
    except ValueError:
        return None
    packed, crc = checked[:-4], checked[-4:]
    if crc != struct.pack(">I", binascii.crc32(packed)):
        return None
    try:
        version, epoch, profile, count = _HEAD.unpack_from(packed)
        groups, end = _groups(packed, count)
    except (struct.error, KeyError):
        return None
    if version != VERSION or end != len(packed) or not _hold(groups):
        return None
    return Cursor(UUID(bytes=epoch), profile, groups)


def _groups(packed: bytes, count: int) -> tuple[tuple[Group, ...], int]:
    """Return the groups packed behind the cursor's head, and where they end."""
    place = _HEAD.size
    groups = []
    for _ in range(count):
        phase, position, head, size = _GROUP.unpack_from(packed, place)
        place += _GROUP.size
        types = struct.unpack_from(f">{size}H", packed, place)
        place += 2 * size
        groups.append(Group(frozenset(types), _PHASES[phase], position, head))
    return tuple(groups), place


def _hold(groups: tuple[Group, ...]) -> bool:
    """Return whether groups are such as `encode` is given."""
    return len(groups) <= MAX_GROUPS and all(
        group.types and 0 <= group.position < BEYOND and 0 <= group.head < BEYOND
        for group in groups
    )
