"""What an athlete can share, in the words they read before they decide."""

import hashlib
from collections.abc import Iterable
from enum import StrEnum


class Category(StrEnum):
    """One part of an athlete's data; the values are the categories of panel rows."""

    SESSIONS = "sessions"
    LOADING = "loading"
    LABS = "labs"
    REMINDERS = "reminders"

    @property
    def title(self) -> str:  # type: ignore[override]  # a category's title, not str.title
        """Return the category's name for people."""
        return WHAT_IT_SHOWS[self][0]

    @property
    def shows(self) -> str:
        """Return what a team sees by it."""
        return WHAT_IT_SHOWS[self][1]


# What an invitation asks when the coach does not say.
USUAL = (Category.SESSIONS, Category.LOADING)
WHAT_IT_SHOWS: dict[Category, tuple[str, str]] = {
    Category.SESSIONS: (
        "Sessions",
        "each session with its day, how long it was, what you did and how hard, past ones included",
    ),
    Category.LOADING: ("Bone loading", "weekly loading from your sessions, past weeks included"),
    Category.LABS: (
        "Lab results",
        "each value with its unit, range and day, and whether it is worth a look",
    ),
    Category.REMINDERS: ("Retests", "which retests are due, and when"),
}
# The category that opens a type of record; a type that is not here is the athlete's alone.
RECORD_CATEGORY: dict[str, Category] = {
    "workout_session": Category.SESSIONS,
    "lab_result": Category.LABS,
    "reminder": Category.REMINDERS,
}
NEVER_SHARED = (
    "Your notes, and the files your records came from",
    "Your risk summary as a whole",
    "Your e-mail address and your devices",
)

CONSENT_TEXT_VERSION = "2026-12"
# Words before these promised that records themselves are never shared; such a grant goes on
# to open what it said, and no record.
RECORDS_SHARED_SINCE = "2026-12"
CONSENT_TEXT = "\n".join(
    [
        "The coaches who are in this team today may read what I ticked, and when my last data "
        "came in, until the day I chose.",
        *(f"{title}: {shows}." for title, shows in WHAT_IT_SHOWS.values()),
        "I can take a part away or end all of it at any time. It works from their next look, "
        "and they are not told why.",
        "Every look is written down where I can read it.",
    ]
)
CONSENT_TEXT_DIGEST = hashlib.sha256(CONSENT_TEXT.encode()).digest()


def in_order(categories: Iterable[str]) -> list[Category]:
    """Return known categories, each once, in the order people read them."""
    chosen = set(categories)
    return [category for category in Category if category in chosen]
