"""Answers of plain views: a struct encoded once, or a problem."""

from collections.abc import Sequence
from functools import lru_cache
from typing import ClassVar

import msgspec
from django.http import HttpRequest, HttpResponse
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


def answer(value: object, *, status: int = 200) -> HttpResponse:
    """Return a struct as JSON; never cached."""
    response = HttpResponse(msgspec.json.encode(value), content_type=JSON, status=status)
    response["Cache-Control"] = "no-store"
    return response


def refuse(error: Exception) -> HttpResponse:
    """Return a refusal as a problem; anything unforeseen is raised on."""
    body = describe(error)
    if body is None:
        raise error
    response = HttpResponse(
        msgspec.json.encode(body), status=body["status"], content_type=MEDIA_TYPE
    )
    response["Cache-Control"] = "no-store"
    if body["retry"] == "after":
        response["Retry-After"] = str(getattr(error, "retry_after_s", 1))
    if body["status"] == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


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
