"""What every model declares about itself."""

from collections.abc import Callable

import msgspec

from backend.inputs import Inputs
from backend.results import Result


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """One published rule or formula.

    ``inputs`` are required unless the section says otherwise, ``optional`` may be absent;
    ``outputs`` are the keys of an ``ok`` result. ``grade`` is the evidence behind it: RCT,
    GL, COH, XS, MECH or ENG. ``version`` changes whenever a result could.
    """

    key: str
    fn: Callable[[Inputs], Result]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    grade: str
    citation: str
    section: str
    optional: tuple[str, ...] = ()
    version: str = "1"
