"""Recordings that others made; a test that needs one is skipped where they are not there."""

from pathlib import Path

import pytest

from backend.impacts.histogram import Sample

ROOT = Path(__file__).parents[3].parent / "shared" / "data" / "accelerometer"
HIP = ROOT / "actigraph-hip-100hz-5min.csv"
IMU = ROOT / "actigraph-imu-with-timestamps.csv"
here = pytest.mark.skipif(
    not HIP.exists(), reason="the sample recordings (../shared/data) are not on this machine"
)
HEADER_LINES = 11


def hip_samples() -> list[Sample]:
    """Return five minutes at the hip, 100 Hz, in g."""
    rows = HIP.read_text("utf-8").splitlines()[HEADER_LINES:]
    return [_sample(row.split(",")) for row in rows]


def imu_samples() -> list[Sample]:
    """Return one second of another device, 100 Hz, in g."""
    rows = IMU.read_text("utf-8").splitlines()[HEADER_LINES:]
    return [_sample(row.split(",")[1:4]) for row in rows]


def _sample(fields: list[str]) -> Sample:
    x, y, z = map(float, fields)
    return x, y, z
