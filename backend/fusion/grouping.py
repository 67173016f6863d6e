"""From candidates and decisions to groups and questions.

The result is a function of the sets given, never of their order. What is decided of a record
depends only on the records it is linked with, directly or through others, so a part can be
decided anew without the rest.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from uuid import UUID

import msgspec

from backend.fusion.candidates import Candidate, Nearby
from backend.fusion.clusters import Clusters
from backend.fusion.decisions import Decision, Pair, pair_of, standing
from backend.fusion.pairs import Link, compare
from backend.fusion.tables import MOST_A_DAY


class Group(msgspec.Struct, frozen=True):
    """Records that are one workout; most have one member.

    ``counted`` are those it is made of, the primary first; copies of our own exports are not
    among them. ``records`` are all, with an original that is not there (any more).
    """

    records: tuple[UUID, ...]
    counted: tuple[UUID, ...]
    primary: UUID


class Verdict(msgspec.Struct, frozen=True):
    """What was decided of some records; see the `fusion` record type."""

    records: tuple[UUID, ...]
    primary: UUID
    state: str
    score: float
    reason: str
    decided_by: str
    decided_at: datetime | None = None


class Decided(msgspec.Struct, frozen=True):
    """Every record in one group, and a verdict wherever two or more are concerned."""

    groups: tuple[Group, ...]
    verdicts: tuple[Verdict, ...]


def crowded_days(candidates: Iterable[Candidate]) -> frozenset[date]:
    """Return the UTC days with so many sessions that nothing is decided by the rule."""
    counts = Counter(one.utc_date for one in candidates)
    return frozenset(day for day, count in counts.items() if count > MOST_A_DAY)


def decide(
    candidates: Collection[Candidate],
    decisions: Iterable[Decision],
    *,
    crowded: Collection[date],
) -> Decided:
    """Return which records are one workout.

    Decisions go first, the newest before older ones that contradict it; then the rule, the
    closest pair first. A group the rule makes has a member with which every other one is
    linked, no two members that overlap by less than 40 %, and one record per source.

    Args:
        candidates: the records, with everything linked to any of them.
        decisions: about any records; those about others are ignored.
        crowded: days on which only the athlete decides; see ``crowded_days``.
    """
    return _Table(candidates, decisions, crowded).decided()


class _Table:
    """One decision: the records on the table, and the clusters they come to."""

    def __init__(
        self,
        candidates: Collection[Candidate],
        decisions: Iterable[Decision],
        crowded: Collection[date],
    ) -> None:
        said = standing(decisions)
        self.known = {one.record_id: one for one in candidates}
        self.originals = {
            one.record_id: one.echo_of for one in candidates if one.echo_of and is_echo(one, said)
        }
        ids = {*self.known, *(one.echo_of for one in candidates if one.echo_of)}
        self.said = {
            pair: decision for pair, decision in said.items() if pair[0] in ids and pair[1] in ids
        }
        self.clusters = Clusters(sorted(ids))
        self.links = links_among(
            [
                one
                for one in candidates
                if one.record_id not in self.originals and one.utc_date not in crowded
            ]
        )

    def decided(self) -> Decided:
        """Return groups and verdicts in a fixed order."""
        self._obey()
        self._apply_rule()
        groups = [
            self._group(members)
            for members in self.clusters
            if any(one in self.known for one in members)
        ]
        verdicts = [self._fused(group) for group in groups if len(group.records) > 1]
        verdicts += [*self._separated(), *self._questions()]
        return Decided(
            tuple(sorted(groups, key=lambda group: group.records)),
            tuple(sorted(verdicts, key=lambda verdict: verdict.records)),
        )

    def _obey(self) -> None:
        """Apply what is beyond the rule: copies of exports, then the athlete's decisions."""
        for echo, original in self.originals.items():
            self.clusters.unite(echo, original)
        for decision in sorted(self.said.values(), key=lambda one: one.age, reverse=True):
            settle = self.clusters.unite if decision.is_same else self.clusters.keep_apart
            settle(decision.one, decision.other)
        self.obeyed = {one: self.clusters.root(one) for one in self.known}

    def _apply_rule(self) -> None:
        for pair in self._by_likeness("fuse"):
            one, other = pair
            if self.clusters.root(one) != self.clusters.root(other) and self._fit(one, other):
                self.clusters.unite(one, other)  # unless the athlete keeps them apart

    def _fit(self, one: UUID, other: UUID) -> bool:
        """Return whether two clusters can be one: a hub, no contradiction, no same source."""
        left, right = (self._counted(self.clusters.members(each)) for each in (one, other))
        for a in left:
            for b in right:
                link = self.links.get(pair_of(a, b))
                if link is None or link.one_source:
                    return False
        return bool(self._hubs([*left, *right]))

    def _hubs(self, members: list[UUID]) -> list[UUID]:
        """Return the members that every other one belongs to by the rule or by decision."""
        return [
            hub for hub in members if all(self._belong(hub, one) for one in members if one != hub)
        ]

    def _belong(self, one: UUID, other: UUID) -> bool:
        link = self.links.get(pair_of(one, other))
        return self.obeyed[one] == self.obeyed[other] or (link is not None and link.level == "fuse")

    def _counted(self, members: Iterable[UUID]) -> list[UUID]:
        """Return the members that are workouts of their own, the best first."""
        found = [one for one in members if one in self.known and one not in self.originals]
        return sorted(found, key=lambda one: self.known[one].rank)

    def _group(self, members: list[UUID]) -> Group:
        counted = self._counted(members)
        records = tuple(sorted(members))
        if not counted:  # copies alone: they stand for the original, which is not there
            originals = [self.originals[one] for one in members if one in self.originals]
            return Group(records, (), min(originals))
        primary = next(iter(self._hubs(counted)), counted[0])
        return Group(records, (primary, *(one for one in counted if one != primary)), primary)

    def _fused(self, group: Group) -> Verdict:
        inside = set(group.records)
        said = [one for one in self.said.values() if one.is_same and {*one.pair} <= inside]
        links = [self.links.get(pair_of(group.primary, one)) for one in group.counted[1:]]
        weakest = min(links, key=lambda link: link.score if link else 0.0, default=None)
        reason = weakest.reason if weakest else "decision" if said else "echo"
        return Verdict(
            records=group.records,
            primary=group.primary,
            state="fused",
            score=weakest.score if weakest else 0.0 if len(group.counted) > 1 else 1.0,
            reason="decision" if said else reason,
            decided_by="athlete" if said else "rule",
            decided_at=max((one.decided_at for one in said), default=None),
        )

    def _separated(self) -> Iterable[Verdict]:
        """Yield what the athlete took apart; a decision that a newer one overrules is not."""
        for pair, decision in self.said.items():
            one, other = pair
            if decision.is_same or self.clusters.root(one) == self.clusters.root(other):
                continue
            if one not in self.known and other not in self.known:
                continue
            link = self.links.get(pair)
            yield Verdict(
                records=pair,
                primary=self._better(pair),
                state="separate",
                score=link.score if link else 0.0,
                reason="decision",
                decided_by="athlete",
                decided_at=decision.decided_at,
            )

    def _questions(self) -> Iterable[Verdict]:
        """Yield open questions, the likeliest first and one at a time for each group."""
        asked: set[UUID] = set()
        for pair in self._by_likeness("fuse", "ask"):
            roots = {self.clusters.root(one) for one in pair}
            if len(roots) == 1 or roots & asked or self.clusters.are_apart(*pair):
                continue
            asked |= roots
            link = self.links[pair]
            yield Verdict(
                records=pair,
                primary=self._better(pair),
                state="asks",
                score=link.score,
                reason=link.reason,
                decided_by="rule",
            )

    def _better(self, pair: Pair) -> UUID:
        """Return the one of two that would stand for both."""
        return min((one for one in pair if one in self.known), key=lambda one: self.known[one].rank)

    def _by_likeness(self, *levels: str) -> list[Pair]:
        found = [pair for pair, link in self.links.items() if link.level in levels]
        return sorted(
            found, key=lambda pair: (-self.links[pair].score, -self.links[pair].closeness, pair)
        )


def is_echo(one: Candidate, said: Mapping[Pair, Decision]) -> bool:
    """Return whether a record is a copy of our own export, and nobody said it is not."""
    if one.echo_of is None:
        return False
    decision = said.get(pair_of(one.record_id, one.echo_of))
    return decision is None or decision.is_same


def links_among(candidates: Collection[Candidate]) -> dict[Pair, Link]:
    """Return every link between candidates."""
    nearby = Nearby(candidates)
    found = {}
    for one in candidates:
        for other in nearby.around(one):
            if one.record_id < other.record_id:
                link = compare(one, other)
                if link is not None:
                    found[one.record_id, other.record_id] = link
    return found
