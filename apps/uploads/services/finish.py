"""Put a whole upload together, check it, and let its content count."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from apps.common.actor import acting_as
from apps.common.errors import NotFound
from apps.sync.services import hold_feed
from apps.uploads import sql
from apps.uploads.bounds import KEPT_OPEN
from apps.uploads.errors import ContentMismatch, OffsetConflict
from apps.uploads.intake import Joined
from apps.uploads.models import Blob, Part, Reference, Upload
from apps.uploads.selectors import UploadState, find_upload, state_of
from apps.uploads.services.status import publish_status
from apps.uploads.storage import (
    StorageUnavailable,
    content_name,
    files,
    part_name,
    parts_folder,
    upload_folder,
)


def finish_upload(*, athlete_id: UUID, upload_id: UUID, now: datetime) -> UploadState:
    """Turn a complete upload into an available blob; again changes nothing.

    Bytes are copied outside any transaction and under the upload's own name, so two who
    finish at once write the same. Raises ``ContentMismatch`` when the SHA-256 is not the
    declared one: then the upload is gone and records that name the content say `failed`.
    Raises ``NotFound`` and ``OffsetConflict`` (not whole yet).
    """
    with acting_as(athlete_id):
        upload = find_upload(owner=athlete_id, upload_id=upload_id)
        parts = list(
            Part.objects.filter(athlete_id=athlete_id, upload_id=upload_id).order_by("first_byte")
        )
    if upload.is_finished:
        return state_of(upload)
    if not upload.is_complete:
        raise OffsetConflict
    content = Joined(_bytes_of(parts))
    files().write(content_name(athlete_id, upload_id), content)
    is_right = (content.sha256, content.size) == (upload.sha256, upload.size)
    try:
        return _accept(upload, now=now) if is_right else _discard(upload, now=now)
    except NotFound:  # ended meanwhile; the sweep knows whether this content is anybody's
        with acting_as(athlete_id):
            sql.look_at(athlete_id, [upload_id], due_at=now)
        raise


def _accept(upload: Upload, *, now: datetime) -> UploadState:
    athlete_id, upload_id = upload.athlete_id, upload.id
    with acting_as(athlete_id):
        standing = _hold(upload)
        if standing.is_finished:
            return state_of(standing)
        is_named = Reference.objects.filter(athlete_id=athlete_id, sha256=upload.sha256).exists()
        told = {
            "size": upload.size,
            "media_type": upload.media_type,
            "file_name": upload.file_name,
            "state": Blob.State.AVAILABLE,
            "upload_id": upload_id,
            "unnamed_since": None if is_named else now,
        }
        Blob.objects.update_or_create(
            athlete_id=athlete_id,
            sha256=upload.sha256,
            defaults=told,
            create_defaults=told | {"created_at": now},
        )
        standing.is_finished, standing.expires_at = True, now + KEPT_OPEN
        standing.save(update_fields=["is_finished", "expires_at"])
        Part.objects.filter(athlete_id=athlete_id, upload_id=upload_id).delete()
        sql.look_at(athlete_id, [upload_id], due_at=standing.look_due_at(now))
        publish_status(athlete_id=athlete_id, sha256s=[upload.sha256], now=now)
    with suppress(StorageUnavailable):  # the sweep's look removes them too
        files().remove_under(parts_folder(athlete_id, upload_id))
    return state_of(standing)


def _discard(upload: Upload, *, now: datetime) -> UploadState:
    athlete_id, upload_id = upload.athlete_id, upload.id
    with acting_as(athlete_id):
        standing = _hold(upload)
        if standing.is_finished:
            return state_of(standing)
        Part.objects.filter(athlete_id=athlete_id, upload_id=upload_id).delete()
        standing.delete()
        Blob.objects.filter(
            athlete_id=athlete_id, sha256=upload.sha256, state=Blob.State.PENDING
        ).update(state=Blob.State.FAILED)
        sql.look_at(athlete_id, [upload_id], due_at=now)
        publish_status(athlete_id=athlete_id, sha256s=[upload.sha256], now=now)
    with suppress(StorageUnavailable):
        files().remove_under(upload_folder(athlete_id, upload_id))
    raise ContentMismatch


def _hold(upload: Upload) -> Upload:
    """Lock the feed, then the upload's row, until the transaction ends. Raises ``NotFound``."""
    hold_feed(upload.athlete_id)
    rows = Upload.objects.select_for_update().filter(athlete_id=upload.athlete_id)
    standing = rows.filter(id=upload.id).first()
    if standing is None:
        raise NotFound
    return standing


def _bytes_of(parts: Sequence[Part]) -> Iterator[bytes]:
    for part in parts:
        name = part_name(part.athlete_id, part.upload_id, part.name)
        yield from files().stream(name, first=0, size=part.size)
