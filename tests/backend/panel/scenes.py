"""People of whom a coach may read something, and one scene for every reason there is."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from backend.panel import PanelPart, Reason, Said, Trained, followed_from, panel_parts
from backend.readmodels import LoadDay, Observation
from backend.records.athlete_profile import AthleteProfile
from backend.reminding.plan import plan, reminder_id
from backend.summary.compose import summarise
from backend.summary.facts import facts_of
from backend.summary.measured import measured
from backend.summary.situation import Situation
from tests.backend.build import ADULT, TODAY, about, days_back, uid, vitamin_d
from tests.backend.test_summary_findings import (
    WOMAN_30,
    WOMAN_70,
    grip,
    lean,
    noon,
    record,
    scan,
)

ATHLETE = uid(99)
STEADY_BACK = tuple(7 * week + day for week in range(13) for day in (1, 3, 5))
STEADY = days_back(*STEADY_BACK, blu=40.0)
LONG_AGO = date(2020, 1, 1)
Records = Sequence[tuple[str, UUID, bytes]]


def ago(days: int, *, of: date = TODAY) -> date:
    return of - timedelta(days=days)


def said(back: int, word: str, *, as_of: date = TODAY) -> Said:
    """Return what a session of a day before says of availability."""
    day = ago(back, of=as_of)
    return Said(uid(500 + back), day, datetime.combine(day, time(8), UTC), word)


def situation_of(
    *observations: Observation,
    profile: AthleteProfile = ADULT,
    records: Records = (),
    days: Sequence[LoadDay] = STEADY,
    covered: int = 28,
    as_of: date = TODAY,
) -> Situation:
    return about(
        *observations,
        profile=profile,
        as_of=as_of,
        facts=facts_of(records, zone="UTC"),
        load_days=days,
        coverage_days=covered,
    )


def parts(
    *observations: Observation,
    first: date | None = LONG_AGO,
    last_input: date | None = None,
    last_data_on: date | None = None,
    said: Sequence[Said] = (),
    **given: Any,
) -> dict[str, PanelPart]:
    """Return the parts of somebody who trains steadily, is known and has no record, unless told."""
    there = situation_of(*observations, **given)
    planned = plan(
        there, athlete_id=ATHLETE, weeks=there.weeks, first_session=first, last_sync=last_input
    )
    trained = Trained(
        read_from=followed_from(there.as_of),
        days=sorted(given.get("days", STEADY), key=lambda day: day.local_date),
        first_session=first,
        last_input=last_input or there.as_of,
        last_data_on=last_data_on or there.as_of,
        said=said,
    )
    return panel_parts(
        there,
        summary=summarise(there, measured(there), covers_seq=1),
        reminders={reminder_id(ATHLETE, one.rule, one.source_record): one for one in planned},
        trained=trained,
    )


def reasons(part: str, *observations: Observation, **given: Any) -> tuple[Reason, ...]:
    return parts(*observations, **given)[part].reasons


def the(code: str, part: str, *observations: Observation, **given: Any) -> Reason:
    """Return the one reason of a part that has this code."""
    found = [one for one in reasons(part, *observations, **given) if one.code == code]
    assert len(found) == 1, parts(*observations, **given)[part]
    return found[0]


def result(
    analyte: str, value: str | None, unit: str, number: int = 60, **more: Any
) -> Observation:
    fields = {"unit": unit, "source_unit": unit, "lab": "A", "method": "m", **more}
    for limit in ("ref_low", "ref_high"):
        if limit in more:
            fields[limit] = Decimal(more[limit])
    return vitamin_d(value, analyte=analyte, record=number, **fields)


def stepped(times: float = 1.8) -> list[LoadDay]:
    """Return steady days of which the last week's held more."""
    last = TODAY - timedelta(days=6)
    return [
        msgspec.structs.replace(one, blu=one.blu * times) if one.local_date >= last else one
        for one in STEADY
    ]


