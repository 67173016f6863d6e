"""End an upload, as tus says it."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from apps.common.actor import acting_as
from apps.uploads import sql
from apps.uploads.models import Part, Upload
from apps.uploads.selectors import find_upload
from apps.uploads.storage import StorageUnavailable, files, parts_folder


def terminate_upload(*, athlete_id: UUID, upload_id: UUID, now: datetime) -> None:
    """Forget an upload and the bytes it brought; a file it has become stays with its records.

    Raises ``NotFound``.
    """
    with acting_as(athlete_id):
        find_upload(owner=athlete_id, upload_id=upload_id)
        Upload.objects.filter(athlete_id=athlete_id, id=upload_id).delete()
        Part.objects.filter(athlete_id=athlete_id, upload_id=upload_id).delete()
        sql.look_at(athlete_id, [upload_id], due_at=now)
    with suppress(StorageUnavailable):
        files().remove_under(parts_folder(athlete_id, upload_id))
