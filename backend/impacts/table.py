"""The constants of the detector, read once while the package is imported."""

import msgspec

from backend.tables import Constant, read_table


class Detector(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How impacts are found; units are part of the names."""

    version: str
    cutoff_hz: Constant
    least_g: Constant
    apart_s: Constant
    bin_g: Constant
    open_from_g: Constant
    mean_low_g: Constant
    mean_high_g: Constant


DETECTOR = read_table("backend.impacts", "detector.toml", Detector)
