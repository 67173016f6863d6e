"""From a request of the core to a call on the wire, and from its reply to an answer."""

from apps.common.wire import Call, Reply
from backend.push.answers import Answer
from backend.push.request import Request

TIMEOUT_S = 10.0  # well inside a delivery's lease


def call_of(request: Request, *, base: str = "", is_guarded: bool = False) -> Call:
    """Return the call that posts a request to the provider at ``base``."""
    return Call(
        method="POST",
        url=base.rstrip("/") + request.path,
        headers=request.headers,
        body=request.body,
        timeout_s=TIMEOUT_S,
        is_guarded=is_guarded,
    )


def answer_of(reply: Reply) -> Answer:
    """Return what the core reads."""
    return Answer(
        status=reply.status,
        headers=reply.headers,
        body=reply.body,
        error=reply.error,
        was_sent=reply.was_sent,
    )
