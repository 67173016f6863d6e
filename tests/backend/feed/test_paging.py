"""Moving through a feed: pages are cut within both limits and no step skips a number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.feed.cursor import BEYOND, Group, beginning
from backend.feed.paging import (
    IDLE_POLL_S,
    Share,
    advanced,
    is_complete,
    poll_after_s,
    shares,
)

TAIL = Group(frozenset({1}), "tail", 10, 10)
(FRESH,) = beginning({1})


class TestAdvancing:
    def test_a_tail_goes_to_the_head_once_all_of_it_was_read(self) -> None:
        assert advanced(TAIL, Share(12, is_all=True), head=15).position == 15
        half = advanced(TAIL, Share(12, is_all=False), head=15)
        assert (half.position, half.head, half.is_at_end) == (12, 15, False)
        assert advanced(TAIL, Share(None, is_all=True), head=10) == TAIL

    def test_a_load_fixes_its_head_on_the_first_page(self) -> None:
        first = advanced(FRESH, Share(7, is_all=False), head=15)
        assert (first.phase, first.position, first.head) == ("bootstrap", 7, 15)
        second = advanced(first, Share(3, is_all=False), head=99)
        assert (second.position, second.head) == (3, 15)

    def test_a_load_goes_over_into_the_tail_from_its_fixed_head(self) -> None:
        done = advanced(Group(frozenset({1}), "bootstrap", 3, 15), Share(1, is_all=True), head=99)
        assert (done.phase, done.position) == ("tail", 15)
        assert not is_complete([done], head=99)
        assert is_complete([advanced(FRESH, Share(1, is_all=True), head=15)], head=15)

    def test_a_load_the_page_had_no_room_for_begins_below_what_comes_meanwhile(self) -> None:
        waiting = advanced(FRESH, Share(None, is_all=False), head=15)
        assert (waiting.position, waiting.head) == (16, 15)
        assert waiting.position < BEYOND

    def test_nothing_to_read_is_complete(self) -> None:
        assert is_complete([], head=15)


class TestCutting:
    @given(
        st.lists(st.lists(st.integers(1, 100), max_size=10), max_size=5),
        st.integers(1, 20),
        st.integers(1, 500),
    )
    def test_keeps_both_limits_and_always_moves(
        self, sizes: list[list[int]], max_rows: int, max_bytes: int
    ) -> None:
        taken = shares(sizes, max_rows=max_rows, max_bytes=max_bytes)
        rows = [size for part, count in zip(sizes, taken, strict=True) for size in part[:count]]
        assert len(rows) == sum(taken) <= max_rows
        assert sum(rows) <= max_bytes or len(rows) == 1
        assert rows or not any(sizes)

    @given(st.lists(st.lists(st.integers(1, 100), max_size=10), max_size=5), st.integers(1, 500))
    def test_leaves_out_only_what_comes_after(self, sizes: list[list[int]], limit: int) -> None:
        taken = shares(sizes, max_rows=10_000, max_bytes=limit)
        cut = False
        for part, count in zip(sizes, taken, strict=True):
            assert not cut or count == 0
            cut = cut or count < len(part)

    def test_takes_everything_that_fits(self) -> None:
        assert shares([[5, 5], [], [5]], max_rows=3, max_bytes=15) == [2, 0, 1]


class TestPollAdvice:
    @pytest.mark.parametrize(
        ("pending_s", "poll"),
        [(0.0, 3), (2.9, 3), (3.0, 5), (7.9, 5), (8.0, 10), (17.9, 10), (18.0, 30), (9e9, 30)],
    )
    def test_grows_while_something_is_pending(self, pending_s: float, poll: int) -> None:
        assert poll_after_s(is_complete=True, pending_s=pending_s, jitter_s=5) == poll

    def test_is_at_once_for_the_next_page_and_late_when_idle(self) -> None:
        assert poll_after_s(is_complete=False, pending_s=0.0, jitter_s=5) == 0
        assert poll_after_s(is_complete=True, pending_s=None, jitter_s=-7) == IDLE_POLL_S - 7
