"""Which records, and what of them, a consent category opens to a team.

Two steps on purpose: a type must name its category, and its fields must be named here. What
lacks either stays the athlete's alone, also when a new type or field comes. Screens of energy
lack the second: their answers tell of scans, results, periods and injuries.
"""

from collections.abc import Iterable
from functools import cache

from apps.coaching.categories import Category
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
    "strength_test": (
        "tested_at", "test", "side", "protocol", "distance_m", "unable", "trials",
        "side_by_side_s", "semi_tandem_s", "tandem_s", "walk_s", "walk_distance_m",
    ),
    "body_composition": (
        "measured_at", "method", "mass_kg", "height_cm", "fat_pct", "lean_mass_kg", "alm_kg",
        "waist_cm", "muscle_density",
    ),
    "dxa_scan": (
        "scanned_at", "manufacturer", "model", "software", "reference_database",
        "excluded_vertebrae", "facility_precision", "site_results",
    ),
    "injury": (
        "kind", "site", "high_risk_site", "fragility", "onset_date", "closed_date",
        "imaging_confirmed", "weeks_off",
    ),
    "cycle_log": ("local_date", "kind"),
    # Not the rule, the reason or the words: they tell of results, which are a category of
    # their own.
    "reminder": ("topic", "due_date", "priority", "state"),
}  # fmt: skip
SHARED_TYPES = {
    name: Category(kind.category)
    for name, kind in REGISTRY.items()
    if name in SHARED_FIELDS and kind.category in {category.value for category in Category}
}
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
