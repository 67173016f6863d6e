"""Two years of sessions, laboratory results and measurements of one demo athlete."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID, uuid5

import msgspec

from backend.days import zone_of
from backend.records.base import Source
from backend.records.ids import record_id
from backend.records.workout_session import Exercise, ExerciseSet, WorkoutSession
from backend.simulate.measured import measured_records
from backend.simulate.plans import SYSTEM, DemoAthlete, Lift, Sample, SimulatedRecord, Slot

NAMESPACE = UUID("5d5b7ab1-6a45-5c62-9a0f-6f1d1f0a7f3e")
HEART_RATE_SPAN = 115  # beats between rest and hard work, for a plausible mean
STABLE_DAYS = 56  # no holiday this close to the end, so that the stories hold
REST_S = 120.0

_ENCODER = msgspec.json.Encoder(decimal_format="number")


class Printed(msgspec.Struct, frozen=True):
    """How the demo laboratories print an analyte: LOINC code, name, unit, interval."""

    loinc: str
    text: str
    unit: str
    low: str | None
    high: str | None


# Codes and intervals as in the analyte table of the science reference (section 4.1).
PRINTED = {
    "vitd_25oh": Printed("62292-8", "25-hydroxyvitamin D (D2+D3)", "nmol/L", "50", "250"),
    "pth": Printed("14866-8", "Parathyrin, intact", "pmol/L", "1.6", "6.9"),
    "calcium": Printed("17861-6", "Calcium", "mg/dL", "8.6", "10.2"),
    "albumin": Printed("1751-7", "Albumin", "g/dL", "3.5", "5.0"),
    "creatinine": Printed("2160-0", "Creatinine", "mg/dL", None, "1.2"),
    "alp": Printed("6768-6", "Alkaline phosphatase", "U/L", "35", "130"),
}
# Mean and spread of what the samples do not state; ordinary adult values.
ORDINARY = {
    "calcium": (9.45, 0.18, "0.01"),
    "albumin": (4.35, 0.15, "0.01"),
    "creatinine": (0.86, 0.08, "0.01"),
    "alp": (68.0, 9.0, "1"),
}


def history(
    athlete: DemoAthlete,
    *,
    ending: date,
    years: int = 2,
    seed: int,
    owner: UUID | None = None,
) -> Iterator[SimulatedRecord]:
    """Yield the sessions, results and measurements of a demo athlete, oldest first.

    Args:
        athlete: whose.
        ending: the day after the last session; "days ago" counts from here.
        years: how far back, in years of 365 days.
        seed: same seed, same bytes.
        owner: in whose feed the records will stand, since their ids follow from it.
    Returns:
        150 to 500 sessions for two years, and what was measured in between.
    """
    random = Random(f"{seed}:{athlete.email}")  # noqa: S311 - invented data, not a secret
    namespace = owner or uuid5(NAMESPACE, f"{seed}:{athlete.email}")
    records = [*_results(athlete, ending, years, random, namespace)]
    records += _sessions(athlete, ending, years, random, namespace)
    records += measured_records(
        athlete.email, athlete.zone,
        tuple(one for one in athlete.measured if one.days_ago < 365 * years),
        ending=ending, random=random, namespace=namespace,
    )  # fmt: skip
    records.sort(key=lambda record: (record.occurred_at, record.record_id))
    yield from records


def _sessions(
    athlete: DemoAthlete, ending: date, years: int, random: Random, namespace: UUID
) -> Iterator[SimulatedRecord]:
    first = ending - timedelta(days=365 * years)
    days = (ending - first).days
    pauses = {random.randrange(4, max(5, (days - STABLE_DAYS) // 7)) for _ in range(2 * years)}
    for number in range(days - athlete.silent_days):
        day, left = first + timedelta(days=number), days - number
        if number // 7 in pauses and left > STABLE_DAYS:
            continue
        slots = athlete.burst if left <= athlete.burst_days else athlete.week
        for slot in slots:
            if slot.weekday == day.weekday() and random.random() < slot.keeps:
                yield _session(athlete, slot, day, number / days, random, namespace)


def _session(
    athlete: DemoAthlete, slot: Slot, day: date, progress: float, random: Random, namespace: UUID
) -> SimulatedRecord:
    start = datetime.combine(day, time(slot.hour, random.randrange(0, 50)), zone_of(athlete.zone))
    offset = start.utcoffset() or timedelta()
    seconds = round(slot.minutes * 60 * random.uniform(0.88, 1.12))
    rpe = min(10.0, max(1.0, round(2 * random.gauss(slot.rpe, 0.6)) / 2))
    hours = seconds / 3600
    hr_avg = round(athlete.hr_rest + HEART_RATE_SPAN * (rpe + 2) / 12 + random.gauss(0, 3))
    external_id = f"{athlete.email}-{start:%Y%m%dT%H%M}"
    body = WorkoutSession(
        source=Source(
            system=SYSTEM, app="Mechanostat demo", external_id=external_id, version=1,
            method="typed" if slot.lifts else "sensed",
        ),
        started_at=start,
        ended_at=start + timedelta(seconds=seconds),
        utc_offset_min=round(offset.total_seconds() / 60),
        local_date=day,
        zone=athlete.zone,
        activity=slot.activity,
        elapsed_s=seconds,
        timer_s=round(seconds * random.uniform(0.94, 1.0)),
        distance_m=round(slot.speed_kmh * hours * 1000 * random.uniform(0.95, 1.05)) or None,
        energy_kcal=round(athlete.mass_kg * hours * (1.5 + rpe)),
        hr_avg=hr_avg,
        hr_max=hr_avg + random.randrange(12, 30),
        rpe=rpe,
        body_mass_kg=round(athlete.mass_kg + random.gauss(0, 0.4), 1),
        exercises=tuple(
            _exercise(lift, index, progress, random) for index, lift in enumerate(slot.lifts)
        ),
    )  # fmt: skip
    return SimulatedRecord(
        "workout_session", record_id(namespace, "workout_session", SYSTEM, external_id), start,
        msgspec.json.encode(body),
    )  # fmt: skip


def _exercise(lift: Lift, index: int, progress: float, random: Random) -> Exercise:
    """Return one exercise; loads rise over the two years, in steps of 2.5 kg."""
    load = None
    if lift.kg:
        load = 2.5 * round((lift.kg + lift.kg_gain * progress + random.gauss(0, 0.8)) / 2.5)
    return Exercise(
        uid=f"e{index}",
        exercise=lift.exercise,
        confidence="stated",
        kind=lift.kind,
        tempo=lift.tempo,
        sets=tuple(
            ExerciseSet(
                uid=f"s{index}.{number}",
                set_type="normal",
                reps=lift.reps,
                load_kg=load,
                load_kind="external" if load else "bodyweight",
                rir=None if lift.kind == "jump" else lift.rir,
                rest_after_s=REST_S,
            )
            for number in range(lift.sets)
        ),
    )


def _results(
    athlete: DemoAthlete, ending: date, years: int, random: Random, namespace: UUID
) -> Iterator[SimulatedRecord]:
    for sample in athlete.samples:
        if sample.days_ago < 365 * years:
            yield from _panel(athlete, sample, ending, random, namespace)


def _panel(
    athlete: DemoAthlete, sample: Sample, ending: date, random: Random, namespace: UUID
) -> Iterator[SimulatedRecord]:
    day = ending - timedelta(days=sample.days_ago)
    taken = datetime.combine(day, time(8, random.randrange(5, 55)), zone_of(athlete.zone))
    values = {name: Decimal(text) for name, text in sample.values.items()}
    for name, (mean, spread, step) in ORDINARY.items():
        usual = Decimal(random.gauss(mean, spread)).quantize(Decimal(step))
        values.setdefault(name, usual)
    for analyte, value in values.items():
        printed = PRINTED[analyte]
        external_id = f"{athlete.email}-{day:%Y%m%d}-{printed.loinc}"
        limits = {"ref_low": printed.low, "ref_high": printed.high}
        body = {
            "source": {"system": SYSTEM, "app": "Mechanostat demo", "external_id": external_id,
                       "version": 1},
            "collected_at": taken.isoformat(), "collected_precision": "second",
            "issued_at": (taken + timedelta(days=1, hours=6)).isoformat(),
            "status": "final", "analyte": analyte,
            "codes": [{"system": "http://loinc.org", "code": printed.loinc, "text": printed.text}],
            "value": value, "unit": printed.unit, "unit_ucum": printed.unit,
            **{side: Decimal(limit) for side, limit in limits.items() if limit},
            "lab": athlete.laboratory, "method": "immunoassay", "specimen": "serum",
            "fasting": True, "panel": "Bone and mineral panel",
        }  # fmt: skip
        yield SimulatedRecord(
            "lab_result", record_id(namespace, "lab_result", SYSTEM, external_id), taken,
            _ENCODER.encode(body),
        )  # fmt: skip