def quiet(days: int, **fields: Any) -> list[LoadDay]:
    """Return steady days up to ``days`` ago, and since then days that loaded no bone."""
    before = [one for one in STEADY if (TODAY - one.local_date).days >= days]
    since = [back for back in STEADY_BACK if back < days]
    return [*before, *days_back(*since, **({"day_class": "none", "blu": 0.0} | fields))]


def rated(au: float = 300.0) -> list[LoadDay]:
    """Return days that were all trained and rated much alike for ten days, and not before."""
    alike = [
        msgspec.structs.replace(one, srpe_au=au + 100 * ((TODAY - one.local_date).days % 2))
        for one in days_back(*range(10))
    ]
    return [*alike, *(one for one in STEADY if (TODAY - one.local_date).days >= 10)]


def injury(number: int, back: int, kind: str, site: str, **more: Any) -> tuple[str, UUID, bytes]:
    return record("injury", number, kind=kind, site=site, onset_date=str(ago(back)), **more)


def period(back: int, number: int = 80, kind: str = "period_start") -> tuple[str, UUID, bytes]:
    return record("cycle_log", number, local_date=str(ago(back)), kind=kind)


def screen(back: int, number: int = 90, **answers: Any) -> tuple[str, UUID, bytes]:
    return record("energy_screen", number, answered_at=noon(back), **answers)


AT_RISK: dict[str, Any] = {
    "age": 30, "dietary": "eating_disorder_criteria", "bmi": 17.0, "menarche_age": 16,
    "menses_12mo": 3, "hormonal_contraception": False, "z_lowest": -2.5, "bsi_count": 2,
    "bsi_high_risk_site": True,
}  # fmt: skip
LOST = (
    scan(400, 40, total_hip={"bmd_g_cm2": 0.900, "t_score": -1.2}),
    scan(20, 41, total_hip={"bmd_g_cm2": 0.820, "t_score": -1.9}),
)
CALCIUM = result("calcium", "11.4", "mg/dL", 61)

