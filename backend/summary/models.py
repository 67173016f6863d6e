"""Models of the summary: a domain's band, the overall band, confidence, and the text lint."""

from statistics import median

import msgspec

from backend.contract import Model
from backend.inputs import Inputs, Stop, require
from backend.results import Result, ok
from backend.summary.lint import violations

DOMAINS = ("loading", "muscle", "bone", "nutrition_hormones", "recovery_energy")
BANDS = ("supportive", "mixed", "review", "insufficient", "not_applied")
NOT_ASSESSED = frozenset({"insufficient", "not_applied"})
LEVEL_BANDS = ("supportive", "mixed", "review")
STRENGTH = {"RCT": 4, "GL": 3, "COH": 3, "XS": 2, "MECH": 1, "ENG": 1}
CONFIDENCES = ("low", "moderate", "high")
TIERS = ("A", "B", "C", "D")
ESTIMATED_TIER = "C"


class Standing(msgspec.Struct, frozen=True):
    """Where a domain stands: band, findings counted and stale, share of required items."""

    band: str
    counted: int
    stale: int
    completeness: float


def domain(given: Inputs) -> Result:
    """Return a domain's ``Standing`` from its ``findings`` on ``as_of``.

    A finding counts while its age in days is at most its ``window_days``. A level-2 finding
    decides alone; otherwise half of the required items must be present.
    """
    not_applied = given.flag("not_applied")
    if not not_applied:
        given.need("as_of", "findings", "required_present", "required_total")
    total = given.optional_number("required_total", low=0) or 0.0
    present = given.optional_number("required_present", low=0, high=total) or 0.0
    completeness = present / total if total else 0.0
    if not_applied:
        return ok(band="not_applied", counted=0, stale=0, completeness=completeness)
    as_of = given.day("as_of")
    rows = given.rows("findings", "level", "observed_on", "window_days", "grade")
    levels, stale = [], 0
    for row in rows:
        level = row.number("level", low=0, high=2)
        if not level.is_integer():
            raise Stop.out_of_range("level")
        age = (as_of - row.day("observed_on")).days
        if age <= row.number("window_days", low=0):
            levels.append(int(level))
        else:
            stale += 1
    worst = max(levels, default=None)
    if worst is None or (worst < 2 and completeness < 0.5):
        band = "insufficient"
    else:
        band = LEVEL_BANDS[worst]
    return ok(band=band, counted=len(levels), stale=stale, completeness=completeness)


def overall(given: Inputs) -> Result:
    """Return the ``overall`` band and ``domains_assessed``; nothing is averaged."""
    given.need("bands")
    bands = list(given.mapping("bands").values())
    require("bands" for band in bands if band is None)
    if any(band not in BANDS for band in bands):
        raise Stop.out_of_range("bands")
    assessed = sum(band not in NOT_ASSESSED for band in bands)
    if given.flag("safety_finding") or "review" in bands:
        result = "review"
    elif assessed < 3:
        result = "insufficient"
    else:
        result = "mixed" if "mixed" in bands else "supportive"
    return ok(overall=result, domains_assessed=assessed)


def confidence(given: Inputs) -> Result:
    """Return how sure a domain is, from ``grades``, ``completeness`` and ``data_tier``."""
    given.need("grades", "completeness")
    grades = given.items("grades")
    completeness = given.number("completeness", low=0, high=1)
    tier = given.choice("data_tier", TIERS, default="A")
    if any(not isinstance(grade, str) or grade not in STRENGTH for grade in grades):
        raise Stop.out_of_range("grades")
    if not grades:
        return ok(confidence="none")
    middle = median(STRENGTH[str(grade)] for grade in grades)
    step = (
        2
        if middle >= 3 and completeness >= 0.75
        else 1
        if middle >= 2 and completeness >= 0.5
        else 0
    )
    step = max(0, step - 1) if tier == ESTIMATED_TIER else step
    return ok(confidence=CONFIDENCES[step], median_evidence=middle)


def text_lint(given: Inputs) -> Result:
    """Return the ``violations`` of a text; see ``backend.summary.lint``."""
    given.need("text")
    return ok(violations=violations(given.text("text")))


MODELS = (
    Model(
        key="summary.domain",
        fn=domain,
        inputs=("as_of", "findings", "required_present", "required_total"),
        optional=("not_applied",),
        outputs=Standing.__struct_fields__,
        grade="ENG",
        citation="our convention",
        section="7.3",
    ),
    Model(
        key="summary.overall",
        fn=overall,
        inputs=("bands",),
        optional=("safety_finding",),
        outputs=("overall", "domains_assessed"),
        grade="ENG",
        citation="our convention",
        section="7.4",
    ),
    Model(
        key="summary.confidence",
        fn=confidence,
        inputs=("grades", "completeness"),
        optional=("data_tier",),
        outputs=("confidence", "median_evidence"),
        grade="ENG",
        citation="our convention",
        section="7.5",
    ),
    Model(
        key="summary.text_lint",
        fn=text_lint,
        inputs=("text",),
        outputs=("violations",),
        grade="ENG",
        citation="our convention",
        section="7.7",
    ),
)
