"""The sync endpoints. They decode once, encode once, and open their own transactions.

A plain Django view, not DRF's: nothing here needs a session, a serializer or a renderer.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from apps.accounts.access import Caller, identify
from apps.common.actor import go_on_as
from apps.common.errors import AppError, NotFound
from apps.common.transactions import reading, writing
from apps.sync.api import wire
from apps.sync.errors import MalformedRequest, OutcomeUnknown, RequestTooLarge, WrongAthlete
from apps.sync.reader import Pulled, pull_page
from apps.sync.writer import Pushed, push_ops
from backend.errors import CoreError
from backend.feed.clocks import offset_ms
from backend.feed.wire import (
    ChangesResponse,
    PageRequest,
    PushRequest,
    PushResponse,
    SyncRequest,
    SyncResponse,
)


@method_decorator(csrf_exempt, name="dispatch")  # bearer tokens only, never a cookie
class FeedView(View):
    """Base: any refusal becomes a problem, a commit whose fate is unknown says so."""

    refuses_with: ClassVar[type[AppError]] = NotFound

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Run the method and render what it refuses."""
        handler: Callable[..., HttpResponse] = getattr(
            self, (request.method or "").lower(), self.http_method_not_allowed
        )
        try:
            return handler(request, *args, **kwargs)
        except (AppError, CoreError, OperationalError, InterfaceError, RequestDataTooBig) as error:
            return wire.refuse(_named(error))

    def caller(self, request: HttpRequest, athlete: str, now: datetime) -> Caller:
        """Return who asks, if the feed is theirs; any other id is refused unseen."""
        caller = identify(request.headers.get("Authorization", ""), now=now)
        if athlete.lower() not in ("me", str(caller.athlete_id)):
            raise self.refuses_with
        return caller


def _named(error: Exception) -> Exception:
    """Return the contract's name for a lost connection: the same ops may be sent again."""
    if isinstance(error, AppError | CoreError):
        return error
    if isinstance(error, RequestDataTooBig):
        return RequestTooLarge(limits=wire.LIMITS)
    lost = isinstance(error, InterfaceError) or "connection" in str(error)
    return OutcomeUnknown() if lost else error


class SyncView(FeedView):
    """A phone's round trip: push, pull a page, and the state of the derived records."""

    refuses_with = WrongAthlete

    def post(self, request: HttpRequest, athlete: str) -> HttpResponse:
        """Apply ops, then answer with results and a page from after the commit."""
        now = timezone.now()
        _ = request.body  # read from the network before anything is opened
        pushed: Pushed | None = None
        with reading():
            caller = self.caller(request, athlete, now)
            asked, tainted = wire.read(request, SyncRequest)
            if asked.ops:
                with writing():
                    pushed = push_ops(
                        athlete_id=caller.athlete_id,
                        device_id=caller.device_id,
                        ops=asked.ops,
                        epoch=asked.epoch,
                        witness=asked.witness,
                        sent_at=asked.sent_at,
                        now=now,
                        tainted=tainted,
                    )
                go_on_as(caller.athlete_id)
            pulled = _pull(caller, asked, pushed)
        return wire.answer(
            SyncResponse(
                request=asked.request,
                epoch=pulled.epoch,
                witness=pulled.witness,
                results=pushed.results if pushed else (),
                page=pulled.page,
                derived=pulled.derived,
                server_time=now,
                clock_offset_ms=offset_ms(sent_at=asked.sent_at, received_at=now),
                next_poll_s=pulled.next_poll_s,
            )
        )


def _pull(caller: Caller, asked: SyncRequest, pushed: Pushed | None = None) -> Pulled:
    verbatim = [result for result in pushed.results if result.status == "applied"] if pushed else []
    return pull_page(
        athlete_id=caller.athlete_id,
        cursor=asked.cursor,
        types=list(asked.types) if asked.types is not None else None,
        page=asked.page,
        epoch=asked.epoch,
        witness=None if pushed else asked.witness,
        echoes=frozenset(result.op for result in verbatim),
        want=frozenset(asked.want),
    )


class OpsView(FeedView):
    """Push only, for senders that keep no copy of the feed."""

    refuses_with = WrongAthlete

    def post(self, request: HttpRequest, athlete: str) -> HttpResponse:
        """Apply ops and answer with their results."""
        now = timezone.now()
        _ = request.body
        with reading():
            caller = self.caller(request, athlete, now)
            asked, tainted = wire.read(request, PushRequest)
            with writing():
                pushed = push_ops(
                    athlete_id=caller.athlete_id,
                    device_id=caller.device_id,
                    ops=asked.ops,
                    epoch=asked.epoch,
                    witness=None,
                    sent_at=asked.sent_at,
                    now=now,
                    tainted=tainted,
                )
        return wire.answer(
            PushResponse(
                request=asked.request,
                epoch=pushed.epoch,
                witness=pushed.witness,
                results=pushed.results,
                server_time=now,
            )
        )


class ChangesView(FeedView):
    """Pull only."""

    def get(self, request: HttpRequest, athlete: str) -> HttpResponse:
        """Answer with the page after the cursor."""
        now = timezone.now()
        types = request.GET.get("types")
        with reading():
            caller = self.caller(request, athlete, now)
            pulled = pull_page(
                athlete_id=caller.athlete_id,
                cursor=request.GET.get("cursor") or None,
                types=types.split(",") if types else None,
                page=PageRequest(max_rows=_row_limit(request)),
            )
        response = wire.answer(
            ChangesResponse(
                epoch=pulled.epoch,
                witness=pulled.witness,
                page=pulled.page,
                derived=pulled.derived,
                server_time=now,
                next_poll_s=pulled.next_poll_s,
            )
        )
        if not pulled.page.complete:
            query = request.GET.copy()
            query["cursor"] = pulled.page.cursor
            response["Link"] = f'<{request.path}?{query.urlencode()}>; rel="next"'
        return response


def _row_limit(request: HttpRequest) -> int:
    text = request.GET.get("max_rows", "500")
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= 2_000):
        raise MalformedRequest("max_rows is a number from 1 to 2000.")
    return int(text)
