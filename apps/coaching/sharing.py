"""Which records, and what of them, a consent category opens to a team.

Two lists on purpose: a type must stand in a category and have its fields named here. What is
in neither stays the athlete's alone, also when a new type or field comes.
"""

from collections.abc import Iterable
from functools import cache

from apps.coaching.categories import RECORD_CATEGORY, Category
from backend.feed.cursor import profile_of
from backend.records import REGISTRY, RecordType
from backend.records.masks import Mask, mask_of, masked

# Nobody else's, wherever they stand: words for oneself, and what tells of devices and files.
HIDDEN = frozenset({"note", "source", "blobs", "report", "device", "order_id"})
SHARED_FIELDS: dict[str, tuple[str, ...]] = {
    "workout_session": (
        "started_at", "ended_at", "utc_offset_min", "local_date", "zone", "time_quality",
        "activity", "title", "elapsed_s", "timer_s", "distance_m", "hr_avg", "hr_max", "rpe",
        "planned_rest", "exercises", "impacts", "jumps", "availability", "status",
    ),
    "lab_result": (
        "analyte", "codes", "code_text", "value", "comparator", "value_text", "unit",
        "unit_ucum", "ref_low", "ref_high", "ref_text", "flag", "collected_at",
        "collected_precision", "status", "method",
    ),
    # Not the rule, the reason or the words: they tell of results, which are a category of
    # their own.
    "reminder": ("topic", "due_date", "priority", "state"),
}  # fmt: skip
SHARED_TYPES = {name: RECORD_CATEGORY[name] for name in SHARED_FIELDS if name in RECORD_CATEGORY}
# Another list, another name: readers then load anew instead of keeping what was shown before.
PROFILE = profile_of(f"team {sorted(HIDDEN)} {sorted(SHARED_FIELDS.items())}")


def types_opened(categories: Iterable[Category]) -> frozenset[int]:
    """Return the numbers of the record types these categories open."""
    opened = frozenset(categories)
    return frozenset(
        REGISTRY[name].type_id for name, category in SHARED_TYPES.items() if category in opened
    )


def categories_of(types: Iterable[int]) -> frozenset[Category]:
    """Return the categories these record types belong to."""
    wanted = frozenset(types)
    return frozenset(
        category for name, category in SHARED_TYPES.items() if REGISTRY[name].type_id in wanted
    )


def for_a_team(kind: RecordType, body: bytes) -> bytes:
    """Return a body as a team sees it."""
    return masked(body, _mask(kind.name))


@cache
def _mask(name: str) -> Mask:
    return mask_of(REGISTRY[name].body, only=SHARED_FIELDS[name], without=HIDDEN)