# One scene for every reason: where it stands, and how it comes about.
Scene = tuple[str, str, Callable[[], dict[str, PanelPart]]]
SCENES: list[Scene] = [
    ("sessions", "availability_out", lambda: parts(said=[said(1, "out"), said(4, "out")])),
    ("sessions", "availability_limited", lambda: parts(said=[said(2, "limited")])),
    ("sessions", "coverage_thin", lambda: parts(covered=5, first=ago(4))),
    ("sessions", "monotony_high", lambda: parts(days=rated())),
    ("loading", "loading_step_up", lambda: parts(days=stepped())),
    ("loading", "loading_gap", lambda: parts(days=quiet(18))),
    ("strength", "strength_below_cutoff", lambda: parts(profile=WOMAN_70, records=[grip(30, 14)])),
    ("strength", "grip_kg_decrease",
     lambda: parts(profile=WOMAN_30, records=[grip(200, 36, 10), grip(20, 28, 11)])),
    ("strength", "grip_kg_increase",
     lambda: parts(profile=WOMAN_30, records=[grip(200, 28, 10), grip(20, 36, 11)])),
    ("body_composition", "lean_mass_below_cutoff",
     lambda: parts(profile=WOMAN_30, records=[lean(30, 15.0)])),
    ("body_composition", "alm_kg_decrease",
     lambda: parts(profile=WOMAN_30, records=[lean(300, 21.0, 30), lean(30, 18.0, 31)])),
    ("body_composition", "alm_kg_increase",
     lambda: parts(profile=WOMAN_30, records=[lean(300, 18.0, 30), lean(30, 21.0, 31)])),
    ("labs", "vitd_toxicity_range", lambda: parts(vitamin_d("160"))),
    ("labs", "high_calcium_pth_unknown", lambda: parts(CALCIUM)),
    ("labs", "vitd_very_low", lambda: parts(vitamin_d("9"))),
    ("labs", "vitd_low", lambda: parts(vitamin_d("14"))),
    ("labs", "low_d_high_pth",
     lambda: parts(vitamin_d("14"), result("pth", "95", "pg/mL", ref_high=65))),
    ("labs", "tsh_below_interval",
     lambda: parts(result("tsh", "0.1", "mIU/L", ref_low="0.4", ref_high=4))),
    ("labs", "vitd_25oh_worsening",
     lambda: parts(vitamin_d("70", on=ago(200), record=1, lab="A", method="m"),
                   vitamin_d("30", on=ago(20), record=2, lab="A", method="m"))),
    ("labs", "phosphate_below_lab_interval",
     lambda: parts(result("phosphate", "2", "mg/dL", ref_low="2.5", ref_high="4.5"))),
    ("labs_status", "results_outside_contact", lambda: parts(CALCIUM)),
    ("labs_status", "results_outside", lambda: parts(vitamin_d("9"))),
    ("labs_status", "blood_test_due", lambda: parts(vitamin_d("14", on=ago(80)))),
    ("dxa", "bone_osteoporosis_range",
     lambda: parts(profile=WOMAN_70, records=[scan(50, femoral_neck={"t_score": -2.6})])),
    ("dxa", "bone_low_bone_mass",
     lambda: parts(profile=WOMAN_70, records=[scan(50, femoral_neck={"t_score": -1.6})])),
    ("dxa", "bone_below_expected_for_age",
     lambda: parts(profile=WOMAN_30, records=[scan(50, femoral_neck={"z_score": -2.2})])),
    ("dxa", "bmd_total_hip_decrease", lambda: parts(profile=WOMAN_70, records=LOST)),
    ("dxa", "tbs_degraded",
     lambda: parts(profile=WOMAN_70,
                   records=[scan(50, lumbar_spine={"t_score": -0.5, "tbs": 1.1})])),
    ("injuries", "bone_stress_current",
     lambda: parts(records=[injury(70, 12, "bone_stress", "tibia")])),
    ("injuries", "injury_open", lambda: parts(records=[injury(71, 9, "muscle", "left hamstring")])),
    ("injuries", "fragility_fracture",
     lambda: parts(profile=WOMAN_70, records=[
         injury(72, 400, "fracture", "hip", fragility=True, closed_date=str(ago(300)))])),
    ("cycle", "no_period", lambda: parts(profile=WOMAN_30, records=[period(95)])),
    ("energy", "triad_high", lambda: parts(profile=WOMAN_30, records=[screen(20, **AT_RISK)])),
    ("energy", "reds_indicators",
     lambda: parts(profile=WOMAN_30,
                   records=[screen(20, primary_or_12mo_amenorrhoea=True, z_below_minus1=True)])),
    ("reminders", "vitd_retest_overdue",
     lambda: parts(vitamin_d("14", on=ago(84 + 19)), result("pth", "40", "pg/mL"))),
    ("reminders", "vitd_retest_due",
     lambda: parts(vitamin_d("14", on=ago(80)), result("pth", "40", "pg/mL"))),
    ("reminders", "blood_test_overdue", lambda: parts(vitamin_d("14", on=ago(40)))),
    ("reminders", "bone_scan_due",
     lambda: parts(profile=WOMAN_70, records=[scan(715, femoral_neck={"t_score": -2.6})])),
    ("reminders", "strength_test_overdue",
     lambda: parts(profile=WOMAN_70, records=[grip(300, 26)])),
    ("reminders", "check_in_overdue", lambda: parts(profile=WOMAN_30, records=[period(95)])),
]  # fmt: skip


def table() -> str:
    """Return the table of reasons that `docs/coaches.md` shows."""
    lines = ["| shared | code | weight | for example |", "|---|---|---|---|"]
    for part, code, make in SCENES:
        found = next(one for one in make()[part].reasons if one.code == code)
        lines.append(f"| `{part}` | `{code}` | {found.severity} | {found.sentence} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())  # noqa: T201 (to be pasted)
