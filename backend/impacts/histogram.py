"""Raw acceleration to the histogram of impacts that a workout carries."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import tee

from backend.errors import CoreError
from backend.impacts.lowpass import smoothed
from backend.impacts.peaks import impacts
from backend.impacts.table import DETECTOR
from backend.loading.tables import ACCELERATION
from backend.records.workout_session import ImpactBin, Impacts

Sample = tuple[float, float, float]
LARGEST_G = 1000.0


class SamplingTooSlow(CoreError):
    """Below 50 samples a second the top of a landing is missed."""

    code = "impacts.sampling_too_slow"


class InvalidSample(CoreError):
    """A sample is not three finite accelerations that a body can have."""

    code = "impacts.invalid_sample"


class NotInG(CoreError):
    """On average the recording is far from 1 g: another unit, or gravity was removed."""

    code = "impacts.not_in_g"


def measure(
    samples: Iterable[Sample],
    *,
    sampling_hz: float,
    placement: str,
    session_s: float,
    lowpass: bool = True,
) -> Impacts:
    """Return the impacts of a recording as a histogram of peaks of the resultant.

    Each axis is smoothed, then the resultant's peaks of at least 1.3 g are taken, 0.2 s or more
    apart. Memory does not grow with the recording.
    Args:
        samples: x, y, z in g with gravity, evenly spaced and without gaps.
        sampling_hz: their rate, 50 or more.
        placement: where the sensor was; carried through.
        session_s: how long the session was, above 0; what was not recorded lowers the coverage.
        lowpass: whether to smooth; the result's ``detector`` says so.
    Returns:
        Bins of 0.25 g that hold a peak, the open one from 16 g on; empty when there was none.
    Raises:
        SamplingTooSlow, InvalidSample, NotInG: the recording can not be used.
    Source:
        the filter and the lowest peak from Veras et al. 2020, doi 10.1007/s00198-020-05295-2.
    """
    if not sampling_hz >= ACCELERATION.sampling_low_hz.value or math.isinf(sampling_hz):
        raise SamplingTooSlow
    seen = _Seen()
    axes: Iterable[Sample] = seen.checked(samples)
    if lowpass:
        axes = _smoothed_axes(axes, sampling_hz)
    found = impacts(
        (math.hypot(*sample) for sample in axes),
        sampling_hz=sampling_hz,
        least=DETECTOR.least_g.value,
        apart_s=DETECTOR.apart_s.value,
    )
    counts = Counter(_bin_of(peak.height) for peak in found)
    if seen.count and not DETECTOR.mean_low_g.value <= seen.mean_g <= DETECTOR.mean_high_g.value:
        raise NotInG
    return Impacts(
        placement=placement,
        axis="resultant",
        gravity_included=True,
        sampling_hz=sampling_hz,
        coverage=min(1.0, seen.count / sampling_hz / session_s),
        bins=tuple(ImpactBin(*edges, count) for edges, count in sorted(counts.items())),
        detector=f"mechanostat-peaks/{DETECTOR.version}/{'lowpass-20hz' if lowpass else 'raw'}",
    )


class _Seen:
    """What went by: how many samples, and their mean resultant."""

    def __init__(self) -> None:
        self.count = 0
        self.sum_g = 0.0

    @property
    def mean_g(self) -> float:
        return self.sum_g / self.count

    def checked(self, samples: Iterable[Sample]) -> Iterator[Sample]:
        for x, y, z in samples:
            size = math.hypot(x, y, z)
            if not size <= LARGEST_G:
                raise InvalidSample
            self.count += 1
            self.sum_g += size
            yield x, y, z


def _smoothed_axes(samples: Iterable[Sample], sampling_hz: float) -> Iterator[Sample]:
    """Yield the samples with each axis smoothed; the axes stay within a block of each other."""

    def one(axis: int, copy: Iterable[Sample]) -> Iterator[float]:
        values = (sample[axis] for sample in copy)
        return smoothed(values, cutoff_hz=DETECTOR.cutoff_hz.value, sampling_hz=sampling_hz)

    x, y, z = (one(axis, copy) for axis, copy in enumerate(tee(samples, 3)))
    return zip(x, y, z, strict=True)


def _bin_of(peak_g: float) -> tuple[float, float | None]:
    if peak_g >= DETECTOR.open_from_g.value:
        return DETECTOR.open_from_g.value, None
    lower = math.floor(peak_g / DETECTOR.bin_g.value) * DETECTOR.bin_g.value
    return lower, lower + DETECTOR.bin_g.value
