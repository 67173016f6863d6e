"""Begin an upload, or find the one this content has already."""

from datetime import datetime
from uuid import UUID

from apps.common.actor import acting_as
from apps.sync.errors import RequestTooLarge
from apps.sync.services import hold_feed
from apps.uploads import sql
from apps.uploads.bounds import KEPT_OPEN, MAX_BLOBS, MAX_OPEN, max_bytes, quota_bytes
from apps.uploads.errors import QuotaExceeded, UploadDiffers
from apps.uploads.models import Blob, Upload
from apps.uploads.selectors import UploadState, blobs_of, bytes_of, state_of
from apps.uploads.services.status import publish_status
from backend.blobs.names import safe_file_name
from backend.blobs.tus import Declared


def create_upload(*, athlete_id: UUID, declared: Declared, now: datetime) -> UploadState:
    """Return the one upload of this content, new or as far as it came.

    The content's SHA-256 is the key: the same declaration again, by a lost answer or another
    of the athlete's phones, finds the same upload, and a content that is here already is a
    finished upload at once. Raises ``RequestTooLarge``, ``UploadDiffers``, ``QuotaExceeded``.
    """
    if declared.size > max_bytes():
        raise RequestTooLarge(limits={"max_upload_bytes": max_bytes()})
    with acting_as(athlete_id):
        sql.lock_person(athlete_id)
        blob = Blob.objects.filter(athlete_id=athlete_id, sha256=declared.sha256).first()
        upload = Upload.objects.filter(athlete_id=athlete_id, sha256=declared.sha256).first()
        is_here = blob is not None and blob.state == Blob.State.AVAILABLE
        known_size = upload.size if upload else blob.size if blob and is_here else declared.size
        if known_size != declared.size:
            raise UploadDiffers
        if upload is None and not is_here:
            _refuse_beyond_quota(athlete_id, declared.size)
        if blob is not None and blob.state == Blob.State.FAILED:
            _give_another_try(athlete_id, declared.sha256, now=now)
        if is_here:
            Blob.objects.filter(
                athlete_id=athlete_id, sha256=declared.sha256, unnamed_since__isnull=False
            ).update(unnamed_since=now)
        if upload is None:
            upload = _new_upload(athlete_id, declared, is_here=is_here, now=now)
        else:
            upload.expires_at = now + KEPT_OPEN
            upload.save(update_fields=["expires_at"])
        sql.look_at(athlete_id, [upload.id], due_at=upload.look_due_at(now))
    return state_of(upload)


def _refuse_beyond_quota(athlete_id: UUID, size: int) -> None:
    taken, quota = bytes_of(owner=athlete_id), quota_bytes()
    if taken + size > quota:
        raise QuotaExceeded(limits={"quota_bytes": quota, "taken_bytes": taken})
    if blobs_of(owner=athlete_id) >= MAX_BLOBS:
        raise QuotaExceeded(limits={"max_files": MAX_BLOBS})
    if Upload.objects.filter(athlete_id=athlete_id, is_finished=False).count() >= MAX_OPEN:
        raise QuotaExceeded(limits={"max_open_uploads": MAX_OPEN})


def _give_another_try(athlete_id: UUID, sha256: str, *, now: datetime) -> None:
    """Tell the feed that a file that was damaged is awaited again."""
    hold_feed(athlete_id)  # before rows: whoever finishes an upload takes them in this order
    Blob.objects.filter(athlete_id=athlete_id, sha256=sha256, state=Blob.State.FAILED).update(
        state=Blob.State.PENDING
    )
    publish_status(athlete_id=athlete_id, sha256s=[sha256], now=now)


def _new_upload(athlete_id: UUID, declared: Declared, *, is_here: bool, now: datetime) -> Upload:
    return Upload.objects.create(
        athlete_id=athlete_id,
        sha256=declared.sha256,
        size=declared.size,
        media_type=declared.media_type,
        file_name=safe_file_name(declared.file_name, otherwise=""),
        metadata=declared.metadata,
        received=declared.size if is_here else 0,
        is_finished=is_here,
        expires_at=now + KEPT_OPEN,
        created_at=now,
    )
