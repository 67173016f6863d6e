"""What the rules read of one person, and what one of them asks for."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from uuid import UUID

import msgspec

from backend.models import run
from backend.readmodels import LoadDay
from backend.records.ids import server_id
from backend.records.injury import Injury
from backend.records.medication import Medication
from backend.summary.facts import Fact
from backend.summary.situation import Situation

OPEN_ENDED_DAYS = 14  # our convention: how long a rest or illness without an end is believed


class Ask(msgspec.Struct, frozen=True):
    """When something is due, and the record that says so.

    ``reason`` is a code, the rule's own when absent; ``again`` a second day the text may name.
    ``since`` is the day an interval is counted from, where a person may set another one;
    ``is_silent_before`` keeps it out of the plan until its day.
    """

    due: date
    source: UUID
    reason: str | None = None
    again: date | None = None
    since: date | None = None
    is_silent_before: bool = False


class Case(msgspec.Struct, frozen=True):
    """One person: the summary's situation, and what only reminders read.

    ``weeks`` are load days of thirteen weeks, oldest first; ``first_session`` the day of the
    first session ever, ``last_sync`` the local day on which a device last asked or sent something.
    """

    about: Situation
    athlete_id: UUID
    weeks: tuple[LoadDay, ...] = ()
    first_session: date | None = None
    last_sync: date | None = None

    def source(self, name: str, of: date | None = None) -> UUID:
        """Return the source of what rests on no single record; the same every time.

        What comes back is ``of`` a day: each time is a reminder by itself, and an answer to one
        says nothing of the next.
        """
        told = name if of is None else f"{name}/{of.isoformat()}"
        return server_id(self.athlete_id, f"reminder-source/{told}")

    def taken(self, code: str) -> Fact[Medication] | None:
        """Return the newest drug of a kind that is taken on the day."""
        return next(
            (
                one
                for one in self.about.facts.medications
                if one.body.code == code
                and one.day <= self.about.as_of
                and (one.body.ended_date is None or one.body.ended_date >= self.about.as_of)
            ),
            None,
        )

    def open_injuries(self) -> Iterator[Fact[Injury]]:
        """Return injuries that are not over on the day."""
        for one in self.about.facts.injuries:
            if one.body.closed_date is None or one.body.closed_date > self.about.as_of:
                yield one

    def says(self, words: Sequence[str]) -> date | None:
        """Return the last day of a noted plan that names one of ``words`` and is not over.

        There is no record of its own for a booked scan. One ahead counts, and a plan without
        an end lasts while it has begun.
        """
        named = re.compile(rf"\b({'|'.join(words)})\b", re.IGNORECASE)
        for one in self.about.facts.interventions:
            ends = one.body.ended_date or max(one.day, self.about.as_of)
            if named.search(one.body.what) and ends >= self.about.as_of:
                return ends
        return None

    def lasts(self, phrases: Sequence[str]) -> date | None:
        """Return the last day of a noted rest or illness that holds the day.

        It is told by whole phrases (patterns): there is no record of its own for it.
        """
        named = re.compile(
            rf"(?<![\w'\u2019])(?:{'|'.join(phrases)})(?![\w'\u2019])", re.IGNORECASE
        )
        ends = [
            one.body.ended_date or one.day + timedelta(days=OPEN_ENDED_DAYS - 1)
            for one in self.about.facts.interventions
            if one.day <= self.about.as_of and named.search(one.body.what.strip())
        ]
        return max((end for end in ends if end >= self.about.as_of), default=None)


Rule = Callable[[Case], Sequence[Ask]]


def due_by(model: str, given: dict[str, object]) -> tuple[date, str | None] | None:
    """Return the day a model says something is due, and its reason or basis; None when not."""
    result = run(model, given)
    due, reason = result.get("due"), result.get("reason") or result.get("basis")
    if not isinstance(due, str):
        return None
    return date.fromisoformat(due), reason if isinstance(reason, str) else None
