"""Peaks of a signal, one per impact, over a stream in bounded memory."""

import math
from collections.abc import Iterable, Iterator

import msgspec

MOST_OPEN = 1000  # undecided peaks held at most; only peaks that rise for minutes get there


class Peak(msgspec.Struct, frozen=True):
    """A local maximum: which sample it was, and how high."""

    index: int
    height: float


def local_maxima(values: Iterable[float]) -> Iterator[Peak]:
    """Yield every value higher than both neighbours; a flat top counts once, at its middle.

    The first and the last value are none, since nobody knows what lies beyond.
    """
    before: float | None = None
    top_from: int | None = None
    for index, value in enumerate(values):
        if before is None or value > before:
            top_from = index if before is not None else None
        elif value < before:
            if top_from is not None:
                yield Peak((top_from + index - 1) // 2, before)
            top_from = None
        before = value


def impacts(
    values: Iterable[float], *, sampling_hz: float, least: float, apart_s: float
) -> Iterator[Peak]:
    """Yield the peaks of at least ``least`` that are ``apart_s`` or more apart, in order.

    Of two that are closer the higher one stays, from the highest peak down; of equal ones the
    earlier. So a small peak goes only when what outdoes it stays itself. Where more than
    ``MOST_OPEN`` peaks each outdo the one before, the highest so far stays without waiting.
    """
    apart = max(1, math.ceil(apart_s * sampling_hz - 1e-9))
    undecided: list[Peak] = []
    free_from = 0  # before it, a peak that stays is too near
    for peak in local_maxima(values):
        if peak.height < least:
            continue
        while undecided:
            top = _highest(undecided)
            if peak.index - top.index < apart and len(undecided) < MOST_OPEN:
                break  # what comes next may still outdo it
            # The top stays, and so what lies before it is decided too.
            yield from _kept([p for p in undecided if p.index <= top.index], apart)
            free_from = top.index + apart
            undecided = [p for p in undecided if p.index >= free_from]
        if peak.index >= free_from:
            undecided.append(peak)
    yield from _kept(undecided, apart)


def _highest(peaks: Iterable[Peak]) -> Peak:
    return max(peaks, key=lambda peak: (peak.height, -peak.index))


def _kept(peaks: list[Peak], apart: int) -> list[Peak]:
    kept: list[Peak] = []
    for peak in sorted(peaks, key=lambda peak: (-peak.height, peak.index)):
        if all(abs(peak.index - other.index) >= apart for other in kept):
            kept.append(peak)
    return sorted(kept, key=lambda peak: peak.index)
