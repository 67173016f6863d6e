"""Wishes as the inbox page shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from apps.accounts.selectors import names_of
from apps.reminders.services.wishes import Wish
from backend.reminding.bounds import BOUNDS
from backend.summary.wording import say_date

RULE_NAMES = {
    "rem.vitd_retest_low": "Vitamin D after a low result",
    "rem.vitd_annual": "Yearly vitamin D",
    "rem.pth_after_low_d": "Parathyroid hormone after low vitamin D",
    "rem.dxa_followup": "Next bone density scan",
    "rem.grip_test": "Grip test",
    "rem.chair_gait": "Chair stand and walking test",
    "rem.alm_repeat": "Lean mass",
    "rem.creatinine_ckd": "Kidney function",
    "rem.energy_screen": "Questions about training and recovery",
    "rem.btm_on_treatment": "Bone turnover markers on treatment",
    "rem.tsh_levothyroxine": "Thyroid on levothyroxine",
    "rem.sync_stale": "A silent phone",
    "rem.injury_check": "Open injuries",
    "rem.diet_log": "Diet log",
    "rem.frax_refresh": "Fracture probability",
}


@dataclass(frozen=True)
class WishLine:
    """One wish on the page; ``rule`` is empty for a reminder in the person's words."""

    id: UUID
    title: str
    when: str
    due: date | None
    by: str
    rule: str
    days: int | None
    from_days: int
    to_days: int


def wish_lines(wishes: Sequence[Wish]) -> dict[str, list[WishLine]]:
    """Return what coaches proposed and nobody answered, and what counts."""
    open_ones = [one for one in wishes if one.body.is_open_proposal]
    names = names_of({one.body.proposed_by for one in open_ones if one.body.proposed_by})
    return {
        "proposals": [_line(one, names) for one in open_ones],
        "wishes": [_line(one, names) for one in wishes if one.body.counts],
    }


def rule_choices() -> list[dict[str, object]]:
    """Return the rules whose interval a person may set, in words."""
    return [
        {"rule": rule, "name": RULE_NAMES[rule], "from_days": first, "to_days": last}
        for rule, (first, last) in BOUNDS.items()
    ]


def _line(wish: Wish, names: dict[UUID, str]) -> WishLine:
    body = wish.body
    first, last = BOUNDS.get(body.rule or "", (1, 1))
    return WishLine(
        id=wish.id,
        title=body.title or RULE_NAMES.get(body.rule or "", body.rule or ""),
        when=_when(wish),
        due=body.due_date,
        by=names.get(body.proposed_by, "somebody") if body.proposed_by else "",
        rule=body.rule or "",
        days=body.interval_days,
        from_days=first,
        to_days=last,
    )


def _when(wish: Wish) -> str:
    body = wish.body
    if body.due_date is None:
        return f"after {body.interval_days} days"
    if body.every_days:
        again = f", every {body.every_days} days"
    elif body.every_months:
        again = f", every {body.every_months} months" if body.every_months > 1 else ", every month"
    else:
        again = ""
    return say_date(body.due_date, "en") + again
