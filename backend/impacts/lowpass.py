"""A low-pass that shifts nothing in time, over a stream, in bounded memory."""

import math
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

import msgspec

EDGE = 15  # samples mirrored at both ends, three times the order and one, as is customary
BLOCK_S = 10.0  # smoothed at a time
AHEAD_S = 1.0  # by then the backward pass has forgotten where it began (below 1e-18)
QUALITIES = (1 / (2 * math.cos(math.pi / 8)), 1 / (2 * math.cos(3 * math.pi / 8)))


class Section(msgspec.Struct, frozen=True):
    """A second-order filter with unit gain at rest: b0 (1 + 2z + z²) / (1 + a1 z + a2 z²)."""

    b0: float
    a1: float
    a2: float


class Pass:
    """One run of the filter over one channel, as if ``first`` had stood there for ever."""

    def __init__(self, sections: Sequence[Section], first: float) -> None:
        self._sections = sections
        self._states = []
        for one in sections:
            second = (one.b0 - one.a2) * first
            self._states.append([(2 * one.b0 - one.a1) * first + second, second])

    def step(self, value: float) -> float:
        """Return the next output."""
        for one, state in zip(self._sections, self._states, strict=True):
            out = one.b0 * value + state[0]
            state[0] = 2 * one.b0 * value - one.a1 * out + state[1]
            state[1] = one.b0 * value - one.a2 * out
            value = out
        return value


def butterworth(*, cutoff_hz: float, sampling_hz: float) -> tuple[Section, ...]:
    """Return the sections of a fourth-order Butterworth low-pass.

    By the bilinear transform with the cut-off kept in place; it is below half the sampling rate.
    """
    k = math.tan(math.pi * cutoff_hz / sampling_hz)
    sections = []
    for quality in QUALITIES:
        scale = 1 / (1 + k / quality + k * k)
        sections.append(
            Section(k * k * scale, 2 * (k * k - 1) * scale, (1 - k / quality + k * k) * scale)
        )
    return tuple(sections)


def smoothed(values: Iterable[float], *, cutoff_hz: float, sampling_hz: float) -> Iterator[float]:
    """Yield as many smoothed values, forwards and backwards, a block at a time.

    The ends are continued by their point reflection. Memory holds a block and a look-ahead,
    eleven seconds in all, however long the stream is.
    """
    sections = butterworth(cutoff_hz=cutoff_hz, sampling_hz=sampling_hz)
    block, ahead = round(BLOCK_S * sampling_hz), round(AHEAD_S * sampling_hz)
    count = [0]
    extended = _extended(values, count)
    first = next(extended, None)
    if first is None:
        return
    forward = Pass(sections, first)
    waiting: list[float] = []
    skip, given = count[0], 0  # count holds the length of the head until the tail comes
    for value in chain((first,), extended):
        waiting.append(forward.step(value))
        if len(waiting) == block + ahead:
            for out in islice(_backward(sections, waiting), block):
                if skip:
                    skip -= 1
                else:
                    given += 1
                    yield out
            del waiting[:block]
    rest = _backward(sections, waiting)
    yield from rest[skip : len(rest) - count[0]]


def _backward(sections: Sequence[Section], values: Sequence[float]) -> list[float]:
    back = Pass(sections, values[-1])
    return [back.step(value) for value in reversed(values)][::-1]


def _extended(values: Iterable[float], count: list[int]) -> Iterator[float]:
    """Yield ``values`` with both ends reflected; ``count`` tells how many were added to each."""
    stream = iter(values)
    head = list(islice(stream, EDGE + 1))
    if not head:
        return
    count[0] = len(head) - 1
    yield from (2 * head[0] - value for value in reversed(head[1:]))
    last = deque(head, maxlen=count[0] + 1)
    yield from head
    for value in stream:
        last.append(value)
        yield value
    yield from (2 * last[-1] - value for value in list(last)[-2::-1])
