"""Say in the feed which files are here: one `blob_status` for each blob that is known."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import msgspec

from apps.sync.services import DerivedBody, publish_records
from apps.uploads.models import Blob
from backend.records.ids import server_id
from backend.records.server_owned import BLOB_STATUS, BlobStatus


def status_id(athlete_id: UUID, sha256: str) -> UUID:
    """Return the id of the record that tells of a blob."""
    return server_id(athlete_id, f"blob_status/{sha256}")


def publish_status(*, athlete_id: UUID, sha256s: Collection[str], now: datetime) -> None:
    """Bring the feed's word on these blobs in line with their rows; unchanged writes nothing.

    Inside ``acting_as(athlete_id)``; a blob that is no longer known loses its record.
    """
    known = {
        blob.sha256: blob
        for blob in Blob.objects.filter(athlete_id=athlete_id, sha256__in=list(sha256s))
    }
    records = {
        status_id(athlete_id, sha256): DerivedBody(BLOB_STATUS, _body(known.get(sha256)))
        for sha256 in sha256s
    }
    if records:
        publish_records(athlete_id=athlete_id, records=records, now=now)


def _body(blob: Blob | None) -> bytes | None:
    if blob is None:
        return None
    return msgspec.json.encode(
        BlobStatus(sha256=blob.sha256, size=blob.size, media_type=blob.media_type, state=blob.state)
    )
