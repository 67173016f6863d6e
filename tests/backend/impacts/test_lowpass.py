"""The low-pass that shifts nothing in time."""

import math
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.impacts import lowpass
from backend.impacts.lowpass import smoothed

HZ = 100.0


def smooth(values: Any, *, sampling_hz: float = HZ) -> list[float]:
    return list(smoothed(values, cutoff_hz=20, sampling_hz=sampling_hz))


def wave(frequency_hz: float, *, seconds: float = 30, sampling_hz: float = HZ) -> list[float]:
    steps = range(round(seconds * sampling_hz))
    return [math.sin(2 * math.pi * frequency_hz * n / sampling_hz) for n in steps]


class TestSmoothed:
    @given(st.lists(st.floats(-20, 20), max_size=60))
    def test_gives_as_many_values_as_it_gets(self, values: Any) -> None:
        assert len(smooth(values)) == len(values)

    @pytest.mark.parametrize("count", [1, 15, 16, 17, 1069, 1070, 1085, 1100, 1115, 2100, 3000])
    def test_loses_none_between_blocks(self, count: Any) -> None:
        assert smooth([1.0] * count) == pytest.approx([1.0] * count, abs=1e-12)

    @pytest.mark.parametrize(
        ("frequency", "gain"), [(2, 1.0), (20, 0.5), (35, 0.0)]
    )  # forwards and backwards: half the height at the cut-off
    def test_keeps_steps_and_takes_noise(self, frequency: Any, gain: Any) -> None:
        values = wave(frequency)
        out = smooth(values)
        middle = slice(1000, 2000)
        for got, was in zip(out[middle], values[middle], strict=True):
            assert got == pytest.approx(gain * was, abs=5e-3)

    def test_shifts_nothing(self) -> None:
        values = [0.0] * 400
        values[200] = 1.0
        out = smooth(values)
        assert out.index(max(out)) == 200
        assert out[150:200] == pytest.approx(out[250:200:-1], abs=1e-12)

    def test_a_stream_in_blocks_is_as_one_whole(self, monkeypatch: pytest.MonkeyPatch) -> None:
        values = [math.sin(n * n / 700) + (n % 37 == 0) for n in range(5000)]
        in_blocks = smooth(values)
        monkeypatch.setattr(lowpass, "BLOCK_S", 1e6)
        assert in_blocks == pytest.approx(smooth(values), abs=1e-12)

    def test_reads_no_more_than_eleven_seconds_ahead(self) -> None:
        read = 0

        def endless() -> Iterator[float]:
            nonlocal read
            while True:
                read += 1
                yield 1.0

        out = smoothed(endless(), cutoff_hz=20, sampling_hz=HZ)
        for given_back in range(1, 20_000):
            next(out)
            assert read - given_back <= 11 * HZ + 16
