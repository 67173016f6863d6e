"""The frame of every view here: bearer tokens, tus's own headers, refusals as problems.

Plain Django views: bodies are read from the network in pieces, past every parser.
"""

from collections.abc import Callable
from threading import BoundedSemaphore
from typing import Any

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from apps.accounts.access import Caller, identify
from apps.common.answers import refuse
from apps.common.errors import AppError, problem, problem_response
from apps.common.methods import API_METHODS
from apps.common.rates import Allowance, TooManyRequests, spend
from apps.sync.errors import MalformedRequest
from apps.uploads.errors import TooManyTransfers, UnsupportedTusVersion
from backend.blobs import tus


@method_decorator(csrf_exempt, name="dispatch")  # bearer tokens only, never a cookie
class FileView(View):
    """Base: runs the method, renders what it refuses."""

    http_method_names = API_METHODS
    allowance: Allowance | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer; never cached, never with somebody else's words."""
        name = (request.method or "").lower()
        handler: Callable[..., HttpResponseBase] = (
            getattr(self, name, self.refuse_method)
            if name in self.http_method_names
            else self.refuse_method
        )
        try:
            response = handler(request, *args, **kwargs)
        except tus.BadHeader as error:
            response = refuse(MalformedRequest(error.detail))
        except (AppError, OperationalError) as error:
            response = refuse(error)
            if isinstance(error, TooManyRequests):
                self.allowance = error.allowance
        for name, value in (self.allowance.headers if self.allowance else {}).items():
            response[name] = value
        response.headers.setdefault("Cache-Control", "no-store")
        self.mark(response)
        return response

    def mark(self, response: HttpResponseBase) -> None:
        """Add what every answer carries."""

    def refuse_method(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Say which methods there are."""
        body = problem(
            status=405, code="method-not-allowed", title="This method is not known here."
        )
        response = problem_response(body)
        response["Allow"] = ", ".join(
            name.upper() for name in self.http_method_names if hasattr(self, name)
        )
        return response

    def caller(self, request: HttpRequest) -> Caller:
        """Return who asks, once it is clear that they do not ask too often."""
        now = timezone.now()
        caller = identify(request.headers.get("Authorization", ""), now=now)
        self.allowance = spend(str(caller.device_id), now_s=now.timestamp())
        return caller


class TusView(FileView):
    """Base of the upload's own addresses: tus 1.0.0, said by both sides."""

    http_method_names = [*API_METHODS, "options"]

    def mark(self, response: HttpResponseBase) -> None:
        """Say which version answers, in refusals too."""
        response["Tus-Resumable"] = tus.VERSION
        if response.status_code == UnsupportedTusVersion.status:
            response["Tus-Version"] = tus.VERSION

    def caller(self, request: HttpRequest) -> Caller:
        """Return who asks, in a version of the protocol that is spoken here."""
        caller = super().caller(request)
        if request.headers.get("Tus-Resumable") != tus.VERSION:
            raise UnsupportedTusVersion
        return caller


class TransferSlot:
    """Leave to move a file's bytes. A slow client holds a thread as long as it likes, so only
    some threads are for files; the others go on answering phones.
    """

    _free = BoundedSemaphore(settings.UPLOADS_AT_ONCE)

    def __init__(self) -> None:
        """Take a slot. Raises ``TooManyTransfers`` when none is free."""
        if not self._free.acquire(blocking=False):
            raise TooManyTransfers
        self._is_held = True

    def __enter__(self) -> "TransferSlot":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the slot back, once."""
        if self._is_held:
            self._is_held = False
            self._free.release()
