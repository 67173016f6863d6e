"""Raw acceleration to the histogram of a workout."""

import math
from typing import Any

import msgspec
import pytest

from backend.impacts.histogram import (
    InvalidSample,
    NotInG,
    Sample,
    SamplingTooSlow,
    measure,
)
from backend.impacts.lowpass import smoothed
from backend.impacts.peaks import impacts
from backend.impacts.table import DETECTOR
from backend.loading.acceleration import ground_force
from backend.loading.rate import rate_session
from backend.records.workout_session import Impacts
from tests.backend.build import uid, workout
from tests.backend.impacts import recordings

HZ = 100


def landings(count: int, peak_g: float, *, every_s: float = 1.0) -> list[Sample]:
    """Standing, with landings: half a sine of 0.12 s on the vertical axis."""
    step, width = round(every_s * HZ), 12
    rows = []
    for _ in range(count):
        for n in range(step):
            swing = math.sin(math.pi * n / width) if n <= width else 0.0
            rows.append((0.0, 0.0, 1 + (peak_g - 1) * swing))
    return [(0.0, 0.0, 1.0)] * HZ + rows + [(0.0, 0.0, 1.0)] * HZ


def recorded(samples: list[Sample], **change: Any) -> Impacts:
    given: dict[str, Any] = {
        "sampling_hz": HZ, "placement": "hip", "session_s": len(samples) / HZ or 1,
    } | change  # fmt: skip
    return measure(samples, **given)


def counted(histogram: Impacts) -> dict[tuple[float, float | None], float]:
    return {(one.lower_g, one.upper_g): one.count for one in histogram.bins}


class TestMeasure:
    def test_counts_each_landing_once(self) -> None:
        assert counted(recorded(landings(50, 6.1), lowpass=False)) == {(6.0, 6.25): 50}

    def test_smoothing_keeps_the_count(self) -> None:
        histogram = recorded(landings(50, 6.1))
        assert sum(one.count for one in histogram.bins) == 50
        assert all(one.lower_g >= 5 for one in histogram.bins)

    def test_what_bounces_within_two_tenths_is_one_impact(self) -> None:
        assert counted(recorded(landings(9, 4.1, every_s=0.19), lowpass=False)).keys() == {
            (4.0, 4.25)
        }
        assert sum(one.count for one in recorded(landings(10, 4.1, every_s=0.19)).bins) == 5
        assert sum(one.count for one in recorded(landings(10, 4.1, every_s=0.2)).bins) == 10

    def test_a_bin_holds_its_lower_edge_and_the_last_is_open(self) -> None:
        assert counted(recorded(landings(3, 5.25), lowpass=False)) == {(5.25, 5.5): 3}
        assert counted(recorded(landings(3, 16), lowpass=False)) == {(16.0, None): 3}
        assert counted(recorded(landings(3, 21), lowpass=False)) == {(16.0, None): 3}

    def test_takes_the_resultant_of_a_tilted_sensor(self) -> None:
        tilted = [(z * 0.48, z * 0.6, z * 0.64) for _, _, z in landings(20, 5.1)]
        assert counted(recorded(tilted)) == counted(recorded(landings(20, 5.1)))

    def test_standing_has_no_impact(self) -> None:
        histogram = recorded([(0.0, 0.6, 0.8)] * 500)
        assert (histogram.bins, histogram.coverage) == ((), 1.0)

    def test_says_how_it_was_made(self) -> None:
        histogram = recorded(landings(3, 5), placement="lower_back", session_s=10)
        assert (histogram.placement, histogram.axis) == ("lower_back", "resultant")
        assert (histogram.gravity_included, histogram.sampling_hz) == (True, HZ)
        assert histogram.coverage == pytest.approx(0.5)
        assert histogram.detector == "mechanostat-peaks/1/lowpass-20hz"
        assert recorded(landings(3, 5), lowpass=False).detector == "mechanostat-peaks/1/raw"
        assert recorded(landings(3, 5), session_s=1).coverage == 1.0

    def test_nothing_recorded_covers_nothing(self) -> None:
        histogram = recorded([])
        assert (histogram.bins, histogram.coverage) == ((), 0.0)

    @pytest.mark.parametrize("sampling_hz", [49.99, 0, -100, math.nan, math.inf])
    def test_refuses_a_slow_recording(self, sampling_hz: Any) -> None:
        with pytest.raises(SamplingTooSlow):
            recorded(landings(1, 5), sampling_hz=sampling_hz)

    def test_takes_50_a_second(self) -> None:
        half = landings(20, 5)[::2]
        assert sum(one.count for one in recorded(half, sampling_hz=50).bins) == 20

    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e300, 1001.0])
    def test_refuses_what_no_sensor_says(self, value: Any) -> None:
        with pytest.raises(InvalidSample):
            recorded([*landings(2, 5), (0.0, value, 1.0)])

    @pytest.mark.parametrize("factor", [9.80665, 0.4])
    def test_refuses_another_unit_and_removed_gravity(self, factor: Any) -> None:
        standing = [(0.0, 0.0, factor)] * 500
        with pytest.raises(NotInG):
            recorded(standing)

    def test_makes_a_session_measured(self) -> None:
        histogram = recorded(landings(50, 6.1), lowpass=False)
        body = workout(body_mass_kg=70, impacts=msgspec.to_builtins(histogram))
        rated = rate_session(uid(1), body)
        force = ground_force(6.125, placement="hip", axis="resultant", body_mass_kg=70)
        assert (rated.tier, rated.flags) == ("A", ())
        assert [(block.bw, block.cycles) for block in rated.blocks] == [(force.grf_bw, 50)]

    def test_the_table_says_how_far_each_value_was_checked(self) -> None:
        rows = [getattr(DETECTOR, n) for n in DETECTOR.__struct_fields__ if n != "version"]
        assert all(row.source and row.support in "VMDE" for row in rows)


