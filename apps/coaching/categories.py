"""What an athlete can share, in the words they read before they decide."""

import hashlib
from collections.abc import Iterable
from enum import StrEnum


class Category(StrEnum):
    """One part of an athlete's data; the values are the categories of panel rows."""

    SESSIONS = "sessions"
    LOADING = "loading"
    STRENGTH = "strength"
    BODY_COMPOSITION = "body_composition"
    LABS = "labs"
    LABS_STATUS = "labs_status"
    DXA = "dxa"
    INJURIES = "injuries"
    REMINDERS = "reminders"
    CYCLE = "cycle"
    ENERGY = "energy"

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
# Never asked unless a coach sets them one by one, never ticked for anybody.
SENSITIVE = frozenset({Category.CYCLE, Category.ENERGY})
# Of these, the first tells all that the second does.
LEVELS = ((Category.LABS, Category.LABS_STATUS),)
WHAT_IT_SHOWS: dict[Category, tuple[str, str]] = {
    Category.SESSIONS: (
        "Sessions",
        "each session with its day, how long it was, what you did and how hard, past ones "
        "included, whether you said that you can train, and the day your phone last synced",
    ),
    Category.LOADING: ("Bone loading", "weekly loading from your sessions, past weeks included"),
    Category.STRENGTH: (
        "Strength and function",
        "each test of strength, gait or balance with its day and result",
    ),
    Category.BODY_COMPOSITION: (
        "Body composition",
        "each weighing and measurement of fat and lean mass with its day",
    ),
    Category.LABS: (
        "Lab results",
        "each value with its unit, range and day, and whether it is worth a look",
    ),
    Category.LABS_STATUS: (
        "Lab results, status only",
        "whether a result is in its range, outside it or due, and never a value",
    ),
    Category.DXA: ("Bone scans", "each DXA scan with its day, sites, densities and scores"),
    Category.INJURIES: (
        "Injuries",
        "each injury you entered, where it is, since when and how it stands",
    ),
    Category.REMINDERS: ("Retests", "which retests are due, and when"),
    Category.CYCLE: ("Cycle", "the days of your periods that you entered"),
    Category.ENERGY: ("Energy screens", "how your screens of energy came out, and not the answers"),
}
NEVER_SHARED = (
    "Your notes to yourself, and the files your records came from",
    "Your risk summary as a whole",
    "Your e-mail address and your devices",
)

CONSENT_TEXT_VERSION = "2027-02"
# Words before these promised that records themselves are never shared; such a grant goes on
# to open what it said, and no record.
RECORDS_SHARED_SINCE = "2026-12"
# Words before these did not say that a team sees when the phone last synced.
SYNCED_SHARED_SINCE = "2027-02"
CONSENT_TEXT = "\n".join(
    [
        "The coaches who are in this team today may read what I ticked, and when my last data "
        "came in, until the day I chose. With my sessions they see on which day my phone last "
        "synced. A head coach may let an assistant see me or not.",
        *(f"{title}: {shows}." for title, shows in WHAT_IT_SHOWS.values()),
        "I can pause it, take a part away or end all of it at any time. It works from their "
        "next look, and they are not told why.",
        "Every look is written down where I can read it.",
    ]
)
CONSENT_TEXT_DIGEST = hashlib.sha256(CONSENT_TEXT.encode()).digest()


def known_among(categories: Iterable[str]) -> frozenset[Category]:
    """Return those of these words that are categories today."""
    chosen = set(categories)
    return frozenset(category for category in Category if category in chosen)


def in_order(categories: Iterable[str]) -> list[Category]:
    """Return known categories, each once, in the order people read them; of levels the fullest."""
    chosen = set(categories)
    chosen -= {lesser for fuller, lesser in LEVELS if fuller in chosen}
    return [category for category in Category if category in chosen]


def within(asked: Iterable[str]) -> frozenset[Category]:
    """Return what may be ticked where so much is asked: the same, or a lesser level of it."""
    known = known_among(asked)
    return known | {lesser for fuller, lesser in LEVELS if fuller in known}


def as_asked(asked: Iterable[str]) -> list[list[Category]]:
    """Return what is asked as an athlete decides it: one choice each, or one of several levels."""
    offered = within(asked)
    lesser_of = dict(LEVELS)
    lesser = {lesser_of[one] for one in offered if one in lesser_of}
    return [
        [one, lesser_of[one]] if one in lesser_of else [one]
        for one in Category
        if one in offered and one not in lesser
    ]


def not_granted(categories: Iterable[str]) -> list[Category]:
    """Return what stays hidden beside these; of levels only the fullest, and none if one is in."""
    chosen = set(categories)
    of_a_level = {one for level in LEVELS if chosen & set(level) for one in level}
    lesser = {lesser for _, lesser in LEVELS}
    return [one for one in Category if one not in chosen | of_a_level | lesser]
