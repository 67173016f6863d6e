"""Base of the views that read and write feeds: who asks, how much, and in which words.

A plain Django view, not DRF's: nothing here needs a session, a serializer or a renderer.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponseBase
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from psycopg.errors import ReadOnlySqlTransaction

from apps.accounts.access import Caller, identify
from apps.common.answers import JSON, Answer, MethodNotAllowed, chosen_media, refusal
from apps.common.errors import AppError, NotFound
from apps.common.methods import API_METHODS
from apps.common.queries import read_query
from apps.common.rates import Allowance, TooManyRequests, spend
from apps.sync import clients
from apps.sync.api import wire
from apps.sync.api.wire import Envelope
from apps.sync.errors import (
    ClientTooOld,
    Maintenance,
    OutcomeUnknown,
    RequestTooLarge,
    WrongAthlete,
)
from backend.errors import CoreError

UUID_CHARACTERS = 36


class FeedView(View):
    """Any refusal becomes a problem, a commit whose fate is unknown says so.

    ``parameters`` are those of the query, any other is refused; ``offers`` the media types
    answered in. ``takes_old_clients`` for views that an app below its minimum build may use.
    """

    parameters: ClassVar[frozenset[str]] = frozenset()
    offers: ClassVar[tuple[str, ...]] = (JSON,)
    takes_old_clients: ClassVar[bool] = False
    http_method_names = API_METHODS

    query: dict[str, str]
    media: str
    request_id: UUID | None = None  # that of the envelope, once it is read
    allowance: Allowance | None = None

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., HttpResponseBase]:
        """Return the view without form tokens: bearer tokens only, never a cookie."""
        return csrf_exempt(super().as_view(**initkwargs))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer in Django's way."""
        return self.answer(request, *args, **kwargs).as_response()

    def answer(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Answer:
        """Run the method, render what it refuses, and tell what is left of the quota."""
        answer: Answer
        try:
            answer = self._handler(request)(request, *args, **kwargs)
        except (AppError, CoreError, DatabaseError, InterfaceError, RequestDataTooBig) as error:
            answer = refusal(_named(error), request=self.request_id)
            if isinstance(error, MethodNotAllowed):
                answer.headers["Allow"] = ", ".join(
                    name.upper() for name in self.http_method_names if hasattr(self, name)
                )
            if isinstance(error, TooManyRequests):
                self.allowance = error.allowance
        if self.allowance is not None:
            answer.headers |= self.allowance.headers
        return answer

    def _handler(self, request: HttpRequest) -> Callable[..., Answer]:
        name = (request.method or "").lower()
        handler = getattr(self, name, None) if name in self.http_method_names else None
        if handler is None:
            raise MethodNotAllowed
        return handler  # type: ignore[no-any-return]  # a view's method

    def admit(self, request: HttpRequest, now: datetime) -> Caller:
        """Return who asks, once it is clear that the request can be answered.

        One statement; it tells row-level security who acts when inside a transaction.
        """
        caller = identify(request.META.get("HTTP_AUTHORIZATION", ""), now=now)
        self.allowance = spend(str(caller.device_id), now_s=now.timestamp())
        self.read_question(request)
        least = clients.missing_build(request.META.get(clients.HEADER, ""))
        if least is not None and not self.takes_old_clients:
            raise ClientTooOld(min_build=least)
        return caller

    def read_question(self, request: HttpRequest) -> None:
        """Read what is asked for and in which words, for anybody who may ask."""
        self.media = chosen_media(request, self.offers)
        self.query = read_query(request, self.parameters)

    def envelope(
        self, request: HttpRequest, kind: type[Envelope]
    ) -> tuple[Envelope, Mapping[UUID, str]]:
        """Return the request's envelope, and where ops in it hold what no strict decoder reads.

        From here on a refusal names the request. Raises as `wire.read` and `wire.check`; then no
        op was evaluated.
        """
        asked = wire.read(request, kind)
        self.request_id = asked.envelope.request
        return asked.envelope, wire.check(asked)

    def owner(self, request: HttpRequest, athlete: str, now: datetime) -> Caller:
        """Return who asks, if the feed is theirs; any other id is refused unseen."""
        caller = self.admit(request, now)
        if athlete != "me" and athlete.lower() not in ("me", str(caller.athlete_id)):
            raise WrongAthlete
        return caller


def id_in_path(text: str) -> UUID:
    """Return an id of the address; what is none names nothing. Raises ``NotFound``."""
    if len(text) != UUID_CHARACTERS:
        raise NotFound  # Python reads ids in braces, too
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound from error


def _named(error: Exception) -> Exception:
    """Return the contract's name for what the database said: the same ops may be sent again."""
    if isinstance(error, AppError | CoreError):
        return error
    if isinstance(error, RequestDataTooBig):
        return RequestTooLarge(limits=wire.LIMITS)
    if isinstance(error.__cause__, ReadOnlySqlTransaction):
        return Maintenance()
    if not isinstance(error, OperationalError | InterfaceError):
        return error  # a defect of ours
    lost = isinstance(error, InterfaceError) or "connection" in str(error)
    return OutcomeUnknown() if lost else error