def peaks_of(samples: list[Sample], *, lowpass: bool = True) -> Any:
    """Peaks as the study that published the recording took them: 0.4 s apart."""
    axes: Any = zip(*samples, strict=True)
    if lowpass:
        axes = (smoothed(axis, cutoff_hz=20, sampling_hz=HZ) for axis in axes)
    sizes = (math.hypot(*sample) for sample in zip(*axes, strict=True))
    return list(impacts(sizes, sampling_hz=HZ, least=1.3, apart_s=0.4))


@recordings.here
class TestRealRecording:
    def test_has_the_published_peaks_of_half_a_minute(self) -> None:
        found = peaks_of(recordings.hip_samples()[12_000:15_000])
        assert len(found) == 26
        assert [round(peak.height, 2) for peak in found[:10]] == [
            1.32, 1.36, 1.30, 2.32, 1.50, 1.68, 1.51, 1.96, 1.37, 1.86,
        ]  # fmt: skip
        assert [peak.index / HZ for peak in found[:10]] == [
            0.12, 1.06, 4.41, 4.90, 5.56, 6.07, 6.73, 7.23, 8.16, 8.71,
        ]  # fmt: skip

    def test_has_the_known_peaks_of_five_minutes(self) -> None:
        heights = [peak.height for peak in peaks_of(recordings.hip_samples())]
        assert (len(heights), round(max(heights), 3)) == (295, 3.525)
        assert [sum(low <= h < low + 1 for h in heights) for low in (1, 2, 3)] == [178, 116, 1]

    def test_has_more_and_higher_peaks_unfiltered(self) -> None:
        heights = [peak.height for peak in peaks_of(recordings.hip_samples(), lowpass=False)]
        assert (len(heights), round(max(heights), 3)) == (303, 4.836)

    def test_makes_a_histogram(self) -> None:
        histogram = recorded(recordings.hip_samples())
        assert histogram.coverage == 1.0
        assert max(one.lower_g for one in histogram.bins) == 3.5
        # Nearer together than the study took them, so a few more than its 295.
        assert sum(one.count for one in histogram.bins) == 319

    def test_a_second_of_another_device_reads_as_g(self) -> None:
        samples = recordings.imu_samples()
        assert len(samples) == 100
        assert recorded(samples).coverage == 1.0
