"""Which sessions a change concerns: its own, and whatever the rule or a person links with them."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from uuid import UUID

from apps.insights.fusion_selectors import step
from backend.fusion.candidates import Candidate, Nearby, days_near
from backend.fusion.decisions import Decision
from backend.fusion.pairs import compare
from backend.fusion.tables import MOST_A_DAY
from backend.readmodels import FusionRow


class Circle:
    """Sessions to decide anew, found by going from link to link until none leads out.

    A round of statements per step, and most changes take one or two; how much is read depends
    on what happened around the changed sessions, not on the length of the history.

    Args:
        athlete_id: whose sessions they are.
        fresh: changed sessions as they are now, None when gone or flagged.
        said: changed decisions as they are now, None when gone.
        is_whole: whether these are all there are; then nothing is read.
    """

    def __init__(
        self,
        athlete_id: UUID,
        *,
        fresh: Mapping[UUID, Candidate | None],
        said: Mapping[UUID, Decision | None],
        is_whole: bool = False,
    ) -> None:
        self.athlete_id = athlete_id
        self.is_whole = is_whole
        self.fresh = fresh
        self.said = said
        self.records: set[UUID] = set()
        self.standing: dict[UUID, FusionRow] = {}
        self._before: dict[UUID, Candidate] = {}  # changed sessions as they were
        self._stored: dict[UUID, Candidate] = {}  # sessions that did not change
        self._decisions: dict[UUID, Decision] = {}
        self._was_said: dict[UUID, Decision] = {}
        self._read_days: set[date] = set()
        # Only what did not change is looked for around others: who changed is in it anyhow, and
        # an import may bring thousands of sessions that start together.
        self._nearby = Nearby()
        self._starts = Counter(one.utc_date for one in fresh.values() if one is not None)
        self._search()

    @property
    def candidates(self) -> list[Candidate]:
        """The sessions of the circle as they are now."""
        now = {**self._stored, **self.fresh}
        return [found for one in self.records if (found := now.get(one)) is not None]

    @property
    def decisions(self) -> list[Decision]:
        """The decisions about them as they are now."""
        return list(self._decisions.values())

    @property
    def redecided(self) -> set[UUID]:
        """The records that a changed decision is or was about."""
        changed = (*self._was_said.values(), *self.said.values())
        return {record for one in changed if one is not None for record in one.pair}

    @property
    def crowded(self) -> frozenset[date]:
        """The days on which more starts than anybody records."""
        return frozenset(day for day, count in self._starts.items() if count > MOST_A_DAY)

    def _search(self) -> None:
        self._decisions.update({key: one for key, one in self.said.items() if one is not None})
        frontier = {*self.fresh, *self.redecided}
        self._read(frontier, changed=[*self.said])
        reached = self._reached_from(frontier) | self.redecided | self._of_filling_days()
        self.records |= frontier
        while frontier := reached - self.records:
            self._read(frontier)
            reached = self._reached_from(frontier)
            self.records |= frontier

    def _read(self, frontier: set[UUID], *, changed: Collection[UUID] = ()) -> None:
        """Read what hangs on the frontier; again where that tells of more days to look at."""
        if self.is_whole:
            return
        records: Collection[UUID] = frontier
        days = self._unread_days(frontier)
        while records or days or changed:
            found = step(
                owner=self.athlete_id,
                records=records,
                days=days,
                changed=self.fresh.keys(),
                decisions=changed,
            )
            self._read_days |= days
            for one in (*found.sources, *found.around):
                self._keep(one)
            for decision in found.decisions:
                known = self._was_said if decision.record_id in self.said else self._decisions
                known[decision.record_id] = decision
            self.standing.update((row.fusion_id, row) for row in found.fusions)
            records, changed, days = (), (), self._unread_days(frontier)

    def _unread_days(self, frontier: set[UUID]) -> set[date]:
        near = {day for one in self._versions(frontier) for day in days_near(one)}
        return near - self._read_days

    def _keep(self, one: Candidate) -> None:
        if one.record_id in self.fresh:
            self._before[one.record_id] = one
        elif one.record_id not in self._stored:
            self._stored[one.record_id] = one
            self._nearby.add(one)
            self._starts[one.utc_date] += 1

    def _versions(self, records: Iterable[UUID]) -> list[Candidate]:
        """Return records as they are and, where they changed, as they were."""
        return [
            one
            for record in records
            for known in (self.fresh, self._before, self._stored)
            if (one := known.get(record)) is not None
        ]

    def _reached_from(self, frontier: set[UUID]) -> set[UUID]:
        reached: set[UUID] = set()
        for one in self._versions(frontier):
            if one.echo_of:
                reached.add(one.echo_of)
            reached |= {
                other.record_id for other in self._nearby.around(one) if compare(one, other)
            }
        for copy in (*self._stored.values(), *self._before.values()):
            if copy.echo_of in frontier:
                reached.add(copy.record_id)
        for decision in (*self._decisions.values(), *self._was_said.values()):
            if frontier & {*decision.pair}:
                reached |= {*decision.pair}
        # What stands together was linked, so this adds nothing; but a fusion must never be
        # withdrawn while one of its records is left out.
        for row in self.standing.values():
            if not frontier.isdisjoint(row.records):
                reached |= {*row.records}
        return reached

    def _of_filling_days(self) -> set[UUID]:
        """Return who starts on a day that may have become crowded, or is so no longer."""
        touched = {one.utc_date for one in self._versions(self.fresh)}
        gone = len(self.fresh)
        return {
            one.record_id
            for one in self._stored.values()
            if one.utc_date in touched and self._starts[one.utc_date] + gone > MOST_A_DAY
        }
