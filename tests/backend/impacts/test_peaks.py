"""One peak per impact."""

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.impacts import peaks
from backend.impacts.peaks import Peak, impacts, local_maxima

HEIGHTS = st.lists(st.integers(0, 8), max_size=80)


def found(values: Any, *, least: float = 1.3, apart_s: float = 0.2, hz: float = 10) -> Any:
    return [
        (peak.index, peak.height)
        for peak in impacts(values, sampling_hz=hz, least=least, apart_s=apart_s)
    ]


def by_hand(values: list[int], *, least: float, apart: int) -> list[tuple[int, int]]:
    """The same rule on the whole list: the highest peak first, earlier before later."""
    tops, n = [], 1
    while n < len(values) - 1:
        end = n
        while end < len(values) - 1 and values[end + 1] == values[n]:
            end += 1
        if end < len(values) - 1 and values[n - 1] < values[n] > values[end + 1]:
            tops.append(((n + end) // 2, values[n]))
        n = end + 1
    kept: list[tuple[int, int]] = []
    for index, height in sorted(tops, key=lambda top: (-top[1], top[0])):
        if height >= least and all(abs(index - other) >= apart for other, _ in kept):
            kept.append((index, height))
    return sorted(kept)


class TestLocalMaxima:
    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ([], []),
            ([5], []),
            ([1, 5, 1], [1]),
            ([5, 1, 5], []),
            ([1, 5, 5, 5, 1], [2]),
            ([1, 5, 5, 1], [1]),
            ([1, 5, 5, 6, 1], [3]),
            ([1, 5, 5], []),
            ([5, 5, 1], []),
            ([1, 2, 3, 3, 2, 2, 3, 1], [2, 6]),
        ],
    )
    def test_are_higher_than_both_sides(self, values: Any, expected: Any) -> None:
        assert [peak.index for peak in local_maxima(values)] == expected


class TestImpacts:
    def test_the_lowest_counts_and_below_it_does_not(self) -> None:
        assert found([1, 1.3, 1, 1, 1.29, 1]) == [(1, 1.3)]

    def test_two_tenths_apart_are_two(self) -> None:
        assert found([1, 2, 1, 3, 1]) == [(1, 2), (3, 3)]
        assert found([1, 2, 1, 3, 1], apart_s=0.21) == [(3, 3)]

    def test_the_distance_is_not_spoilt_by_binary_fractions(self) -> None:
        values = [1, 2, *[1] * 13, 3, 1]
        assert len(found(values, hz=70)) == 2
        assert len(found(values, hz=75)) == 1

    def test_of_equal_peaks_the_earlier_stays(self) -> None:
        assert found([1, 2, 1, 2, 1], apart_s=0.3) == [(1, 2)]

    def test_a_peak_goes_only_when_what_outdoes_it_stays(self) -> None:
        rising = [1, 2, 1, 3, 1, 4, 1]
        assert found(rising, apart_s=0.3) == [(1, 2), (5, 4)]

    @given(values=HEIGHTS, least=st.integers(0, 5), apart=st.integers(1, 12))
    def test_are_those_of_the_rule_on_the_whole(self, values: Any, least: Any, apart: Any) -> None:
        expected = by_hand(values, least=least, apart=apart)
        assert found(values, least=least, apart_s=apart, hz=1) == expected

    @given(values=HEIGHTS, most=st.integers(1, 4))
    def test_keep_their_distance_when_memory_runs_out(self, values: Any, most: Any) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(peaks, "MOST_OPEN", most)
            indexes = [index for index, _ in found(values, apart_s=0.7)]
        assert all(b - a >= 7 for a, b in pairwise(indexes))

    def test_hold_few_while_an_hour_of_running_goes_by(self, monkeypatch: Any) -> None:
        most = 0

        def watched(undecided: Any) -> Peak:
            nonlocal most
            most = max(most, len(undecided))
            return highest(undecided)

        highest = peaks._highest
        monkeypatch.setattr(peaks, "_highest", watched)
        steps = (2 + math.sin(n / 3) + math.sin(n * n) / 2 for n in range(360_000))
        assert sum(1 for _ in impacts(steps, sampling_hz=100, least=1.3, apart_s=0.2)) > 10_000
        assert most < 100

    def test_come_while_the_signal_still_runs(self) -> None:
        def endless() -> Iterator[float]:
            while True:
                yield from (1, 2, 1, 1)

        stream = impacts(endless(), sampling_hz=10, least=1.3, apart_s=0.2)
        assert [next(stream).index for _ in range(3)] == [1, 5, 9]

    def test_are_cut_where_each_outdoes_the_one_before_without_end(self) -> None:
        def rising() -> Iterator[float]:
            for n in range(10 * peaks.MOST_OPEN):
                yield from (1 + n / 1000, 0)

        kept = [index for index, _ in found(rising(), least=0, apart_s=0.3)]
        assert len(kept) > 4 * peaks.MOST_OPEN
        assert all(b - a >= 3 for a, b in pairwise(kept))
