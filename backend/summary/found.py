"""One finding with its words in every language."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from backend.records.server_owned import Finding
from backend.summary.situation import Situation
from backend.summary.wording import join, number, say, say_date


def finding(
    about: Situation,
    code: str,
    level: int,
    *,
    grade: str,
    on: date,
    window_days: int,
    keys: Sequence[str],
    records: Sequence[UUID] = (),
    value: float | None = None,
    unit: str | None = None,
    trend: str | None = None,
    **said: object,
) -> Finding:
    """Return a finding whose text is the sentences of ``keys``, in order.

    Args:
        on: the local day it rests on.
        keys: sentences of the phrasebook: what was recorded, against which reference, how
            sure, what could be done.
        said: values of the sentences; days and numbers are written as people read them, and
            what differs by language is a function of the locale.
    """
    return Finding(
        code=code,
        level=level,
        grade=grade,
        observed_on=on,
        window_days=window_days,
        observation_ids=tuple(dict.fromkeys(records)),
        trend=trend,
        text={locale: _text(keys, said, locale) for locale in about.locales},
        value=value,
        unit=unit,
    )


def _text(keys: Sequence[str], said: dict[str, object], locale: str) -> str:
    words = _words(said, locale)
    return join(say(key, locale, **words) for key in keys if key)


def _words(said: dict[str, object], locale: str) -> dict[str, object]:
    words: dict[str, object] = {}
    for name, value in said.items():
        if isinstance(value, date):
            words[name] = say_date(value, locale)
        elif isinstance(value, float | Decimal):
            words[name] = number(value, locale, places=2 if name.endswith("_2") else 1)
        elif callable(value):
            words[name] = value(locale)
        else:
            words[name] = value
    return words
