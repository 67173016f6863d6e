"""Idempotency keys: the first request's answer, kept for a day and given again to its repeats."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from cryptography.fernet import Fernet
from django.conf import settings

from apps.accounts.models import KeptAnswer
from apps.common.actor import acting_as
from apps.common.errors import AppError
from apps.common.sealing import cipher_of

KEPT_FOR = timedelta(hours=24)
LONGEST_RUN = timedelta(minutes=1)
LONGEST_KEY = 255


class MalformedKey(AppError):
    """An idempotency key is 1 to 255 visible ASCII characters."""

    code: ClassVar[str] = "malformed-request"
    status: ClassVar[int] = 400


class KeyReused(AppError):
    """The idempotency key was used for another request."""

    code: ClassVar[str] = "idempotency-key-reused"
    status: ClassVar[int] = 422


class RequestInProgress(AppError):
    """The first request with this idempotency key is still running."""

    code: ClassVar[str] = "request-in-progress"
    status: ClassVar[int] = 409
    retry: ClassVar[str] = "after"


def once(
    *, person_id: UUID, key: str, asked: bytes, run: Callable[[], bytes], now: datetime
) -> tuple[bytes, bool]:
    """Return the answer to a request, and whether it is an earlier one's.

    Args:
        person_id: who asks; keys of two people never meet.
        key: what the client made up for this request.
        asked: everything the request says; another request under the same key is refused.
        run: does the work and returns the answer. What it raises is kept by nobody.
        now: the clock.
    Raises:
        MalformedKey, KeyReused, RequestInProgress.
    """
    if not (1 <= len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise MalformedKey
    digest = hashlib.sha256(key.encode()).digest()
    said = hashlib.sha256(asked).digest()
    with acting_as(person_id):
        kept = _claim(person_id, digest, said, now)
    if kept is not None:
        return _cipher(person_id, key).decrypt(kept), True
    try:
        answer = run()
    except BaseException:
        with acting_as(person_id):
            KeptAnswer.objects.filter(digest=digest, answer=None).delete()
        raise
    with acting_as(person_id):
        KeptAnswer.objects.filter(digest=digest).update(
            answer=_cipher(person_id, key).encrypt(answer)
        )
    return answer, False


def _claim(person_id: UUID, digest: bytes, said: bytes, now: datetime) -> bytes | None:
    """Take the key for this request, or return the kept answer; old keys are free again."""
    KeptAnswer.objects.filter(created_at__lt=now - KEPT_FOR).delete()
    KeptAnswer.objects.filter(answer=None, created_at__lt=now - LONGEST_RUN).delete()
    fresh = KeptAnswer(athlete_id=person_id, digest=digest, asked=said, created_at=now)
    KeptAnswer.objects.bulk_create([fresh], ignore_conflicts=True)
    row = KeptAnswer.objects.select_for_update().get(digest=digest)
    if bytes(row.asked) != said:
        raise KeyReused
    if row.answer is not None:
        return bytes(row.answer)
    if row.created_at != now:
        raise RequestInProgress
    return None


def _cipher(person_id: UUID, key: str) -> Fernet:
    return cipher_of(settings.SECRET_KEY.encode() + person_id.bytes + key.encode())
