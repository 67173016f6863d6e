"""Sets of records that grow together unless somebody said they are apart."""

from collections.abc import Iterable, Iterator
from uuid import UUID


class Clusters:
    """A union-find over record ids in which two clusters can be kept apart for good."""

    def __init__(self, ids: Iterable[UUID]) -> None:
        self._root = {one: one for one in ids}
        self._members = {one: [one] for one in self._root}
        self._foes: dict[UUID, set[UUID]] = {one: set() for one in self._root}

    def __contains__(self, one: UUID) -> bool:
        return one in self._root

    def __iter__(self) -> Iterator[list[UUID]]:
        """Yield the members of every cluster."""
        return iter(self._members.values())

    def root(self, one: UUID) -> UUID:
        """Return the id that stands for the cluster of ``one``."""
        return self._root[one]

    def members(self, one: UUID) -> list[UUID]:
        """Return the cluster of ``one``."""
        return self._members[self._root[one]]

    def are_apart(self, one: UUID, other: UUID) -> bool:
        """Return whether the clusters of two were kept apart."""
        return self._root[other] in self._foes[self._root[one]]

    def keep_apart(self, one: UUID, other: UUID) -> bool:
        """Keep two clusters apart; return False when the two are in one already."""
        a, b = self._root[one], self._root[other]
        if a == b:
            return False
        self._foes[a].add(b)
        self._foes[b].add(a)
        return True

    def unite(self, one: UUID, other: UUID) -> bool:
        """Make two clusters one; return False when they were kept apart."""
        a, b = self._root[one], self._root[other]
        if b in self._foes[a]:
            return False
        if a == b:
            return True
        if len(self._members[a]) < len(self._members[b]):
            a, b = b, a
        for member in self._members.pop(b):
            self._root[member] = a
            self._members[a].append(member)
        for foe in self._foes.pop(b):
            self._foes[foe].discard(b)
            self._foes[foe].add(a)
            self._foes[a].add(foe)
        return True
