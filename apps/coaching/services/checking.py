"""Is an access log what was written? Recomputed from its lines, its head, and what was told."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

import msgspec

from apps.coaching.models import AccessHead, AccessLine
from apps.common.actor import snapshot_as
from apps.sync.selectors import live_derived
from backend.access_chain import Break, Head, Line, breaks
from backend.records.server_owned import ACCESS_NOTE, AccessNote

MOST_BREAKS = 20
STEP = 2_000


@dataclass(frozen=True)
class Checked:
    """What checking a log found; ``told`` counts the heads its athlete's feed holds."""

    lines: int
    told: int
    breaks: tuple[Break, ...]


def check_log(*, athlete_id: UUID) -> Checked:
    """Recompute an athlete's whole access log; at most ``MOST_BREAKS`` breaks are returned."""
    with snapshot_as(athlete_id):
        rows = AccessLine.objects.filter(athlete_id=athlete_id)
        told = list(_told(athlete_id))
        found = tuple(
            islice(breaks(_lines(athlete_id), head_of(athlete_id), told=told), MOST_BREAKS)
        )
        return Checked(rows.count(), len(told), found)


def head_of(athlete_id: UUID) -> Head | None:
    """Return where a log ends as the service says; None when nobody ever looked.

    Inside ``acting_as`` the athlete.
    """
    head = AccessHead.objects.filter(athlete_id=athlete_id).first()
    return Head(head.seq, bytes(head.digest)) if head else None


def _lines(athlete_id: UUID) -> Iterator[Line]:
    rows = AccessLine.objects.filter(athlete_id=athlete_id).order_by("seq")
    for row in rows.iterator(chunk_size=STEP):
        yield line_of(row)


def line_of(row: AccessLine) -> Line:
    """Return a stored line as the core takes it."""
    return Line(
        seq=row.seq,
        athlete_id=row.athlete_id,
        id=row.id,
        viewer_id=row.viewer_id,
        team_id=row.team_id,
        what=row.what,
        categories=tuple(row.categories),
        at=row.at,
        prev=bytes(row.prev),
        digest=bytes(row.digest),
    )


def _told(athlete_id: UUID) -> Iterator[Head]:
    for version in live_derived(athlete_id, types=[ACCESS_NOTE.name]).values():
        note = msgspec.json.decode(version.body or b"{}", type=AccessNote)
        if note.seq is not None and note.digest is not None:
            yield Head(note.seq, bytes.fromhex(note.digest))
