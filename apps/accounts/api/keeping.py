"""`Idempotency-Key` on posts that make something: a repeat gets the first answer again."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

import msgspec
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api.authentication import owner_of
from apps.accounts.services.keeping import once

P = ParamSpec("P")
V = TypeVar("V")
View = Callable[Concatenate[V, Request, P], Response]


def idempotent(post: View[V, P]) -> View[V, P]:
    """Give a repeat of ``post`` under the same key the first answer, marked as such.

    Without the header nothing is kept. A refusal is kept by nobody, so it may be tried again.
    """

    @wraps(post)
    def keeping(view: V, request: Request, /, *args: P.args, **kwargs: P.kwargs) -> Response:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return post(view, request, *args, **kwargs)

        def run() -> bytes:
            response = post(view, request, *args, **kwargs)
            return msgspec.json.encode([response.status_code, response.data])

        path = f"{request.method} {request.get_full_path()}\n".encode()
        answer, is_repeat = once(
            person_id=owner_of(request).id,
            key=key,
            asked=path + msgspec.json.encode(request.data),
            run=run,
            now=timezone.now(),
        )
        status, data = msgspec.json.decode(answer)
        headers = {"Idempotency-Replayed": "true"} if is_repeat else {}
        return Response(data, status=status, headers=headers)

    vars(keeping)["takes_key"] = True  # for the contract
    return keeping
