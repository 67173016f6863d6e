"""What the answers of all providers have in common."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from backend.push.receipt import Outcome, Receipt

# A provider that asks for more is asked again a day later all the same.
LONGEST_WAIT_S = 86_400.0
# What may stand as a code: a provider's word, not its prose, and nothing that was sent.
WORD = re.compile(r"[A-Za-z][A-Za-z_]{0,31}")
SECONDS = re.compile(r"[0-9]{1,9}")
# What the address itself is to blame for when no connection came about.
ABOUT_THE_ADDRESS = frozenset({"refused-address", "refused-url"})


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back from a provider; see `apps.common.wire.Reply`.

    Fields:
        status: of HTTP; 0 when no answer began.
        headers: names in lower case.
        body: its beginning.
        error: why there is no whole answer; empty when there is one.
        was_sent: whether the request may have reached the provider.
    """

    status: int = 0
    headers: Mapping[str, str] = {}
    body: bytes = b""
    error: str = ""
    was_sent: bool = True


def unanswered(answer: Answer) -> Receipt:
    """Return what is known when there is no whole answer."""
    if answer.was_sent:
        return Receipt(outcome=Outcome.UNKNOWN, code=answer.error)
    return Receipt(outcome=Outcome.LATER, code=answer.error, is_provider_wide=True)


def later(answer: Answer, code: str, *, now: datetime, is_provider_wide: bool = True) -> Receipt:
    """Return that the provider wants to be asked again."""
    return Receipt(
        outcome=Outcome.LATER,
        code=code,
        retry_after_s=retry_after_s(answer.headers, now=now),
        is_provider_wide=is_provider_wide,
    )


def retry_after_s(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Return how long to wait, None when it is not said or not in a form of RFC 9110."""
    said = headers.get("retry-after", "").strip()
    if SECONDS.fullmatch(said):
        return min(float(said), LONGEST_WAIT_S)
    try:
        until = parsedate_to_datetime(said)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(max((until - now).total_seconds(), 0.0), LONGEST_WAIT_S)


def members(body: bytes) -> dict[str, Any]:
    """Return the members of a JSON object; none of anything else."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def word(said: object, *, status: int) -> str:
    """Return a provider's word as a code, the status when it is none."""
    if isinstance(said, str) and WORD.fullmatch(said):
        return said
    return f"http-{status}"
