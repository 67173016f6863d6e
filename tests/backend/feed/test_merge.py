"""Merging is symmetric where nobody clashes, and loses nothing without saying so."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from backend.feed.merge import Merge, same
from backend.records.base import Fields, Keyed

KEYED: Keyed = {"exercises": {"sets": {}}}
names = st.sampled_from(["rpe", "title", "note", "distance_m"])
values = st.one_of(st.integers(0, 3), st.booleans(), st.sampled_from(["a", "b"]))
bodies = st.dictionaries(names, values, max_size=4)


def raw(body: dict[str, Any]) -> Fields:
    """Return a body's fields, verbatim."""
    return {name: Raw(msgspec.json.encode(value)) for name, value in body.items()}


def plain(fields: Fields) -> dict[str, Any]:
    """Return fields as values."""
    return {name: msgspec.json.decode(value) for name, value in fields.items()}


def changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Raw | None]:
    """Return what leads from one body to another."""
    told: dict[str, Raw | None] = {n: Raw(msgspec.json.encode(v)) for n, v in after.items()
                                   if before.get(n) != v or isinstance(before.get(n), bool)
                                   != isinstance(v, bool)}  # fmt: skip
    told.update({name: None for name in before if name not in after})
    return told


def merge(
    base: dict[str, Any] | None,
    stored: dict[str, Any],
    sent: dict[str, Any],
    *,
    winner: Any = "stored",
) -> tuple[dict[str, Any], Merge]:
    """Merge whole bodies."""
    job = Merge(winner)
    told = changes(base if base is not None else {}, sent)
    merged = job.fields(
        base=None if base is None else raw(base), stored=raw(stored), changes=told, keyed=KEYED
    )
    return plain(merged), job


def squat(*sets: tuple[str, int]) -> list[dict[str, Any]]:
    """Return one exercise with sets (uid, reps)."""
    return [{"uid": "e1", "sets": [{"uid": uid, "reps": reps} for uid, reps in sets]}]


class TestFields:
    @given(bodies, bodies)
    def test_of_a_fresh_edit_are_what_was_sent(
        self, base: dict[str, Any], sent: dict[str, Any]
    ) -> None:
        merged, job = merge(base, base, sent)
        assert (merged, job.clashes) == (sent, [])

    @given(bodies, bodies)
    def test_stay_when_nothing_was_edited(
        self, base: dict[str, Any], stored: dict[str, Any]
    ) -> None:
        merged, job = merge(base, stored, base)
        assert (merged, job.clashes) == (stored, [])

    @given(bodies, bodies, bodies)
    def test_come_to_the_same_from_both_sides(
        self, base: dict[str, Any], one: dict[str, Any], other: dict[str, Any]
    ) -> None:
        here, first = merge(base, one, other, winner="stored")
        there, second = merge(base, other, one, winner="sent")
        assert here == there
        assert sorted(c.path for c in first.clashes) == sorted(c.path for c in second.clashes)

    @given(bodies, bodies, bodies, st.sampled_from(["stored", "sent"]))
    def test_that_lost_are_told(
        self, base: dict[str, Any], stored: dict[str, Any], sent: dict[str, Any], winner: str
    ) -> None:
        merged, job = merge(base, stored, sent, winner=winner)
        told = {clash.path.removeprefix("/") for clash in job.clashes}
        for name in {*base, *stored, *sent}:
            edits = [body for body in (stored, sent) if not _alike(body, base, name)]
            if any(not _alike(body, merged, name) for body in edits):
                assert name in told

    @given(bodies, bodies)
    def test_clash_wherever_they_differ_when_the_base_is_gone(
        self, stored: dict[str, Any], sent: dict[str, Any]
    ) -> None:
        merged, job = merge(None, stored, sent)
        assert merged == stored
        assert len(job.clashes) == sum(not _alike(stored, sent, name) for name in sent)

    def test_null_is_absent(self) -> None:
        assert same(Raw(b"null"), None)
        assert same(Raw(b"1.0"), Raw(b"1"))
        assert not same(Raw(b"true"), Raw(b"1"))
        assert same(Raw(b'{"a":1,"b":[true]}'), Raw(b'{"b": [true], "a": 1}'))
        assert not same(Raw(b'{"a":[true]}'), Raw(b'{"a":[1]}'))


