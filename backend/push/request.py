"""What a device gets, whatever the channel: ids, a generic sentence, addresses for the answers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from backend.errors import CoreError
from backend.push.letter import Kind, Letter

VERSION = 1
MAX_BODY_BYTES = 4_096
LONGEST_TTL_S = 28 * 86_400


class LetterTooLarge(CoreError):
    """The message is larger than providers take."""

    code = "push.letter_too_large"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A POST to a provider; ``path`` is below the provider's address, or a whole URL."""

    path: str
    headers: Mapping[str, str]
    body: bytes


def content(letter: Letter) -> dict[str, Any]:
    """Return the members every device gets."""
    members: dict[str, Any] = {
        "v": VERSION,
        "kind": letter.kind.value,
        "id": str(letter.notification_id),
        "tag": letter.collapse_id,
    }
    if letter.reminder is not None:
        members["reminder"] = str(letter.reminder)
    if letter.kind is Kind.REMIND:
        members["sentence"] = letter.sentence
        if letter.links:
            members["links"] = dict(letter.links)
    return members


def encoded(members: Mapping[str, Any], *, max_bytes: int = MAX_BODY_BYTES) -> bytes:
    """Return a body. Raises ``LetterTooLarge``."""
    body = msgspec.json.encode(members)
    if len(body) > max_bytes:
        raise LetterTooLarge
    return body


def ttl_s(letter: Letter, *, now: datetime) -> int:
    """Return for how many whole seconds a provider may keep the letter, at most four weeks."""
    left = int((letter.expires_at - now).total_seconds())
    return min(max(left, 0), LONGEST_TTL_S)
