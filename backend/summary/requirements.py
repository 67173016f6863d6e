"""What each area needs to be told about at all, and which of it is there."""

from backend.loading.bands import COVERED_DAYS_NEEDED
from backend.loading.days import WINDOW_DAYS
from backend.summary.situation import Situation

PERFORMANCE_FROM_Y = 60
RATED_DAYS_NEEDED = 14
SAME_SAMPLE_DAYS = 1
# Cheapest first; what a person can type before what takes a test, a sample or a scanner.
BY_COST = (
    "born_date",
    "injury_status",
    "fracture_history",
    "strength_test",
    "performance_test",
    "protein_log",
    "calcium_log",
    "srpe_days",
    "energy_screen",
    "covered_days",
    "vitd_25oh",
    "calcium_with_albumin",
    "alm",
    "scan",
)
NOT_IN_PREGNANCY = frozenset({"scan", "alm", "vitd_25oh"})


def required(about: Situation) -> dict[str, dict[str, bool]]:
    """Return the required items of every area but loading, and whether each is present.

    Tests, scans, intake, screens and injuries are not recorded yet, so they are absent. What
    does not apply in pregnancy is not required then.
    """
    older = about.age is not None and about.age >= PERFORMANCE_FROM_Y
    rated = sum(day.srpe_au > 0 for day in about.load_days)
    items = {
        "muscle": {"strength_test": False, "alm": False}
        | ({"performance_test": False} if older else {}),
        "bone": {"scan": False, "fracture_history": False},
        "nutrition_hormones": {
            "vitd_25oh": about.recent("vitd_25oh") is not None,
            "calcium_with_albumin": _calcium_known(about),
            "protein_log": False,
            "calcium_log": False,
        },
        "recovery_energy": {
            "srpe_days": rated >= RATED_DAYS_NEEDED,
            "energy_screen": False,
            "injury_status": False,
        },
    }
    dropped = NOT_IN_PREGNANCY if about.profile.pregnant else frozenset()
    return {
        area: {name: there for name, there in wanted.items() if name not in dropped}
        for area, wanted in items.items()
    }


def loading_missing(about: Situation) -> tuple[str, ...]:
    """Return what the loading area lacks."""
    lacking = ["born_date"] if about.age is None else []
    if about.coverage_days < COVERED_DAYS_NEEDED:
        lacking.append("covered_days")
    return tuple(lacking)


def loading_counts(about: Situation) -> tuple[int, int]:
    """Return the present and the required items of loading: its covered days of 28."""
    return about.coverage_days, WINDOW_DAYS


def _calcium_known(about: Situation) -> bool:
    """Return whether ionised calcium, or calcium and albumin of one sample, is recent."""
    if about.recent("calcium_ionised"):
        return True
    calcium, albumin = about.recent("calcium"), about.recent("albumin")
    if calcium is None or albumin is None:
        return False
    return abs((calcium.local_date - albumin.local_date).days) <= SAME_SAMPLE_DAYS
