"""The frame level of FIT: every byte is accounted for before a decoder sees any.

A walk over headers, definitions and sizes proves the file whole (lengths, checksums, no data
without a definition, limits) and keeps only the messages we read. What is left for the decoder
is small, and holds no positions, heart rate samples or personal settings.
"""

import struct
from collections import Counter

import msgspec

from backend.formats.imported import UnreadableFile

MOST_SEGMENTS = 16
MOST_MESSAGES = 200_000
MOST_DECODED = 1024 * 1024  # bytes; 10,000 sets need a tenth, and the decoder is slow

FILE_ID, SESSION, ACTIVITY, SET, EXERCISE_TITLE, JUMP, RECORD = 0, 18, 34, 225, 264, 285, 20
WANTED = frozenset({FILE_ID, SESSION, ACTIVITY, SET, EXERCISE_TITLE, JUMP})


def _table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
        table.append(value)
    return tuple(table)


_CRC_TABLE = _table()


def crc16(data: bytes) -> int:
    """Return FIT's checksum (CRC-16, polynomial 0xA001 reflected, start 0)."""
    crc = 0
    table = _CRC_TABLE
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    return crc


class Definition(msgspec.Struct, frozen=True):
    """One definition message: what it defines, the size of its data, and its own bytes."""

    number: int
    size: int
    raw: bytes


class Segment(msgspec.Struct, frozen=True):
    """One FIT file of a chain, reduced to the messages we read.

    ``data`` is a whole FIT file again; ``offsets`` are the places of its data messages in
    the original; ``counts`` are the data messages of the original by message number.
    """

    data: bytes
    offsets: tuple[int, ...]
    counts: dict[int, int]


def split(data: bytes) -> list[Segment]:
    """Return the segments of a FIT file, each proven whole.

    Raises:
        UnreadableFile: no FIT, truncated, wrong checksum, undefined data, or above a limit
            (16 segments, 200,000 messages); ``pointer`` is the byte offset.
    """
    segments: list[Segment] = []
    position = messages = kept = 0
    while position < len(data):
        if len(segments) == MOST_SEGMENTS:
            raise _refused(f"more than {MOST_SEGMENTS} FIT files are chained", position)
        segment, position = _segment(data, position, MOST_MESSAGES - messages)
        messages += sum(segment.counts.values())
        kept += len(segment.data)
        if kept > MOST_DECODED:
            raise _refused("its summary messages are larger than any workout needs", position)
        segments.append(segment)
    if not segments:
        raise _refused("the file is empty", 0)
    return segments


def _refused(why: str, offset: int) -> UnreadableFile:
    return UnreadableFile(
        f"The FIT file can not be read: {why} (byte {offset}). "
        "Sync the watch again or export the activity once more.",
        pointer=str(offset),
    )


def _cut_short(data: bytes, end: int) -> UnreadableFile:
    return _refused(f"it ends early; {end + 2 - len(data)} bytes are missing", len(data))


def _segment(data: bytes, start: int, budget: int) -> tuple[Segment, int]:
    header_size = data[start]
    if header_size < 12 or data[start + 8 : start + 12] != b".FIT":
        raise _refused("this is no FIT header", start)
    body = start + header_size
    if body > len(data):
        raise _cut_short(data, body)
    end = body + struct.unpack_from("<I", data, start + 4)[0]
    if header_size >= 14:
        stated = struct.unpack_from("<H", data, start + 12)[0]
        if stated and stated != crc16(data[start : start + 12]):
            raise _refused("the checksum of its header is wrong", start + 12)
    walk = _Walk(data, body, end, budget)  # damage inside is named before a missing end
    if end + 2 > len(data):
        raise _cut_short(data, end)
    if struct.unpack_from("<H", data, end)[0] != crc16(data[start:end]):
        raise _refused("its checksum is wrong, so some bytes are not what was written", end)
    kept = walk.kept()
    header = struct.pack("<BBHI4s", 12, data[start + 1], 0, len(kept), b".FIT")
    whole = header + kept
    segment = Segment(
        data=whole + struct.pack("<H", crc16(whole)),
        offsets=tuple(walk.offsets),
        counts=dict(walk.counts),
    )
    return segment, end + 2


class _Walk:
    """One pass over the messages of a segment."""

    def __init__(self, data: bytes, position: int, end: int, budget: int) -> None:
        self.data, self.begin, self.end, self.budget = data, position, end, budget
        self.definitions: dict[int, Definition] = {}
        self.pieces: list[bytes] = []
        self.offsets: list[int] = []
        self.all_offsets: list[int] = []
        self.counts: Counter[int] = Counter()
        self.compressed = False
        seen = 0
        while position < min(end, len(data)):
            seen += 1
            if seen > budget:
                raise _refused(f"it has more than {MOST_MESSAGES} messages", position)
            position = self._step(position)

    def kept(self) -> bytes:
        """Return the messages we read.

        A compressed timestamp counts on from the message before it, whichever that was, so
        a segment that uses it for a message we read is kept whole.
        """
        if self.compressed:
            self.offsets = self.all_offsets
            return self.data[self.begin : self.end]
        return b"".join(self.pieces)

    def _step(self, position: int) -> int:
        header = self.data[position]
        if header & 0x80:
            return self._message(position, header >> 5 & 3, compressed=True)
        if header & 0x40:
            return self._definition(position, header)
        return self._message(position, header & 0x0F, compressed=False)

    def _definition(self, position: int, header: int) -> int:
        order = ">" if self._byte(position + 2) == 1 else "<"
        self._byte(position + 5)
        number = struct.unpack_from(f"{order}H", self.data, position + 3)[0]
        fields = self.data[position + 5]
        after = position + 6 + 3 * fields
        size = sum(self.data[position + 7 : min(after, self.end) : 3])
        if header & 0x20:
            developer = self._byte(after)
            size += sum(self.data[after + 2 : after + 1 + 3 * developer : 3])
            after += 1 + 3 * developer
        if after > min(self.end, len(self.data)):
            raise self._past(position)
        raw = self.data[position:after]
        self.definitions[header & 0x0F] = Definition(number, size, raw)
        if number in WANTED:
            self.pieces.append(raw)
        return after

    def _message(self, position: int, local: int, *, compressed: bool) -> int:
        definition = self.definitions.get(local)
        if definition is None:
            raise _refused(f"local message {local} is used but was not defined", position)
        after = position + 1 + definition.size
        if after > min(self.end, len(self.data)):
            raise self._past(position)
        self.counts[definition.number] += 1
        self.all_offsets.append(position)
        if definition.number in WANTED:
            self.compressed = self.compressed or compressed
            self.pieces.append(self.data[position:after])
            self.offsets.append(position)
        return after

    def _byte(self, position: int) -> int:
        if position >= min(self.end, len(self.data)):
            raise self._past(position)
        return self.data[position]

    def _past(self, position: int) -> UnreadableFile:
        if self.end + 2 > len(self.data):
            return _cut_short(self.data, self.end)
        return _refused("a message runs past its end", position)
