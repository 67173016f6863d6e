"""Who looked at an athlete: the access log, newest first, with where its chain ends."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.accounts.models import User
from apps.accounts.selectors import names_of
from apps.coaching.categories import Category, in_order
from apps.coaching.models import AccessLine
from apps.coaching.selectors import team_names
from apps.coaching.services.checking import head_of, line_of
from apps.common.actor import snapshot_as
from backend.access_chain import GENESIS, Head, Line

PAGE_LINES = 100
STEP = 1_000


@dataclass(frozen=True)
class LookInView:
    """A line of the log, with the names it stands for today."""

    line: Line
    viewer_name: str
    team_name: str

    @property
    def at(self) -> datetime:
        """Return when somebody looked."""
        return self.line.at

    @property
    def categories(self) -> tuple[Category, ...]:
        """Return the categories that were shown and are known today."""
        return tuple(in_order(self.line.categories))


@dataclass(frozen=True)
class LogInView:
    """A page of a log and the head of the whole of it, from one instant.

    ``next_before`` leads to older lines, None when there are none.
    """

    athlete_id: UUID
    looks: tuple[LookInView, ...]
    head: Head
    next_before: int | None


def access_log_of(*, owner: User, before: int | None = None, limit: int = PAGE_LINES) -> LogInView:
    """Return who looked at the athlete's data, newest first, from before a line's number on."""
    with snapshot_as(owner.id):
        rows = AccessLine.objects.filter(athlete_id=owner.id).order_by("-seq")
        if before is not None:
            rows = rows.filter(seq__lt=before)
        found = list(rows[: limit + 1])
        shown = found[:limit]
        return LogInView(
            athlete_id=owner.id,
            looks=tuple(_named([line_of(row) for row in shown])),
            head=head_of(owner.id) or Head(0, GENESIS),
            next_before=shown[-1].seq if len(found) > limit else None,
        )


def whole_log_of(*, owner: User) -> list[LookInView]:
    """Return the whole log, oldest first, for a copy to keep."""
    with snapshot_as(owner.id):
        rows = AccessLine.objects.filter(athlete_id=owner.id).order_by("seq")
        return list(_named([line_of(row) for row in rows.iterator(chunk_size=STEP)]))


def _named(lines: Sequence[Line]) -> Iterator[LookInView]:
    names = names_of({line.viewer_id for line in lines})
    teams = team_names({line.team_id for line in lines})
    for line in lines:
        yield LookInView(line, names.get(line.viewer_id, ""), teams.get(line.team_id, ""))
