"""What each area needs to be told about at all, and which of it is there."""

from backend.loading.bands import COVERED_DAYS_NEEDED
from backend.loading.days import WINDOW_DAYS
from backend.summary.bone import bone_known
from backend.summary.energy import energy_known
from backend.summary.intake import intake_known
from backend.summary.lab_results import same_sample_albumin
from backend.summary.muscle import tests_known
from backend.summary.situation import Situation

RATED_DAYS_NEEDED = 14
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
    """Return the required items of the areas that rest on no session, and whether each is present.

    What does not apply in pregnancy is not required then.
    """
    is_needless = bool(about.profile.vitamin_d_no_indication)
    items = {
        "muscle": tests_known(about),
        "bone": bone_known(about),
        "nutrition_hormones": {
            "vitd_25oh": about.recent("vitd_25oh") is not None or is_needless,
            "calcium_with_albumin": _calcium_known(about),
            **intake_known(about),
        },
    }
    dropped = NOT_IN_PREGNANCY if about.profile.pregnant else frozenset()
    return {
        area: {name: there for name, there in wanted.items() if name not in dropped}
        for area, wanted in items.items()
    }


def energy_required(about: Situation) -> dict[str, bool]:
    """Return the required items of recovery and energy, and whether each is present."""
    return energy_known(about, rated_days_needed=RATED_DAYS_NEEDED)


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
    calcium = about.recent("calcium")
    return calcium is not None and same_sample_albumin(about, calcium) is not None
