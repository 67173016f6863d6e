"""The Apple Push Notification service: requests, answers, and the token that proves who we are.

Source: Apple Developer Documentation, "Sending notification requests to APNs", "Handling
notification responses from APNs", "Establishing a token-based connection to APNs" (2025).
"""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from backend.push.answers import Answer, later, members, unanswered, word
from backend.push.letter import Kind, Letter, Target
from backend.push.receipt import Outcome, Receipt
from backend.push.request import Request, content, encoded

CATEGORY = "REMINDER"
EXPIRED = "ExpiredProviderToken"  # of the provider: mint another, once
# The token is of another environment or another app: ours to mend, so it is kept.
STOPPED = frozenset({"BadDeviceToken", "DeviceTokenNotForTopic"})
# Refusals of 400 that every other message would meet, too.
OURS = frozenset({"BadTopic", "MissingTopic", "TopicDisallowed", "BadCertificate"})


def request(letter: Letter, target: Target, *, topic: str, token: str) -> Request:
    """Return the request for one device. Raises ``LetterTooLarge``.

    Args:
        letter: what to say.
        target: the device.
        topic: the app's bundle id.
        token: of the provider; see `provider_token`.
    """
    is_shown = letter.kind is Kind.REMIND
    aps: dict[str, Any] = {"content-available": 1}
    if is_shown:
        aps = {
            "alert": {"body": letter.sentence},
            "sound": "default",
            "mutable-content": 1,
            "category": CATEGORY,
        }
    return Request(
        path=f"/3/device/{quote(target.token, safe='')}",
        headers={
            "authorization": f"bearer {token}",
            "apns-topic": topic,
            "apns-id": str(letter.notification_id),
            "apns-push-type": "alert" if is_shown else "background",
            "apns-priority": "10" if is_shown else "5",
            "apns-expiration": str(max(0, int(letter.expires_at.timestamp()))),
            "apns-collapse-id": letter.collapse_id,
            "content-type": "application/json",
        },
        body=encoded({"aps": aps, **content(letter)}),
    )


def receipt(answer: Answer, *, now: datetime) -> Receipt:
    """Return what an answer means."""
    if answer.error:
        return unanswered(answer)
    if answer.status == 200:
        return Receipt(
            outcome=Outcome.ACCEPTED,
            code="accepted",
            provider_id=answer.headers.get("apns-id", "")[:128],
        )
    said = members(answer.body)
    code = word(said.get("reason"), status=answer.status)
    if answer.status == 410:
        return Receipt(outcome=Outcome.GONE, code=code, gone_at=_instant(said.get("timestamp")))
    if code in STOPPED:
        return Receipt(outcome=Outcome.STOPPED, code=code)
    if answer.status == 429:
        # Of one device it is said with this word; anything else is about us.
        return later(answer, code, now=now, is_provider_wide=code != "TooManyRequests")
    if answer.status in (401, 403, 500, 502, 503, 504) or code in OURS:
        return later(answer, code, now=now)
    if 400 <= answer.status < 500:
        return Receipt(outcome=Outcome.REFUSED, code=code)
    return Receipt(outcome=Outcome.UNKNOWN, code=code)


def _instant(timestamp_ms: object) -> datetime | None:
    if not isinstance(timestamp_ms, int) or isinstance(timestamp_ms, bool):
        return None
    try:
        return datetime.fromtimestamp(timestamp_ms / 1_000, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None
