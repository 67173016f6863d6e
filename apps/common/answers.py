"""Answers of plain views: a struct encoded once, or a problem."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import ClassVar

import msgspec
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.request import MediaType
from django.utils.http import parse_etags

from apps.common.errors import MEDIA_TYPE, AppError, describe

JSON = "application/json"
MAX_RANGES = 32  # of an Accept header; what stands behind is not read


class NotAcceptable(AppError):
    """None of the media types the request accepts is spoken here."""

    code: ClassVar[str] = "not-acceptable"
    status: ClassVar[int] = 406


class MethodNotAllowed(AppError):
    """This address does not answer the request's method; see ``Allow``."""

    code: ClassVar[str] = "method-not-allowed"
    status: ClassVar[int] = 405


class Answer(msgspec.Struct):
    """An answer before it is Django's; one in parts is sent as they come."""

    status: int
    headers: dict[str, str]
    body: bytes | Iterable[bytes] = b""

    def as_response(self) -> HttpResponse | StreamingHttpResponse:
        """Return the same as Django has it."""
        kind = HttpResponse if isinstance(self.body, bytes) else StreamingHttpResponse
        response = kind(self.body, status=self.status, headers=self.headers)
        if "Content-Type" not in self.headers:
            del response["Content-Type"]
        return response


def encoded(value: object, *, status: int = 200) -> Answer:
    """Return a struct as JSON; never cached."""
    headers = {"Content-Type": JSON, "Cache-Control": "no-store"}
    return Answer(status, headers, msgspec.json.encode(value))


def refusal(error: Exception, **members: object) -> Answer:
    """Return a refusal as a problem, with more members; anything unforeseen is raised on."""
    body = describe(error)
    if body is None:
        raise error
    body.update({name: value for name, value in members.items() if value is not None})
    headers = {"Content-Type": MEDIA_TYPE, "Cache-Control": "no-store"}
    if body["retry"] == "after":
        headers["Retry-After"] = str(getattr(error, "retry_after_s", 1))
    if body["status"] == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Answer(body["status"], headers, msgspec.json.encode(body))


def answer(value: object, *, status: int = 200) -> HttpResponse:
    """Return a struct as JSON for Django; never cached."""
    return encoded(value, status=status).as_response()  # type: ignore[return-value]  # in one part


def refuse(error: Exception) -> HttpResponse:
    """Return a refusal as a problem for Django; anything unforeseen is raised on."""
    return refusal(error).as_response()  # type: ignore[return-value]  # in one part


def has_tag(request: HttpRequest, tag: str) -> bool:
    """Return whether the client says it has the representation of this ``ETag`` already."""
    header = request.META.get("HTTP_IF_NONE_MATCH")
    if header is None:
        return False
    tags = parse_etags(header)
    return "*" in tags or tag.removeprefix("W/") in (one.removeprefix("W/") for one in tags)


def chosen_media(request: HttpRequest, offers: tuple[str, ...]) -> str:
    """Return the media type to answer in: the best accepted, of equals the first offered.

    Raises ``NotAcceptable``.
    """
    header = request.META.get("HTTP_ACCEPT")
    return offers[0] if header is None else _chosen(header, offers)


@lru_cache(maxsize=256)  # clients send few different ones
def _chosen(header: str, offers: tuple[str, ...]) -> str:
    ranges = [MediaType(part) for part in header.split(",")[:MAX_RANGES] if part.strip()]
    if not ranges:
        return offers[0]
    weights = [_weight(offer, ranges) for offer in offers]
    if not max(weights) > 0:
        raise NotAcceptable
    return offers[weights.index(max(weights))]


def _weight(offer: str, ranges: Sequence[MediaType]) -> float:
    """Return how welcome a media type is: the weight of the most specific range it fits."""
    fitting = [one for one in ranges if one.match(offer)]
    closest = max(fitting, key=lambda one: one.specificity, default=None)
    return float(closest.quality) if closest else 0.0