def _alike(one: dict[str, Any], other: dict[str, Any], name: str) -> bool:
    left, right = one.get(name), other.get(name)
    return left == right and isinstance(left, bool) == isinstance(right, bool)


class TestKeyedLists:
    @pytest.mark.parametrize(
        ("base", "stored", "sent", "merged", "clashing"),
        [
            # both add
            ([("a", 1)], [("a", 1), ("b", 2)], [("a", 1), ("c", 3)], "a1 b2 c3", []),
            # one edits, the other adds
            ([("a", 1)], [("a", 9)], [("a", 1), ("c", 3)], "a9 c3", []),
            # one removes, the other adds
            ([("a", 1), ("b", 2)], [("b", 2)], [("a", 1), ("b", 2), ("c", 3)], "b2 c3", []),
            # one removes what the other edits: the edit stands, and is told
            ([("a", 1), ("b", 2)], [("b", 2)], [("a", 7), ("b", 2)], "a7 b2", ["a"]),
            ([("a", 1), ("b", 2)], [("a", 7), ("b", 2)], [("b", 2)], "a7 b2", ["a"]),
            # both edit one value
            ([("a", 1)], [("a", 5)], [("a", 6)], "a5", ["a/reps"]),
            # one reorders, the other edits
            ([("a", 1), ("b", 2)], [("a", 1), ("b", 9)], [("b", 2), ("a", 1)], "b9 a1", []),
            ([("a", 1), ("b", 2)], [("b", 2), ("a", 1)], [("a", 1), ("b", 9)], "b9 a1", []),
            # both add the same
            ([], [("a", 1)], [("a", 1)], "a1", []),
            ([], [("a", 1)], [("a", 2)], "a1", ["a/reps"]),
        ],
    )
    def test_merge_element_by_element(
        self,
        base: list[tuple[str, int]],
        stored: list[tuple[str, int]],
        sent: list[tuple[str, int]],
        merged: str,
        clashing: list[str],
    ) -> None:
        lists = [{"exercises": squat(*sets)} for sets in (base, stored, sent)]
        found, job = merge(*lists)
        sets = found["exercises"][0]["sets"]
        assert " ".join(f"{s['uid']}{s['reps']}" for s in sets) == merged
        assert [c.path for c in job.clashes] == [f"/exercises/e1/sets/{p}" for p in clashing]

    @given(st.lists(st.sampled_from("abcdef"), unique=True),
           st.lists(st.sampled_from("abcdef"), unique=True),
           st.lists(st.sampled_from("abcdef"), unique=True))  # fmt: skip
    def test_keep_every_addition_and_every_removal(
        self, base: list[str], stored: list[str], sent: list[str]
    ) -> None:
        lists = [{"exercises": squat(*((uid, 1) for uid in uids))} for uids in (base, stored, sent)]
        found, job = merge(*lists)
        uids = {s["uid"] for s in found["exercises"][0]["sets"]}
        added = (set(stored) | set(sent)) - set(base)
        assert uids == added | (set(base) & set(stored) & set(sent))
        assert job.clashes == []

    @pytest.mark.parametrize("broken", [[{"reps": 1}], [{"uid": "a"}, {"uid": "a"}], 7, [7]])
    def test_that_are_not_keyed_clash_whole(self, broken: Any) -> None:
        _, job = merge({"exercises": []}, {"exercises": squat(("a", 1))}, {"exercises": broken})
        assert [clash.path for clash in job.clashes] == ["/exercises"]
