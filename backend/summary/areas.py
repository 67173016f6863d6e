"""One area of a summary: its band, how sure it is, and what it lacks."""

from collections.abc import Mapping, Sequence

import msgspec

from backend.models import run
from backend.records.server_owned import DomainSummary, Finding
from backend.summary.bone import bone_findings
from backend.summary.findings import vitamin_d_finding
from backend.summary.muscle import muscle_findings
from backend.summary.nutrition import nutrition_findings
from backend.summary.requirements import required
from backend.summary.situation import Situation

CONFIDENCE = ("none", "low", "moderate", "high")


def measured_areas(about: Situation) -> dict[str, DomainSummary]:
    """Return the three areas that rest on no session."""
    vitamin_d = vitamin_d_finding(about)
    findings = {
        "muscle": muscle_findings(about),
        "bone": bone_findings(about),
        "nutrition_hormones": [*([vitamin_d] if vitamin_d else []), *nutrition_findings(about)],
    }
    return {
        name: area_by(
            about,
            findings[name],
            items,
            # Under 18 the cut-offs do not apply; a Z-score by itself does.
            closed=about.is_minor and name in ("muscle", "bone") and not findings[name],
            most_confident="low" if name == "bone" and about.has_advanced_ckd else "high",
        )
        for name, items in required(about).items()
    }


def area_by(
    about: Situation,
    findings: Sequence[Finding],
    items: Mapping[str, bool],
    *,
    closed: bool = False,
    most_confident: str = "high",
) -> DomainSummary:
    """Return an area of which is known what it requires, and what of that is there.

    A ``closed`` one does not apply to the person and lacks nothing.
    """
    return area_of(
        about,
        findings,
        present=sum(items.values()),
        total=len(items),
        missing=() if closed else tuple(sorted(n for n, there in items.items() if not there)),
        not_applied=closed,
        most_confident=most_confident,
    )


def area_of(
    about: Situation,
    findings: Sequence[Finding],
    *,
    present: int,
    total: int,
    missing: tuple[str, ...],
    not_applied: bool,
    data_tier: str | None = None,
    most_confident: str = "high",
) -> DomainSummary:
    """Return an area of so many required items of which so many are present."""
    kept = tuple(f for f in findings if about.age_days(f.observed_on) <= f.window_days)
    standing = run(
        "summary.domain",
        {
            "as_of": about.as_of,
            "findings": [msgspec.structs.asdict(finding) for finding in findings],
            "required_present": present,
            "required_total": total,
            "not_applied": not_applied,
        },
    )
    completeness = present / total if total else 0.0
    grades = [finding.grade for finding in kept]
    sure = run(
        "summary.confidence",
        {"grades": grades, "completeness": completeness, "data_tier": data_tier},
    )
    return DomainSummary(
        band=str(standing["band"]),
        confidence=min(str(sure["confidence"]), most_confident, key=CONFIDENCE.index),
        completeness=completeness,
        findings=kept,
        stale=tuple(finding for finding in findings if finding not in kept),
        missing=missing,
    )
