"""Query strings, read strictly: nothing is guessed and nothing unknown is passed over.

A parameter a server overlooks gives an answer to another question than the one asked.
"""

import re
from collections.abc import Collection, Mapping
from typing import ClassVar
from urllib.parse import parse_qsl

from django.http import HttpRequest

from apps.common.errors import AddressTooLong, AppError

MAX_QUERY_BYTES = 8 * 1024
MAX_PARAMETERS = 20
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class InvalidParameter(AppError):
    """A query parameter is unknown, given twice, or not of its documented form."""

    code: ClassVar[str] = "invalid-parameter"
    status: ClassVar[int] = 400


def read_query(request: HttpRequest, known: Collection[str]) -> dict[str, str]:
    """Return the query's parameters; an empty value is an absent one.

    Raises ``InvalidParameter`` for any other than ``known``, for one given twice, and for text
    that is not UTF-8 or holds control characters; ``AddressTooLong``.
    """
    raw = request.META.get("QUERY_STRING", "")
    if not raw:
        return {}
    if len(raw) > MAX_QUERY_BYTES:
        raise AddressTooLong(limits={"max_bytes": MAX_QUERY_BYTES})
    try:
        pairs = parse_qsl(
            raw,
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MAX_PARAMETERS,
        )
    except ValueError as error:
        raise InvalidParameter("The query can not be read.") from error
    values: dict[str, str] = {}
    for name, value in pairs:
        if name not in known:
            raise InvalidParameter("The query has a parameter this address does not know.")
        if name in values:
            raise InvalidParameter("A parameter is given twice.", parameter=name)
        if _CONTROL.search(value):
            raise InvalidParameter("A parameter holds control characters.", parameter=name)
        values[name] = value
    return {name: value for name, value in values.items() if value}


def whole_number(
    values: Mapping[str, str], name: str, *, default: int, least: int, most: int
) -> int:
    """Return a parameter as a number. Raises ``InvalidParameter`` outside of its range."""
    text = values.get(name)
    if text is None:
        return default
    digits = len(str(most))
    if text.isascii() and text.isdigit() and len(text) <= digits and least <= int(text) <= most:
        return int(text)
    raise InvalidParameter(
        f"{name} is a number from {least} to {most}.", parameter=name, limits={name: most}
    )
