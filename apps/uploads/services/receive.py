"""Take a piece of a file: store what comes, then move the offset if nobody else did.

No transaction is open while bytes come in. Each stored piece has a name of its own and counts
only once its row is there, so neither two senders nor a killed process can mix or tear.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from django.db.models import QuerySet

from apps.common.actor import acting_as
from apps.sync.errors import RequestTooLarge
from apps.uploads import sql
from apps.uploads.bounds import FOLDED_BYTES, KEPT_OPEN, PIECE_BYTES
from apps.uploads.errors import ChecksumMismatch, OffsetConflict, PieceCutShort, UploadExpired
from apps.uploads.intake import Body, Joined, Piece, hash_for
from apps.uploads.models import Part, Upload
from apps.uploads.selectors import UploadState, find_upload, state_of
from apps.uploads.services.finish import finish_upload
from apps.uploads.storage import StorageUnavailable, files, part_name
from backend.blobs.tus import Checksum

if TYPE_CHECKING:
    from hashlib import _Hash


def receive_piece(
    *,
    athlete_id: UUID,
    upload_id: UUID,
    offset: int,
    body: Body,
    checksum: Checksum | None,
    now: datetime,
) -> UploadState:
    """Append a body to an upload and finish the upload when it is whole.

    Without a checksum what arrived is kept, in steps of 4 MiB, even when the connection is
    cut; with one the body counts whole or not at all. An empty body at the end of a whole
    upload asks for its outcome. Raises ``NotFound``, ``UploadExpired``, ``OffsetConflict``,
    ``RequestTooLarge``, ``PieceCutShort``, ``ChecksumMismatch``, and what `finish_upload` does.
    """
    upload, tail = _open_at(athlete_id, upload_id, offset, now=now)
    room = upload.size - offset
    if (body.length is not None and body.length > room) or (room == 0 and body.read(1)):
        raise RequestTooLarge(limits={"remaining_bytes": room})
    checked = hash_for(checksum)
    uncounted: list[Part] = []
    try:
        for part in _store(upload, tail, body, checked=checked):
            uncounted.append(part)
            if checked is None:
                _count(upload, uncounted, tail, now=now)
                uncounted, tail = [], part
        if body.is_short:
            raise PieceCutShort
        if checked is not None and checksum is not None:
            if checked.digest() != checksum.digest:
                raise ChecksumMismatch
            _count(upload, uncounted, tail, now=now)
    except BaseException:
        _forget(uncounted)
        raise
    return _outcome(athlete_id, upload_id, now=now)


def _open_at(
    athlete_id: UUID, upload_id: UUID, offset: int, *, now: datetime
) -> tuple[Upload, Part | None]:
    """Return the upload and its last part, if a piece may begin at ``offset``."""
    with acting_as(athlete_id):
        upload = find_upload(owner=athlete_id, upload_id=upload_id)
        if upload.has_expired(now):
            raise UploadExpired
        if upload.received != offset:
            raise OffsetConflict
        return upload, _rows(upload).order_by("-first_byte").first()


def _store(
    upload: Upload, tail: Part | None, body: Body, *, checked: "_Hash | None"
) -> Iterator[Part]:
    """Write the body in pieces and yield each; a small tail becomes the first one's beginning."""
    position = upload.received
    while True:
        folded = tail if tail is not None and tail.size < FOLDED_BYTES else None
        room = min(PIECE_BYTES, upload.size - position)
        piece = Piece(body, room=room, before=_bytes_of(folded), checked=checked)
        if piece.is_empty:
            break
        part = Part(
            athlete_id=upload.athlete_id,
            upload_id=upload.id,
            first_byte=folded.first_byte if folded else position,
            name=uuid4(),
        )
        source = Joined(piece)
        try:
            files().write(_name_of(part), source)
        except StorageUnavailable:
            # Another sender at the same place may have rewritten the tail this one reads.
            _refuse_if_moved(upload, position)
            raise
        part.size = source.size
        position += piece.fresh
        if position == upload.size and body.read(1):
            _forget([part])
            raise RequestTooLarge(limits={"remaining_bytes": upload.size - upload.received})
        yield part
        tail = part


def _count(upload: Upload, parts: list[Part], tail: Part | None, *, now: datetime) -> None:
    """Make stored parts count, if the upload still stands where they begin."""
    if not parts:
        return
    folded = tail if tail is not None and tail.first_byte == parts[0].first_byte else None
    begins = tail.first_byte + tail.size if tail else 0
    ends = parts[-1].first_byte + parts[-1].size
    ours = Upload.objects.filter(
        athlete_id=upload.athlete_id, id=upload.id, received=begins, is_finished=False
    )
    with acting_as(upload.athlete_id):
        if not ours.update(received=ends, expires_at=now + KEPT_OPEN):
            find_upload(owner=upload.athlete_id, upload_id=upload.id)
            raise OffsetConflict
        if folded:
            _rows(upload).filter(first_byte=folded.first_byte).delete()
        Part.objects.bulk_create(parts)
        counted = find_upload(owner=upload.athlete_id, upload_id=upload.id)
        sql.look_at(upload.athlete_id, [upload.id], due_at=counted.look_due_at(now))
    if folded:
        _forget([folded])


def _outcome(athlete_id: UUID, upload_id: UUID, *, now: datetime) -> UploadState:
    with acting_as(athlete_id):
        upload = find_upload(owner=athlete_id, upload_id=upload_id)
    if upload.is_complete and not upload.is_finished:
        return finish_upload(athlete_id=athlete_id, upload_id=upload_id, now=now)
    return state_of(upload)


def _refuse_if_moved(upload: Upload, position: int) -> None:
    with acting_as(upload.athlete_id):
        now_at = find_upload(owner=upload.athlete_id, upload_id=upload.id).received
    if now_at != position:
        raise OffsetConflict


def _bytes_of(part: Part | None) -> Iterator[bytes]:
    """Yield a stored part; nothing is opened before the first byte is wanted."""
    if part is not None:
        yield from files().stream(_name_of(part), first=0, size=part.size)


def _forget(parts: list[Part]) -> None:
    """Remove pieces that do not count; what can not be removed now goes with the upload."""
    for part in parts:
        with suppress(StorageUnavailable):
            files().remove(_name_of(part))


def _name_of(part: Part) -> str:
    return part_name(part.athlete_id, part.upload_id, part.name)


def _rows(upload: Upload) -> QuerySet[Part]:
    return Part.objects.filter(athlete_id=upload.athlete_id, upload_id=upload.id)
