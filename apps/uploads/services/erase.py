"""Forget an athlete's files: what was asked of the service when a feed or an account goes."""

import logging
from datetime import datetime
from uuid import UUID

from apps.common.actor import acting_as
from apps.common.jobs import Job, wake
from apps.uploads import sql
from apps.uploads.models import Blob, Part, Place, Reference, Upload
from apps.uploads.storage import StorageUnavailable, files, upload_folder

logger = logging.getLogger(__name__)


def erase_blobs(*, athlete_id: UUID, now: datetime) -> int:
    """Delete every file, upload and trace of one in these tables; return how many folders.

    Rows go in one transaction, with a marker for each content; then the contents. What the
    storage does not delete now, the sweep does. The feed's own records are the caller's. Safe
    to repeat.
    """
    with acting_as(athlete_id):
        sql.lock_person(athlete_id)
        # From here on in the order in which everybody takes rows, so nobody waits in a circle.
        Place.objects.filter(athlete_id=athlete_id).delete()
        uploads = {row.id for row in Upload.objects.filter(athlete_id=athlete_id)}
        blobs = Blob.objects.filter(athlete_id=athlete_id, upload_id__isnull=False)
        folders = sorted(uploads | {row.upload_id for row in blobs if row.upload_id})
        for table in (Upload, Part, Reference, Blob):
            table.objects.filter(athlete_id=athlete_id).delete()
        sql.look_at(athlete_id, folders, due_at=now)
        wake(Job.SWEEP_UPLOADS)
    try:
        for upload_id in folders:
            files().remove_under(upload_folder(athlete_id, upload_id))
    except StorageUnavailable:
        logger.warning("erasure_left_to_sweep", extra={"athlete_id": str(athlete_id)})
    return len(folders)
