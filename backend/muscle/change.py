"""Whether a change between two measurements is more than the measurement's own noise."""

import msgspec

from backend.contract import Model
from backend.inputs import Inputs, Stop
from backend.muscle.tables import CONSTANTS, read_within
from backend.results import Result, ok

EDGE_SLACK = 1e-9  # 0.9 to 1.0 m/s is a change of 0.10 whatever binary fractions make of it
THRESHOLDS = {
    "grip_kg": CONSTANTS.change.grip_kg.value,
    "gait_m_s": CONSTANTS.change.gait_m_s.value,
    "sppb": CONSTANTS.change.sppb.value,
}
BY_DEVICE = ("method1", "method2", "same_device")  # asked for alm_kg only
MEASURES = (*THRESHOLDS, "alm_kg")


class Change(msgspec.Struct, frozen=True):
    """The difference, the smallest one taken for real, and increase, decrease or neither."""

    change: float
    threshold: float
    verdict: str


def change_of(measure: str, v1: float, v2: float) -> Change:
    """Return the change of one of ``MEASURES`` from ``v1`` to ``v2``, in its own unit.

    Lean mass compares only by DXA on one device; that is the caller's to know.
    Source:
        published minimal important differences; for lean mass 2.77 times its precision.
    """
    threshold = THRESHOLDS.get(measure, CONSTANTS.change.alm_pct.value / 100 * v1)
    change = v2 - v1
    if abs(change) < threshold - EDGE_SLACK:
        return Change(change, threshold, "no_real_change")
    return Change(change, threshold, "increase" if change > 0 else "decrease")


def _is_lean_mass(given: Inputs) -> bool:
    try:
        return given.text("measure") == "alm_kg"
    except Stop:
        return False


def change(given: Inputs) -> Result:
    """Return the ``Change`` of a ``measure`` from ``v1`` to ``v2``; see ``change_of``.

    Lean mass also needs ``method1``, ``method2`` and ``same_device``; any but DXA twice on
    one device is ``not_comparable``, with nothing else.
    """
    given.need("measure", "v1", "v2", *(BY_DEVICE if _is_lean_mass(given) else ()))
    measure = given.choice("measure", MEASURES)
    v1, v2 = (read_within(given, name, kind=measure) for name in ("v1", "v2"))
    if measure == "alm_kg":
        methods = {given.text("method1"), given.text("method2")}
        if not given.flag("same_device") or methods != {"dxa"}:
            return ok(verdict="not_comparable")
    return ok(**msgspec.structs.asdict(change_of(measure, v1, v2)))


MODELS = (
    Model(
        key="muscle.change",
        fn=change,
        inputs=("measure", "v1", "v2"),
        optional=BY_DEVICE,
        outputs=Change.__struct_fields__,
        grade="COH",
        citation="published minimal important differences; 2.77 times the precision of DXA",
        section="2.4",
    ),
)
