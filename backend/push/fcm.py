"""Firebase Cloud Messaging, HTTP v1: requests, answers, and the grant for an access token.

Source: Firebase documentation, "projects.messages.send", "ErrorCode" of the v1 API; Google
Identity, "Using OAuth 2.0 for server to server applications" (2025).
"""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec

from backend.push.answers import Answer, later, members, unanswered, word
from backend.push.jwt import signed
from backend.push.letter import Kind, Letter, Target
from backend.push.receipt import Outcome, Receipt
from backend.push.request import Request, content, encoded, ttl_s

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTION_LIFE = timedelta(hours=1)  # the longest that is taken
FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
UNAUTHENTICATED = "UNAUTHENTICATED"
BAD_FIELD = "message.token"


def request(
    letter: Letter, target: Target, *, project: str, access_token: str, now: datetime
) -> Request:
    """Return the request for one device. Raises ``LetterTooLarge``."""
    is_shown = letter.kind is Kind.REMIND
    data = {name: _text(value) for name, value in content(letter).items()}
    android: dict[str, Any] = {
        "priority": "HIGH" if is_shown else "NORMAL",
        "collapse_key": letter.collapse_id,
        "ttl": f"{ttl_s(letter, now=now)}s",
    }
    message: dict[str, Any] = {"token": target.token, "data": data, "android": android}
    if is_shown:
        message["notification"] = {"body": letter.sentence}
        android["notification"] = {"tag": letter.collapse_id, "visibility": "PRIVATE"}
    return Request(
        path=f"/v1/projects/{project}/messages:send",
        headers={
            "authorization": f"Bearer {access_token}",
            "content-type": "application/json",
        },
        body=encoded({"message": message}),
    )


def receipt(answer: Answer, *, now: datetime) -> Receipt:
    """Return what an answer means."""
    if answer.error:
        return unanswered(answer)
    said = members(answer.body)
    if answer.status == 200:
        name = said.get("name")
        return Receipt(
            outcome=Outcome.ACCEPTED,
            code="accepted",
            provider_id=name[-128:] if isinstance(name, str) else "",
        )
    problem = said.get("error")
    problem = problem if isinstance(problem, dict) else {}
    code = word(_error_code(problem) or problem.get("status"), status=answer.status)
    if code == "UNREGISTERED":
        return Receipt(outcome=Outcome.GONE, code=code)
    if code == "SENDER_ID_MISMATCH":
        return Receipt(outcome=Outcome.STOPPED, code=code)
    if answer.status == 400 and _is_about_token(problem):
        return Receipt(outcome=Outcome.STOPPED, code=code)
    # A 404 without that word is about the project or the address of the service: pruning a
    # token for it would prune them all.
    if answer.status in (401, 403, 404, 429, 500, 502, 503, 504):
        return later(answer, code, now=now)
    if 400 <= answer.status < 500:
        return Receipt(outcome=Outcome.REFUSED, code=code)
    return Receipt(outcome=Outcome.UNKNOWN, code=code)


def access_grant(account: dict[str, str], *, now: datetime) -> Request:
    """Return the request for an access token of a service account."""
    assertion = signed(
        {
            "iss": account["client_email"],
            "scope": SCOPE,
            "aud": account["token_uri"],
            "iat": int(now.timestamp()),
            "exp": int((now + ASSERTION_LIFE).timestamp()),
        },
        key=account["private_key"],
    )
    return Request(
        path=account["token_uri"],
        headers={"content-type": "application/x-www-form-urlencoded"},
        body=urlencode({"grant_type": GRANT, "assertion": assertion}).encode(),
    )


def granted(answer: Answer) -> tuple[str, float] | None:
    """Return the access token and its life in seconds, None when there is none in the answer."""
    if answer.error or answer.status != 200:
        return None
    said = members(answer.body)
    token, life = said.get("access_token"), said.get("expires_in")
    if not isinstance(token, str) or not (token.isascii() and token.isprintable() and token):
        return None
    return token, float(life) if isinstance(life, int | float) and life > 0 else 0.0


def _text(value: object) -> str:
    """Return a value of `data`, which are all texts."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _details(problem: dict[str, Any]) -> list[dict[str, Any]]:
    details = problem.get("details")
    found = details if isinstance(details, list) else []
    return [detail for detail in found if isinstance(detail, dict)]


def _error_code(problem: dict[str, Any]) -> object:
    for detail in _details(problem):
        if detail.get("@type") == FCM_ERROR:
            return detail.get("errorCode")
    return None


def _is_about_token(problem: dict[str, Any]) -> bool:
    """Return whether an argument was refused because of the token."""
    fields: list[object] = []
    for detail in _details(problem):
        violations = detail.get("fieldViolations")
        found = violations if isinstance(violations, list) else []
        fields.extend(each.get("field") for each in found if isinstance(each, dict))
    message = problem.get("message")
    return BAD_FIELD in fields or (
        not fields and isinstance(message, str) and "registration token" in message
    )
