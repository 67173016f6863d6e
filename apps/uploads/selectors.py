"""Reads of uploads and blobs. Call inside `acting_as`: rows of others are not there."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, Sum

from apps.common.errors import NotFound
from apps.uploads.models import Blob, Upload
from backend.blobs.named import is_sha256
from backend.blobs.names import safe_file_name


@dataclass(frozen=True)
class UploadState:
    """Where an upload stands; sizes in bytes."""

    id: UUID
    size: int
    received: int
    metadata: str
    is_finished: bool
    expires_at: datetime


@dataclass(frozen=True)
class StoredFile:
    """A file whose content is here, and the upload it lies under."""

    sha256: str
    size: int
    media_type: str
    file_name: str
    upload_id: UUID


def state_of(upload: Upload) -> UploadState:
    """Return a row as it crosses to the API."""
    return UploadState(
        id=upload.id,
        size=upload.size,
        received=upload.received,
        metadata=upload.metadata,
        is_finished=upload.is_finished,
        expires_at=upload.expires_at,
    )


def find_upload(*, owner: UUID, upload_id: UUID) -> Upload:
    """Return an upload's row. Raises ``NotFound``."""
    upload = Upload.objects.filter(athlete_id=owner, id=upload_id).first()
    if upload is None:
        raise NotFound
    return upload


def stored_file(*, owner: UUID, sha256: str) -> StoredFile:
    """Return a file that can be read. Raises ``NotFound``, also while it is on its way."""
    if not is_sha256(sha256):
        raise NotFound
    blob = Blob.objects.filter(athlete_id=owner, sha256=sha256, state=Blob.State.AVAILABLE).first()
    if blob is None or blob.upload_id is None:
        raise NotFound
    return StoredFile(
        sha256=blob.sha256,
        size=blob.size,
        media_type=blob.media_type,
        file_name=safe_file_name(blob.file_name, otherwise=f"{blob.sha256[:16]}.bin"),
        upload_id=blob.upload_id,
    )


def bytes_of(*, owner: UUID) -> int:
    """Return how much of the quota is taken: what is here, and what uploads declared."""
    here = Blob.objects.filter(athlete_id=owner, state=Blob.State.AVAILABLE)
    coming = Upload.objects.filter(athlete_id=owner, is_finished=False)
    return sum(rows.aggregate(total=Sum("size"))["total"] or 0 for rows in (here, coming))


def blobs_of(*, owner: UUID) -> int:
    """Return how many files there are, counting those on their way."""
    coming = Upload.objects.filter(athlete_id=owner, is_finished=False).count()
    here = Blob.objects.filter(~Q(upload_id=None), athlete_id=owner).count()
    return here + coming
