"""Random bodies of every record type the models read: late, early, odd and ordinary.

Days lie around a fixed one, so that a history is the same whenever it is played.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

BODY = dict[str, Any]

# The first recompute of a history; the last one is LASTS later. In between clocks change in
# America, and a local day begins in every zone.
BEGINS = datetime(2024, 10, 30, 9, 30, tzinfo=UTC)
LASTS = timedelta(days=6)

ZONES = ("UTC", "Europe/Berlin", "America/Los_Angeles", "Pacific/Auckland", "Asia/Kolkata")
OFFSETS = (0, 0, 60, -480, 780, 330)
# LOINC, unit, usual values; few analytes, so that there are many results of each.
ANALYTES: tuple[tuple[str, str, tuple[float, ...]], ...] = (
    ("62292-8", "nmol/L", (22.5, 38.2, 49.9, 61, 80.0, 260, 400)),
    ("2731-8", "pg/mL", (18, 44.0, 71, 90.5)),
    ("17861-6", "mg/dL", (8.9, 9.4, 10.1, 10.9)),
    ("1751-7", "g/dL", (3.1, 4.0, 4.6)),
    ("2160-0", "mg/dL", (0.7, 1.1, 2.9, 6.3)),
    ("3016-3", "m[IU]/L", (0.1, 1.8, 5.2)),
    ("30522-7", "mg/L", (0.4, 4.4, 23)),
    ("2986-8", "ng/dL", (190.0, 240, 510)),
    ("41171-0", "ng/L", (150, 420)),
)
STATUSES = ("final",) * 8 + ("preliminary", "corrected", "entered_in_error", "of a newer app")
SOURCES: tuple[dict[str, str] | None, ...] = (
    {"system": "healthkit", "app": "com.apple.health", "device": "Watch", "method": "sensed"},
    {"system": "hevy", "method": "typed"},
    {"system": "strava", "method": "sensed"},
    None, None,
)  # fmt: skip
ACTIVITIES = (
    "resistance_unspecified", "resistance_unspecified", "running", "jump_rope", "plyometrics",
    "cycling", "basketball", "walking", "underwater chess",
)  # fmt: skip
LIFTS = ("squat", "deadlift", "leg_press", "bench_press", "countermovement_jump", "heel_drop")


def days_ago(random: Random) -> float:
    """Return how long before the beginning something was: mostly weeks, seldom years."""
    far = random.random()
    if far < 0.05:
        return random.uniform(200, 1200)
    if far < 0.13:
        return -random.uniform(0, 9)  # a slip, or a clock that is ahead
    return random.uniform(0, 40 if far < 0.75 else 130)


def moment(random: Random) -> datetime:
    """Return an instant with some offset, to the minute."""
    at = BEGINS - timedelta(minutes=round(days_ago(random) * 24 * 60))
    return at + timedelta(seconds=random.choice((0, 0, 30)))


def day(random: Random) -> date:
    """Return a calendar day."""
    return (BEGINS - timedelta(days=days_ago(random))).date()


def maybe(random: Random, chance: float = 0.5, **fields: Any) -> BODY:
    """Return some of the fields."""
    return {name: value for name, value in fields.items() if random.random() < chance}


def workout(random: Random) -> BODY:
    """Return a session with sets, impacts, jumps or none of them; some by several sources."""
    # Few hours of few days, so that sessions meet: on a day, over midnight, as one workout.
    at = moment(random)
    if random.random() < 0.6:
        at = BEGINS.replace(hour=random.choice((5, 18, 23)), minute=random.choice((0, 10, 50)))
        at -= timedelta(days=random.choice((1, 1, 2, 3, 3, 4, 9, 27, 28, 29, 90, 91)))
    offset = random.choice(OFFSETS)
    minutes = random.choice((0, 20, 60, 60, 60, 90, 300, 1500, 2870))
    told = {
        "started_at": at.isoformat(),
        "ended_at": (at + timedelta(minutes=minutes)).isoformat(),
        "utc_offset_min": offset,
        "local_date": (at + timedelta(minutes=offset)).date().isoformat(),
        "activity": random.choice(ACTIVITIES),
    }
    told |= maybe(random, 0.6, source=random.choice(SOURCES), rpe=random.choice((3, 6.5, 9)))
    told |= maybe(random, 0.4, availability=random.choice(("full", "limited", "out")))
    told |= maybe(
        random,
        0.6,
        body_mass_kg=random.choice((52.5, 70, 88.1)),
        energy_kcal=random.choice((0, 210, 655.5)),
        timer_s=minutes * 50.0,
    )
    if random.random() < 0.5:
        told["exercises"] = [exercise(random, n) for n in range(random.randint(1, 3))]
    if random.random() < 0.35:
        told["impacts"] = impacts(random)
    return {name: value for name, value in told.items() if value is not None}


def exercise(random: Random, number: int) -> BODY:
    """Return an exercise with a few sets."""
    sets = [
        {"uid": f"s{n}", "reps": random.choice((1, 3, 5, 8, 20))}
        | maybe(random, 0.7, load_kg=random.choice((0, 42.5, 100, 140)), rir=random.randint(0, 4))
        | maybe(random, 0.1, set_type="warmup", load_kind="bodyweight")
        for n in range(random.randint(1, 5))
    ]
    return {"uid": f"e{number}", "exercise": random.choice(LIFTS), "sets": sets} | maybe(
        random, 0.2, tempo="explosive", confidence="device_guess"
    )


def impacts(random: Random) -> BODY:
    """Return a histogram of peaks, now and then one that no model may read."""
    edges = (1.5, 3, 4.5, 6, 9)
    bins = [
        {"lower_g": low, "upper_g": high, "count": random.choice((0, 3, 40, 700))}
        for low, high in zip(edges, (*edges[1:], None), strict=True)
    ]
    return {
        "placement": random.choice(("hip", "hip", "lower_back", "wrist")),
        "axis": random.choice(("resultant", "vertical")), "gravity_included": random.random() < 0.7,
        "sampling_hz": random.choice((25, 100, 100)), "coverage": random.choice((0.4, 0.9, 1)),
        "bins": bins,
    }  # fmt: skip


def laboratory(random: Random) -> BODY:
    """Return a result: usable, censored, withdrawn or of an unknown unit."""
    code, unit, values = random.choice(ANALYTES[:3] if random.random() < 0.6 else ANALYTES)
    at = moment(random)
    taken = random.choice((at.isoformat(), at.isoformat(), str(at.date()), f"{at:%Y-%m}"))
    told = {
        "codes": [{"system": "http://loinc.org", "code": code}], "value": random.choice(values),
        "unit": unit, "collected_at": taken, "status": random.choice(STATUSES),
    }  # fmt: skip
    told |= maybe(random, 0.1, comparator="<", unit="furlong")
    told |= maybe(random, 0.3, ref_high=random.choice(values), fasting=True, lab="Another")
    return told | maybe(random, 0.5, method=random.choice(("immunoassay", "LC-MS")))


def scan(random: Random) -> BODY:
    """Return a DXA scan of a few sites on one of two machines."""
    sites = random.sample(("lumbar_spine", "total_hip", "femoral_neck", "radius_33"), k=2)
    results = [
        {"uid": site, "site": site, "bmd_g_cm2": random.choice((0.61, 0.70, 0.85, 1.02))}
        | maybe(random, 0.7, t_score=random.choice((-3.1, -2.5, -1.2, 0.4)), z_score=-1.5)
        | maybe(random, 0.3, tbs=random.choice((1.1, 1.3)))
        for site in sites
    ]
    return {
        "scanned_at": moment(random).isoformat(),
        "manufacturer": random.choice(("Hologic", "GE")), "site_results": results,
    } | maybe(random, 0.7, device_id="A", facility_precision={"total_hip": 0.008})  # fmt: skip


def strength(random: Random) -> BODY:
    """Return a test of strength or function."""
    test, unit, values = random.choice(
        (
            ("grip", "kg", (14, 22.5, 31, 44)),
            ("grip", "kg", (14, 22.5, 31, 44)),
            ("chair_stand_5x", "s", (9.8, 14, 17.2)),
            ("gait", "m/s", (0.7, 0.95, 1.3)),
            ("sppb", "1", (6, 9, 12)),
            ("tug", "s", (8, 21)),
        )
    )
    trials = [
        {"uid": f"t{n}", "value": random.choice(values), "unit": unit}
        for n in range(random.randint(0, 3))
    ]
    return {"tested_at": moment(random).isoformat(), "test": test, "trials": trials} | maybe(
        random, 0.3, side="left", device="Jamar", unable=random.random() < 0.3
    )


def composition(random: Random) -> BODY:
    """Return a measurement of mass, lean mass or both."""
    return {
        "measured_at": moment(random).isoformat(), "method": random.choice(("dxa", "bia", "scale")),
    } | maybe(
        random, 0.6, mass_kg=random.choice((58.4, 71, 90.2)), alm_kg=random.choice((14.2, 17, 21.9)),
        fat_pct=random.choice((14, 33.3)), height_cm=171, device="A",
    )  # fmt: skip


def intake(random: Random) -> BODY:
    """Return what was eaten: a whole day or a part of it."""
    at = moment(random)
    items = [
        {"uid": code, "code": code, "amount": amount, "unit": unit}
        for code, amount, unit in (
            ("protein", random.choice((40, 88.5, 140)), "g"),
            ("calcium", random.choice((350, 1100)), "mg"),
            ("energy", random.choice((1200, 2100, 3300)), "kcal"),
        )
        if random.random() < 0.8
    ]
    return {
        "taken_at": at.isoformat(), "local_date": str(at.date()), "kind": "food", "items": items,
    } | maybe(random, 0.8, complete_day=True)  # fmt: skip


def screen(random: Random) -> BODY:
    """Return answers to the energy questionnaire, seldom all of them."""
    return {"answered_at": moment(random).isoformat()} | maybe(
        random, 0.6, dietary=random.choice(("none", "some_restriction_or_history")),
        bmi=random.choice((16.9, 18.0, 22.5)), menarche_age=random.choice((12, 16)),
        menses_12mo=random.choice((2, 8, 12)), z_lowest=random.choice((-2.1, -1.4, 0.3)),
        bsi_count=random.choice((0, 1, 3)), amenorrhoea_3_11=random.random() < 0.5,
        t3_low=random.random() < 0.3,
    )  # fmt: skip


def injury(random: Random) -> BODY:
    """Return a fracture, a stress injury or anything else, open or over."""
    onset = day(random)
    return {
        "kind": random.choice(("bone_stress", "bone_stress", "fracture", "muscle")),
        "site": random.choice(("hip", "tibia", "wrist")), "onset_date": str(onset),
    } | maybe(
        random, 0.4, fragility=True, imaging_confirmed=True,
        closed_date=str(onset + timedelta(days=random.randint(0, 90))),
    )  # fmt: skip


def medication(random: Random) -> BODY:
    """Return a drug, running or ended."""
    began = day(random)
    return {
        "code": random.choice(("bone_drug", "glucocorticoid", "levothyroxine", "other")),
        "started_date": str(began),
    } | maybe(random, 0.4, ended_date=str(began + timedelta(days=30)))  # fmt: skip


def cycle(random: Random) -> BODY:
    """Return a note of one day."""
    return {"local_date": str(day(random)), "kind": random.choice(("period_start", "none_today"))}


def risk(random: Random) -> BODY:
    """Return what a calculator said elsewhere."""
    return {
        "tool": "FRAX", "calculated_on": str(day(random)), "country_model": "DE",
        "mof_pct": random.choice((4, 21.5)), "hip_pct": random.choice((1.1, 30)),
    }  # fmt: skip


def goal(random: Random) -> BODY:
    """Return what the person wants."""
    return {"measure": random.choice(("grip_kg", "blu_week")), "direction": "raise"} | maybe(
        random, 0.5, by_date=str(day(random))
    )


def change(random: Random) -> BODY:
    """Return something begun on purpose."""
    return {"what": "creatine", "started_date": str(day(random))}


def profile(random: Random) -> BODY:
    """Return a profile: anybody, anywhere."""
    return maybe(
        random, 0.75, sex=random.choice(("female", "male")), zone=random.choice(ZONES),
        born_date=random.choice(("1950-02-28", "1962-11-02", "1991-11-03", "2008-11-01")),
        height_cm=random.choice((161, 178.5)), menopausal_status=random.choice(("pre", "post")),
    ) | maybe(
        random, 0.15, locale="de", pregnant=True, dialysis=True, impact_limited=True,
        impact_contraindicated=True, clinician_managed=["vitamin_d"], athlete_level="competitive",
        sarcopenia_definition="awgs2019", vitamin_d_scheme="es2011", vitamin_d_no_indication=True,
        injuries_reviewed_on=str(day(random)),
    )  # fmt: skip


# How many records of each type a history may have, and what they say.
SLOTS: dict[str, tuple[int, Callable[[Random], BODY]]] = {
    "athlete_profile": (1, profile),
    "workout_session": (9, workout),
    "lab_result": (12, laboratory),
    "dxa_scan": (3, scan),
    "strength_test": (5, strength),
    "body_composition": (3, composition),
    "intake_log": (4, intake),
    "energy_screen": (5, screen),
    "injury": (2, injury),
    "medication": (2, medication),
    "cycle_log": (1, cycle),
    "risk_result": (1, risk),
    "goal": (1, goal),
    "intervention": (1, change),
}
