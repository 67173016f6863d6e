"""Cursors: what is written is read, what is not ours is not, and nothing grows without end."""

import base64
import struct
import zlib
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from backend.feed.cursor import (
    BEYOND,
    MAX_GROUPS,
    OWN,
    Cursor,
    Group,
    beginning,
    bounded,
    decode,
    encode,
    fitted,
    joined,
    profile_of,
)

numbers = st.integers(0, 2**40)
groups = st.builds(
    Group,
    types=st.frozensets(st.integers(0, 2**15), min_size=1, max_size=20),
    phase=st.sampled_from(["tail", "bootstrap"]),
    position=numbers,
    head=numbers,
)
cursors = st.builds(
    Cursor,
    epoch=st.uuids(),
    profile=st.binary(min_size=4, max_size=4),
    groups=st.lists(groups, max_size=MAX_GROUPS).map(tuple),
)
TAIL = Group(frozenset({1, 2, 3}), "tail", 40, 40)
LOADING = Group(frozenset({4}), "bootstrap", 17, 40)


def packed(text: str) -> bytes:
    """Return the bytes of a cursor's text."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def resealed(content: bytes) -> str:
    """Return bytes as a cursor whose checksum fits."""
    whole = content + struct.pack(">I", zlib.crc32(content))
    return base64.urlsafe_b64encode(whole).rstrip(b"=").decode()


class TestCursor:
    @given(cursors)
    def test_comes_back_as_it_was(self, cursor: Cursor) -> None:
        assert decode(encode(cursor)) == cursor

    @given(cursors, st.data())
    def test_notices_any_flipped_bit(self, cursor: Cursor, data: st.DataObject) -> None:
        content = bytearray(packed(encode(cursor)))
        bit = data.draw(st.integers(0, 8 * len(content) - 1))
        content[bit // 8] ^= 1 << bit % 8
        assert decode(base64.urlsafe_b64encode(content).decode()) is None

    @pytest.mark.parametrize(
        "text",
        ["", "AA", "garbage", "é", "A" * 500, "=", "AQ8r", "\0", "%00", "null"],
    )
    def test_of_somebody_elses_making_is_none(self, text: str) -> None:
        assert decode(text) is None

    def test_of_another_version_is_none(self) -> None:
        content = packed(encode(Cursor(uuid4(), OWN, (TAIL,))))[:-4]
        assert decode(resealed(content)) is not None
        for version in (0, 1, 3, 255):
            assert decode(resealed(bytes([version]) + content[1:])) is None

    def test_of_the_first_version_is_none(self) -> None:
        form = struct.Struct(">B16s8scqq")
        content = form.pack(1, uuid4().bytes, b"scopehsh", b"t", 12, 12)
        assert decode(resealed(content)) is None

    @pytest.mark.parametrize(
        "group",
        [
            replace(TAIL, position=-1),
            replace(TAIL, head=-1),
            replace(TAIL, position=BEYOND),
            replace(TAIL, types=frozenset()),
        ],
    )
    def test_that_could_not_be_is_none_even_when_it_checks(self, group: Group) -> None:
        assert decode(encode(Cursor(uuid4(), OWN, (group,)))) is None

    def test_that_goes_on_behind_its_end_is_none(self) -> None:
        content = packed(encode(Cursor(uuid4(), OWN, (TAIL,))))[:-4]
        assert decode(resealed(content + b"\0")) is None
        assert decode(resealed(content[:-1])) is None

    def test_is_small(self) -> None:
        whole = Cursor(UUID(int=2**128 - 1), OWN, (replace(TAIL, types=frozenset(range(30))),))
        assert len(encode(whole)) < 150

    def test_tells_what_its_reader_needs_no_more(self) -> None:
        cursor = Cursor(uuid4(), OWN, (replace(TAIL, position=30), LOADING))
        assert (cursor.confirmed, cursor.furthest) == (30, 40)
        assert Cursor(uuid4(), OWN, ()).confirmed == 0

    def test_names_profiles_apart(self) -> None:
        assert profile_of("team 1") != profile_of("team 2")
        assert profile_of("team 1") == profile_of("team 1") != OWN


class TestScope:
    def test_that_stays_changes_nothing(self) -> None:
        assert fitted([TAIL], {1, 2, 3}) == (TAIL,)

    def test_that_grows_loads_the_new_types_beside_the_rest(self) -> None:
        assert fitted([TAIL], {1, 2, 3, 64}) == (TAIL, *beginning({64}))
        assert fitted([TAIL, LOADING], {1, 2, 3, 4, 5}) == (
            TAIL, LOADING, *beginning({5}),
        )  # fmt: skip

    def test_that_shrinks_drops_types_without_a_word(self) -> None:
        assert fitted([TAIL, LOADING], {2}) == (replace(TAIL, types=frozenset({2})),)
        assert fitted([TAIL], set()) == ()

    @given(st.lists(groups, max_size=20), st.frozensets(st.integers(0, 2**15), max_size=30))
    def test_is_covered_by_few_groups_whatever_came_before(
        self, before: list[Group], allowed: frozenset[int]
    ) -> None:
        after = fitted(before, allowed)
        assert frozenset().union(*(group.types for group in after)) == allowed
        assert len(after) <= MAX_GROUPS

    @given(st.lists(groups, max_size=20))
    def test_is_never_read_from_further_on_when_groups_are_bounded(
        self, before: list[Group]
    ) -> None:
        after = bounded(before)
        for group in before:
            for type_id in group.types:
                assert any(
                    type_id in place.types
                    and place.phase == group.phase
                    and _reads_on_at_least_from(place, group)
                    for place in after
                )

    def test_joins_groups_that_came_to_stand_alike(self) -> None:
        other = Group(frozenset({9}), "tail", 40, 40)
        assert joined([LOADING, other, TAIL]) == (
            Group(frozenset({1, 2, 3, 9}), "tail", 40, 40), LOADING,
        )  # fmt: skip


def _reads_on_at_least_from(place: Group, group: Group) -> bool:
    """Return whether nothing is left out between a group's place and another."""
    if group.phase == "tail":
        return place.position <= group.position
    return place.position >= group.position and place.head >= group.head
