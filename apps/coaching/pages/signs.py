"""How a row stands: a shape, a word and a colour, by what the reason is about."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.panel import Reason

SAFETY, LOOK = 3, 2


@dataclass(frozen=True)
class Sign:
    """``shape`` and ``tone`` are names the template and the stylesheet know."""

    shape: str
    tone: str
    word: str


GROUPS = {
    "needs_a_look": ("Needs a look", ""),
    "silent": (
        "Silent",
        "Nothing for 7 days or more, though they share with you. Who ends sharing is not in the "
        "list at all.",
    ),
    "due_soon": ("Due soon", "A retest or scan within 30 days; a check-in or food log that waits."),
    "steady": ("Steady", "Nothing that asks for a look in what is shared with you."),
}
SILENT = Sign("ring", "silent", "Silent")
STEADY = Sign("disc", "good", "Steady")
# By the whole code, else by its end; a code nobody named yet has a plain word.
BY_CODE = {
    "loading_step_up": ("up", "Step up"),
    "loading_gap": ("down", "Low loading"),
    "coverage_thin": ("ring", "Few days known"),
    "monotony_high": ("diamond", "Monotony"),
    "availability_out": ("cross", "Out"),
    "availability_limited": ("half", "Limited"),
    "bone_stress_current": ("cross", "Bone stress"),
    "injury_open": ("cross", "Injury"),
    "no_period": ("diamond", "Cycle"),
}
BY_END = (
    ("_overdue", ("clock", "Overdue")),
    ("_due", ("clock", "Due soon")),
    ("_decrease", ("down", "Falling")),
    ("_worsening", ("down", "Falling")),
    ("_increase", ("up", "Rising")),
)
OTHERS = {
    "sessions": ("diamond", "Sessions"),
    "loading": ("diamond", "Loading"),
    "strength": ("diamond", "Strength"),
    "body_composition": ("diamond", "Body composition"),
    "labs": ("diamond", "Lab result"),
    "labs_status": ("diamond", "Lab result"),
    "dxa": ("diamond", "Bone scan"),
    "injuries": ("cross", "Injury"),
    "cycle": ("diamond", "Cycle"),
    "energy": ("diamond", "Energy screen"),
}
PLAIN = ("diamond", "Worth a look")


DONE = {
    "reviewed": Sign("check", "done", "Reviewed"),
    "snoozed": Sign("pause", "done", "Snoozed"),
}


def sign_of(group: str, reasons: Sequence[tuple[str, Reason]], *, mark: str = "") -> Sign:
    """Return the sign of a row.

    Args:
        group: where it stands.
        reasons: with their categories, worst first, without those a mark covers.
        mark: the kind of the mark that stands on it.
    """
    if group == "silent":
        return SILENT
    if group != "needs_a_look" and mark in DONE:
        return DONE[mark]
    if not reasons:
        return STEADY
    category, reason = reasons[0]
    return sign_of_reason(category, reason)


def sign_of_reason(category: str, reason: Reason) -> Sign:
    """Return the sign of one reason."""
    by_end = (found for end, found in BY_END if reason.code.endswith(end))
    shape, word = BY_CODE.get(reason.code) or next(by_end, None) or OTHERS.get(category, PLAIN)
    tone = "bad" if reason.severity >= SAFETY else "warn" if reason.severity == LOOK else "info"
    return Sign(shape, tone, word)
