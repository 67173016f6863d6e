"""Look at what is due: finish what its request could not, let go of what was given up.

A marker says only "look"; what is to be done stands in the rows. Content is removed outside
transactions, and the marker goes last, so a crash anywhere means another look.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.common.actor import acting_as
from apps.common.jobs import Job, wake
from apps.sync.services import hold_feed
from apps.uploads import sql
from apps.uploads.bounds import UNNAMED_KEPT
from apps.uploads.errors import ContentMismatch
from apps.uploads.models import Blob, Part, Upload
from apps.uploads.services.finish import finish_upload
from apps.uploads.services.status import publish_status
from apps.uploads.storage import content_name, files, parts_folder, upload_folder

logger = logging.getLogger(__name__)
BUDGET_S = 8.0  # well inside a job's soft limit


@dataclass(frozen=True)
class Standing:
    """What is left of an upload after a look.

    ``next_at`` is when to look again, None when there is nothing more to see to.
    """

    has_parts: bool
    has_content: bool
    next_at: datetime | None


def sweep(*, now: datetime, budget_s: float = BUDGET_S) -> int:
    """Look at uploads that are due until none is, or for a while; return how many."""
    ends = time.monotonic() + budget_s
    looked = 0
    while claim := sql.claim_look(now=now):
        looked += 1
        try:
            _look(claim, now=now)
        except Exception:  # one upload's defect must not keep the sweep from the others
            logger.exception("look_failed", extra={"upload_id": str(claim.upload_id)})
        if time.monotonic() >= ends:
            wake(Job.SWEEP_UPLOADS)
            break
    return looked


def _look(claim: sql.LookClaim, *, now: datetime) -> None:
    athlete_id, upload_id = claim.athlete_id, claim.upload_id
    if _is_unfinished(athlete_id, upload_id):
        try:
            finish_upload(athlete_id=athlete_id, upload_id=upload_id, now=now)
        except ContentMismatch:
            logger.info("upload_discarded", extra={"upload_id": str(upload_id)})
    with acting_as(athlete_id):
        standing = _let_go(athlete_id, upload_id, now=now)
    if not standing.has_parts and not standing.has_content:
        files().remove_under(upload_folder(athlete_id, upload_id))
    elif not standing.has_parts:
        files().remove_under(parts_folder(athlete_id, upload_id))
    elif not standing.has_content:
        files().remove(content_name(athlete_id, upload_id))
    sql.end_look(claim, next_at=standing.next_at)


def _is_unfinished(athlete_id: UUID, upload_id: UUID) -> bool:
    """Return whether every byte is here and nobody put them together."""
    with acting_as(athlete_id):
        upload = Upload.objects.filter(athlete_id=athlete_id, id=upload_id).first()
    return upload is not None and upload.is_complete and not upload.is_finished


def _let_go(athlete_id: UUID, upload_id: UUID, *, now: datetime) -> Standing:
    """Delete the rows whose time is over; return what stands."""
    uploads = Upload.objects.filter(athlete_id=athlete_id, id=upload_id)
    blobs = Blob.objects.filter(athlete_id=athlete_id, upload_id=upload_id)
    if not uploads.exists() and not blobs.exists():
        return Standing(has_parts=False, has_content=False, next_at=None)
    hold_feed(athlete_id)  # whoever names a file anew holds it too
    if uploads.filter(expires_at__lte=now).delete()[0]:
        Part.objects.filter(athlete_id=athlete_id, upload_id=upload_id).delete()
    forgotten = blobs.filter(unnamed_since__lte=now - UNNAMED_KEPT)
    sha256s = list(forgotten.values_list("sha256", flat=True))
    forgotten.delete()
    Upload.objects.filter(athlete_id=athlete_id, sha256__in=sha256s).delete()
    publish_status(athlete_id=athlete_id, sha256s=sha256s, now=now)
    upload, blob_here = uploads.first(), blobs.first()
    due = [upload.look_due_at(now)] if upload else []
    if blob_here and blob_here.unnamed_since:
        due.append(blob_here.unnamed_since + UNNAMED_KEPT)
    return Standing(
        has_parts=upload is not None and not upload.is_finished,
        has_content=blob_here is not None,
        next_at=min(due, default=None),
    )
