"""What the roster's templates show of rows: words, pictures, ages, what can be done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.safestring import SafeString, mark_safe

from apps.coaching.categories import Category
from apps.coaching.pages.signs import GROUPS, Sign, sign_of
from apps.coaching.panel import PanelPage
from apps.coaching.roster import AthleteRow
from backend.drawing import sparkline
from backend.panel import Reason
from backend.panel.due import DUE_SOON
from backend.summary.wording import rounded

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STALE = timedelta(days=3)  # half the way to silent
KNOWN_OF_DAYS = 28
AVAILABILITY = {"full": "Full", "limited": "Limited", "out": "Out"}


@dataclass(frozen=True)
class Line:
    """One athlete's line on the roster page.

    ``category`` is what the sentence is about, ``more`` the other reasons' signs in words, and
    ``acts`` what a coach can do from here.
    """

    row: AthleteRow
    sign: Sign
    sentence: str
    category: str
    more: int
    picture: SafeString | None
    last_data: str
    is_stale: bool
    is_overdue: bool
    availability: str
    availability_word: str
    acts: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """A group of the roster page; ``is_folded`` when something more pressing is there."""

    key: str
    word: str
    note: str
    count: int
    lines: tuple[Line, ...]
    is_folded: bool


def sections(found: PanelPage, *, is_searched: bool = False) -> list[Section]:
    """Return the groups that hold somebody on this page, most pressing first.

    Who steady athletes are is folded away below others, but not from somebody who searches.
    """
    shown: list[Section] = []
    for key, (word, note) in GROUPS.items():
        lines = tuple(line(row, now=found.as_of) for row in found.rows if row.group == key)
        if lines:
            is_folded = key == "steady" and bool(shown) and not is_searched
            count = found.counts.get(key, len(lines))
            shown.append(Section(key, word, note, count, lines, is_folded))
    return shown


def line(row: AthleteRow, *, now: datetime) -> Line:
    """Return one athlete's line, told by the reason the row stands where it does."""
    found = _leading(row)
    is_told = bool(found) and row.group != "silent"
    sentence = found[0][1].sentence if is_told else row.sentence
    return Line(
        row=row,
        sign=sign_of(row.group, found, mark=row.reviewed.kind if row.reviewed else ""),
        sentence=sentence,
        category=found[0][0] if is_told else Category.SESSIONS.value,
        more=sum(reason.sentence != sentence for reason in row.reasons),
        picture=picture_of(row.sparkline),
        last_data=age(row.last_data_at, now=now),
        is_stale=row.last_data_at is None or now - row.last_data_at >= STALE,
        is_overdue=bool(row.next_due_on and row.as_of and row.next_due_on < row.as_of),
        availability=row.availability or "unknown",
        availability_word=AVAILABILITY.get(row.availability or "", "No answer"),
        acts=_acts(row),
    )


def reasons_of(row: AthleteRow) -> list[tuple[str, Reason]]:
    """Return a row's reasons with their categories, in the row's order."""
    of = {id(reason): key.value for key, part in row.parts.items() for reason in part.reasons}
    return [(of.get(id(reason), ""), reason) for reason in row.reasons]


def _leading(row: AthleteRow) -> list[tuple[str, Reason]]:
    """Return the reasons no mark covers; of somebody due soon, what is due comes first."""
    covered = set(row.reviewed.reasons) if row.reviewed else set()
    found = [(key, reason) for key, reason in reasons_of(row) if reason.mark not in covered]
    if row.group == "due_soon":
        found.sort(key=lambda one: not one[1].code.endswith(DUE_SOON))
    return found


def _acts(row: AthleteRow) -> tuple[str, ...]:
    """Return what helps with a row as it stands; what was done can be undone first."""
    if row.reviewed is not None:
        return ("undo",)
    if row.group == "needs_a_look":
        is_late = any(reason.code.endswith("_overdue") for reason in row.reasons)
        return ("review", "nudge" if is_late else "ask", "snooze")
    return {"silent": ("nudge", "snooze"), "due_soon": ("nudge",)}.get(row.group, ())


def picture_of(weeks: Sequence[float]) -> SafeString | None:
    """Return the small picture of weekly loading, with what it shows in words."""
    if not weeks:
        return None
    told = ", ".join(rounded(week, places=0) for week in weeks)
    drawn = sparkline(weeks, label=f"Bone loading units by week, oldest first: {told}")
    return mark_safe(drawn)  # noqa: S308 (drawn and escaped by backend.drawing)


def age(at: datetime | None, *, now: datetime) -> str:
    """Return how long ago, as people say it."""
    if at is None:
        return "none yet"
    passed = now - at
    if passed < HOUR:
        return "under 1 h ago"
    return f"{passed // HOUR} h ago" if passed < DAY else f"{passed // DAY} d ago"
