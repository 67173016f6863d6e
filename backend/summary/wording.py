"""Sentences from templates, linted; dates and numbers as people read them."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

import msgspec

from backend.errors import CoreError
from backend.summary.lint import violations
from backend.tables import read_table

FOOTER = "footer"  # the one text that may name what the service does not claim
SOURCE_LOCALE = "en"
DECIMAL_POINT = re.compile(r"(?<=\d)\.(?=\d)")


class ForbiddenWording(CoreError):
    """A rendered sentence claims more than the evidence allows."""

    code = "summary.forbidden_wording"


class Phrasebook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The templates of one locale.

    ``day`` says a date of a day and a month, ``decimal`` stands before the tenths, ``terms`` are
    the words for our own names of things (classes, sites), where they are not those names.
    """

    version: str
    locale: str
    decimal: str
    day: str
    months: tuple[str, ...]
    texts: dict[str, str]
    terms: dict[str, str] = {}


LOCALES = ("en", "de")
_BOOKS = {
    locale: read_table("backend.summary", f"texts_{locale}.toml", Phrasebook) for locale in LOCALES
}
VERSIONS: dict[str, str] = {f"texts_{locale}": book.version for locale, book in _BOOKS.items()}


def phrasebook(locale: str) -> Phrasebook:
    """Return the templates of a locale or of its language, else English."""
    return _BOOKS.get(locale) or _BOOKS.get(locale.split("-")[0]) or _BOOKS[SOURCE_LOCALE]


def locales_for(wanted: str | None) -> tuple[str, ...]:
    """Return in which languages to write for somebody: English, and theirs where we have it."""
    language = phrasebook(wanted or SOURCE_LOCALE).locale
    return tuple(dict.fromkeys((SOURCE_LOCALE, language)))


def say(key: str, locale: str, **values: object) -> str:
    """Return the sentence ``key`` with its values filled in.

    Raises:
        ForbiddenWording: the sentence fails ``summary.text_lint`` (the footer is exempt).
    """
    if values and "{" in phrasebook(locale).texts[key]:
        return _said(key, locale, values)
    return _always_said(key, locale)


@cache
def _always_said(key: str, locale: str) -> str:
    return _said(key, locale, {})


def _said(key: str, locale: str, values: Mapping[str, object]) -> str:
    text = phrasebook(locale).texts[key].format(**values)
    return text if key == FOOTER else checked(text)


def checked(text: str) -> str:
    """Return ``text`` if it passes ``summary.text_lint``; see ``say``."""
    found = violations(text)
    if found:
        raise ForbiddenWording(f"forbidden wording: {', '.join(found)}")
    return text


def join(sentences: Iterable[str]) -> str:
    """Return sentences as one paragraph, without the empty ones."""
    return " ".join(sentence for sentence in sentences if sentence)


def say_date(day: date, locale: str, *, precision: str = "day") -> str:
    """Return a day, month or year in words, no more precise than it is known."""
    if precision == "year":
        return str(day.year)
    book = phrasebook(locale)
    month = f"{book.months[day.month - 1]} {day.year}"
    return month if precision == "month" else book.day.format(day=day.day, month=month)


def number(value: Decimal | float, locale: str, *, places: int = 1) -> str:
    """Return a number rounded for display, in the digits of a locale."""
    return in_digits(rounded(value, places=places), locale)


def in_digits(text: str, locale: str) -> str:
    """Return a text in which decimals are written with the decimal sign of a locale."""
    return DECIMAL_POINT.sub(phrasebook(locale).decimal, text)


def term(name: str, locale: str) -> str:
    """Return the words for one of our own names, such as a class or a site."""
    return phrasebook(locale).terms.get(name) or name.replace("_", " ")


def rounded(value: Decimal | float, *, places: int = 1) -> str:
    """Return a number for display, halves away from zero, without needless zeros."""
    return plain(_quantized(value, places))


def fixed(value: Decimal | float, *, places: int) -> str:
    """Return a number for display like ``rounded``, always with all its places."""
    return format(_quantized(value, places), "f")


def to_places(value: Decimal | float, *, places: int = 1) -> float:
    """Return a number like ``rounded``, for a table that keeps numbers."""
    return float(_quantized(value, places))


def _quantized(value: Decimal | float, places: int) -> Decimal:
    return Decimal(str(value)).quantize(_step(places), rounding=ROUND_HALF_UP)


@cache
def _step(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)


def plain(value: Decimal) -> str:
    """Return a decimal without exponent and without trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
