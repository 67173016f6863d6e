"""Read on in a feed: which records name which files, and what the feed should say of them."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from apps.common.actor import writing_as
from apps.common.statements import Call, Question, ask_together, ids, run, send_later
from apps.sync.selectors import between_question, feed_question
from apps.sync.services import hold_feed
from apps.uploads import sql
from apps.uploads.bounds import UNNAMED_KEPT
from apps.uploads.models import Blob, Reference
from apps.uploads.services.status import publish_status
from backend.blobs.named import BlobRef, blobs_named_in

STEP = 2_000  # places of the feed read in one transaction


class _Erased(Exception):
    """The feed began anew meanwhile: its places are no longer those that were read."""


def note_references(*, athlete_id: UUID, now: datetime) -> int:
    """Bring what is known of an athlete's blobs in line with their records; return the place.

    Reads on from its own place, so again, late or for nothing changes nothing. An erasure takes
    the feed first and then this place, for which it waits while a step is noted. A file is looked
    for among the athlete's own only: one of somebody else is as unknown as none.
    """
    while True:
        with suppress(_Erased):  # then again, from the start of what there is now
            seq, is_done = _note_some(athlete_id, now=now)
            if is_done:
                return seq


def _note_some(athlete_id: UUID, *, now: datetime) -> tuple[int, bool]:
    """Note the next step: four round trips where no file is named, and none was."""
    with writing_as(athlete_id):
        of_feed, of_place = feed_question(athlete_id), _place_question(athlete_id)
        ask_together(of_feed, of_place)
        feed, after = of_feed.answer, of_place.answer
        if feed is None or after >= feed.input_seq:
            return after, True
        until = min(feed.input_seq, after + STEP)
        held = Question(Call(sql.HOLD_PLACE, {"athlete": athlete_id, "until": until}), bool)
        of_changed = between_question(athlete_id, after=after, until=until)
        of_feed_now = feed_question(athlete_id)
        ask_together(held, of_changed, of_feed_now)
        if of_feed_now.answer is None or of_feed_now.answer.epoch != feed.epoch:
            raise _Erased
        if held.answer:  # or else somebody has read as far meanwhile
            naming = {each.record_id: _named_in(each.body) for each in of_changed.answer}
            is_changed = _renew(athlete_id, naming, now=now)
            moved = Call(sql.MOVE_PLACE, {"athlete": athlete_id, "seq": until})
            send_later(
                [moved] if is_changed else [Call(sql.NEED_NOT_LAST), moved], lambda rows: None
            )
    return until, until == feed.input_seq


def _place_question(athlete_id: UUID) -> Question[int]:
    """Return what asks up to which place the feed was read; 0 before the first time."""
    return Question(
        Call(sql.PLACE, {"athlete": athlete_id}), lambda rows: rows[0][0] if rows else 0
    )


def _named_in(body: bytes | None) -> dict[str, BlobRef]:
    return {ref.sha256: ref for ref in blobs_named_in(body)} if body else {}


def _renew(
    athlete_id: UUID, naming: Mapping[UUID, Mapping[str, BlobRef]], *, now: datetime
) -> bool:
    """Replace what these records name, and settle every blob that gained or lost a name.

    Returns whether any did.
    """
    known = run(sql.NAMED_BY, {"athlete": athlete_id, "records": ids(naming)})
    before = {(record_id, sha256) for record_id, sha256 in known}
    after = {(record_id, sha256) for record_id, refs in naming.items() for sha256 in refs}
    if before == after:
        return False
    hold_feed(athlete_id)
    for record_id, sha256 in before - after:
        Reference.objects.filter(athlete_id=athlete_id, record_id=record_id, sha256=sha256).delete()
    Reference.objects.bulk_create(
        Reference(athlete_id=athlete_id, record_id=record_id, sha256=sha256)
        for record_id, sha256 in sorted(after - before)
    )
    told = {sha256: ref for refs in naming.values() for sha256, ref in refs.items()}
    touched = {sha256 for _, sha256 in before ^ after}
    _settle(athlete_id, touched, told, now=now)
    publish_status(athlete_id=athlete_id, sha256s=sorted(touched), now=now)
    return True


def _settle(
    athlete_id: UUID, touched: set[str], told: Mapping[str, BlobRef], *, now: datetime
) -> None:
    """Await files that have a name now, and let go of those that have none."""
    named = set(
        Reference.objects.filter(athlete_id=athlete_id, sha256__in=touched)
        .values_list("sha256", flat=True)
        .distinct()
    )
    blobs = Blob.objects.filter(athlete_id=athlete_id)
    blobs.filter(sha256__in=named).update(unnamed_since=None)
    Blob.objects.bulk_create(
        (
            Blob(
                athlete_id=athlete_id,
                sha256=sha256,
                size=told[sha256].size,
                media_type=told[sha256].media_type,
                state=Blob.State.PENDING,
                created_at=now,
            )
            for sha256 in sorted(named & told.keys())
        ),
        ignore_conflicts=True,
    )
    unnamed = blobs.filter(sha256__in=touched - named)
    unnamed.exclude(state=Blob.State.AVAILABLE).delete()
    unnamed.filter(unnamed_since=None).update(unnamed_since=now)
    contents = [upload_id for upload_id in unnamed.values_list("upload_id", flat=True) if upload_id]
    sql.look_at(athlete_id, contents, due_at=now + UNNAMED_KEPT)
