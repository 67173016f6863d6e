"""R07, R08, R20 and R22: scans, injuries of bone, and entered probabilities of fracture."""

from collections.abc import Sequence
from datetime import date, timedelta

from backend.days import months_later
from backend.models import run
from backend.records.injury import Injury
from backend.reminding.case import Ask, Case, Rule, due_by
from backend.reminding.intervals import INTERVALS
from backend.summary.bone import counts_as_fragility, lowest_score, scores
from backend.summary.facts import Fact
from backend.summary.measures import latest_composition

MONTHS = 12
BOOKED = ("dxa", "dexa")
BONE = ("bone_stress", "fracture")


def dxa_followup(case: Case) -> Sequence[Ask]:
    """R07: the newest scan with a T-score again, by the lowest of all sites and what is taken."""
    about = case.about
    scan = next((one for one in about.facts.scans if scores(one)[0] is not None), None)
    lowest = lowest_score(about, "T", until=scan.day) if scan else None
    if scan is None or lowest is None:
        return ()
    due = due_by(
        "rem.dxa_followup",
        {
            "scan_date": scan.day,
            "sex": about.profile.sex,
            "age": about.age_on(scan.day),
            "t_lowest": lowest[0],
            "bone_drug_started_months_ago": _months_on_a_bone_drug(case, scan.day),
            "glucocorticoid": _takes_glucocorticoids(case),
            "prior_fragility_fracture": any(
                one.body.kind == "fracture" and one.body.fragility for one in about.facts.injuries
            ),
        },
    )
    return [Ask(due[0], scan.record_id, due[1], since=scan.day)] if due else ()


def _months_on_a_bone_drug(case: Case, scanned: date) -> int | None:
    """Return the whole months from the start to the scan, 0 for a start after it.

    By the scan and not by today, or the date would run away from the person each year.
    """
    drug = case.taken("bone_drug")
    if drug is None:
        return None
    months = 0
    while months_later(drug.day, months + 1) <= scanned:
        months += 1
    return months


def _takes_glucocorticoids(case: Case) -> bool:
    drug = case.taken("glucocorticoid")
    if drug is None:
        return False
    return months_later(drug.day, INTERVALS.glucocorticoid_months.value) <= case.about.as_of


def dxa_first(case: Case) -> Sequence[Ask]:
    """R08: a first scan after a fragility fracture, from an age on, or when a screen points to it.

    Due on a day that stays: that of the fracture, the birthday that made the age, or for a
    screen, which goes by age, the last birthday.
    """
    about, born = case.about, case.about.profile.born_date
    if about.facts.scans or case.says(BOOKED):
        return ()
    broken = [one for one in about.facts.injuries if counts_as_fragility(about, one)]
    if broken:
        return [Ask(broken[-1].day, broken[-1].record_id, "fragility_fracture")]
    if born is None or about.age is None:
        return ()
    women = about.profile.sex == "female"
    from_y = (INTERVALS.dxa_women_from_y if women else INTERVALS.dxa_men_from_y).value
    if about.profile.sex is not None and about.age >= from_y:
        return [Ask(_birthday(born, from_y), case.source("dxa_first"), "age")]
    if _is_referred(case):
        return [Ask(_birthday(born, about.age), case.source("dxa_screened"), "screen")]
    return ()


def _birthday(born: date, years: int) -> date:
    return months_later(born, MONTHS * years)


def _is_referred(case: Case) -> bool:
    about = case.about
    mass = latest_composition(about.facts, "mass_kg")
    given = {
        "sex": about.profile.sex,
        "age": about.age,
        "body_mass_kg": mass[1] if mass else None,
        "menopausal_status": about.profile.menopausal_status,
        "current_estrogen": _takes_estrogen(case),
    }
    return any(run(screen, given).get("refer") is True for screen in ("screen.ost", "screen.orai"))


def _takes_estrogen(case: Case) -> bool:
    """Return whether estrogen is taken; when nothing is known, what refers fewer people."""
    ended = any(one.body.code == "estrogen" for one in case.about.facts.medications)
    return case.taken("estrogen") is not None or not ended


def injury_check(case: Case) -> Sequence[Ask]:
    """R20: six weeks after a stress injury or fracture, while it is open; children too."""
    wait = timedelta(days=INTERVALS.injury_check_d.value)
    return [
        Ask(one.day + wait, one.record_id, since=one.day)
        for one in case.open_injuries()
        if one.body.kind in BONE
    ]


def frax_refresh(case: Case) -> Sequence[Ask]:
    """R22: an entered FRAX after two years, or at once after a fracture or another scan."""
    about = case.about
    stored = next((one for one in about.facts.risk_results if one.body.tool == "FRAX"), None)
    if stored is None:
        return ()
    events = [scan.day for scan in about.facts.scans if scan.day > stored.day]
    events += [one.day for one in about.facts.injuries if _is_new_fracture(one, stored.day)]
    expires = months_later(stored.day, INTERVALS.frax_months.value)
    first = min(events, default=expires)
    if first < expires:
        return [Ask(first, stored.record_id, "new_fracture_or_scan")]
    return [Ask(expires, stored.record_id, since=stored.day)]


def _is_new_fracture(injury: Fact[Injury], since: date) -> bool:
    return injury.body.kind == "fracture" and injury.day > since


RULES: dict[str, Rule] = {
    "rem.dxa_followup": dxa_followup,
    "rem.dxa_first": dxa_first,
    "rem.injury_check": injury_check,
    "rem.frax_refresh": frax_refresh,
}
