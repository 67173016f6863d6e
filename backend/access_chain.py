"""Who looked, as a chain: each line of an access log seals the line before it.

Anybody who holds the lines can recompute the chain: a digest is SHA-256 over the 32 bytes of the
digest before (zeros before the first line) and the line's own fields as `canonical` spells them.
Change, remove, insert or reorder a line and every later digest is another. What a chain alone can
not show is a tail that was cut off, or a chain made anew from a changed line on; that is shown by
heads told earlier to somebody else, such as the athlete's phones.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

GENESIS = bytes(32)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

WORDS = {
    "gap": "lines are missing before this one",
    "order": "this line stands where another one should",
    "foreign": "this line belongs to somebody else's log",
    "unlinked": "this line does not follow the one before",
    "changed": "this line is not what was written",
    "head": "the log does not end where its head says",
    "told": "this line is another one than the athlete was told of",
    "cut": "lines the athlete was told of are missing at the end",
}


@dataclass(frozen=True)
class Line:
    """One line of an athlete's access log, as stored."""

    seq: int
    athlete_id: UUID
    id: UUID
    viewer_id: UUID
    team_id: UUID
    what: str
    categories: tuple[str, ...]
    at: datetime
    prev: bytes
    digest: bytes


@dataclass(frozen=True)
class Head:
    """Where a log stood at some moment: its last line's number and digest."""

    seq: int
    digest: bytes


@dataclass(frozen=True)
class Break:
    """A place where a log is not what was written; ``code`` is one of `WORDS`."""

    seq: int
    code: str

    @property
    def words(self) -> str:
        """Return what is wrong, for people."""
        return WORDS[self.code]


def canonical(line: Line) -> bytes:
    """Return the fields of a line that its digest seals: eight lines of UTF-8.

    Number, athlete, line, viewer, team (UUIDs in lower-case text), what, categories with commas
    between in the order stored, and microseconds since 1970 (UTC). Neither `what` nor a category
    holds anything but small letters, digits and ``_ . : -``, so no two lines spell alike.
    """
    fields = (
        line.seq,
        line.athlete_id,
        line.id,
        line.viewer_id,
        line.team_id,
        line.what,
        ",".join(line.categories),
        (line.at - _EPOCH) // _MICROSECOND,
    )
    return "\n".join(str(field) for field in fields).encode()


def digest_of(line: Line) -> bytes:
    """Return the digest a line should have after the one it names as its predecessor."""
    return sha256(line.prev + canonical(line)).digest()


def breaks(
    lines: Iterable[Line], head: Head | None, *, told: Iterable[Head] = ()
) -> Iterator[Break]:
    """Yield every place where a log is not what was written, in the order of its lines.

    Args:
        lines: the whole log, oldest first, as stored; read once.
        head: where the service says the log ends; None when it says there is no log.
        told: heads that were given away earlier, in any order.
    """
    expected: dict[int, set[bytes]] = {}
    for one in told:
        expected.setdefault(one.seq, set()).add(one.digest)
    athlete: UUID | None = None
    last = Head(0, GENESIS)
    for line in lines:
        athlete = athlete or line.athlete_id
        code = _broken(line, last, athlete)
        if code is None and expected.get(line.seq, set()) - {line.digest}:
            code = "told"
        if code is not None:
            yield Break(line.seq, code)
        last = Head(line.seq, line.digest)
    if last != (head or Head(0, GENESIS)):
        yield Break(last.seq, "head")
    if any(seq > last.seq for seq in expected):
        yield Break(last.seq, "cut")


def verify(lines: Iterable[Line], head: Head | None, *, told: Iterable[Head] = ()) -> Break | None:
    """Return the first place where a log is not what was written, or None; see `breaks`."""
    return next(breaks(lines, head, told=told), None)


def _broken(line: Line, last: Head, athlete: UUID) -> str | None:
    if line.athlete_id != athlete:
        return "foreign"
    if line.seq != last.seq + 1:
        return "gap" if line.seq > last.seq else "order"
    if line.prev != last.digest:
        return "unlinked"
    return None if line.digest == digest_of(line) else "changed"
