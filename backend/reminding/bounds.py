"""Between which days a person may set the interval of a rule."""

import msgspec

from backend.tables import read_table

LONGEST = 2  # times the rule's own interval


class _Bounds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: str
    days: dict[str, tuple[int, int]]


BOUNDS: dict[str, tuple[int, int]] = read_table("backend.reminding", "bounds.toml", _Bounds).days


def is_within(rule: str, days: int) -> bool:
    """Return whether a rule may get an interval of ``days``; never one that has no bounds."""
    first, last = BOUNDS.get(rule, (1, 0))
    return first <= days <= last
