"""The words that leave the inbox: what an e-mail or a push says, and the pages behind its links."""

import msgspec

from backend.tables import read_table

SOURCE_LOCALE = "en"


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The generic sentences of one language; ``actions`` and ``explained`` by action."""

    subject: str
    body: str
    open: str
    digest_subject: str
    digest_body: str
    access_given_subject: str
    access_given_body: str
    access_ends_subject: str
    access_ends_body: str
    calendar: str
    stop: str
    stop_explained: str
    stopped: str
    stopped_explained: str
    noted: str
    noted_explained: str
    already: str
    already_explained: str
    gone: str
    gone_explained: str
    busy: str
    busy_explained: str
    actions: dict[str, str]
    explained: dict[str, str]


class _Nudges(msgspec.Struct, frozen=True):
    version: str
    words: dict[str, Words]


_NUDGES = read_table("backend.reminding", "nudges.toml", _Nudges)
VERSION: str = _NUDGES.version
WORDS: dict[str, Words] = _NUDGES.words


def language_of(wanted: str | None) -> str:
    """Return the language to write in for a locale such as ``de-AT``; English when unknown."""
    language = (wanted or "").strip().lower().replace("_", "-").split("-")[0]
    return language if language in WORDS else SOURCE_LOCALE


def words_for(wanted: str | None) -> Words:
    """Return the sentences of a locale's language, else the English ones."""
    return WORDS[language_of(wanted)]
