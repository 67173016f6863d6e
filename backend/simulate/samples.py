"""Two files as a watch and a laboratory would send them, for the demo phone."""

from datetime import datetime
from decimal import Decimal
from hashlib import sha256

import msgspec

from backend.formats.fit_writer import WrittenSet, WrittenWorkout, write_strength

SQUAT, DEADLIFT = 28, 8  # FIT's exercise categories
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def sample_fit(started_at: datetime) -> bytes:
    """Return a FIT strength workout: 5x5 squats, then 5x5 deadlifts, with rests.

    ``started_at`` carries the wearer's UTC offset, to the second. Same start, same bytes.
    """
    sets: list[WrittenSet] = [WrittenSet(duration_s=95.0, rest=True)]
    for category, load_kg in ((SQUAT, 60.0), (DEADLIFT, 77.5)):
        for number in range(5):
            active = 27.5 + number
            sets.append(
                WrittenSet(duration_s=active, category=category, repetitions=5, load_kg=load_kg)
            )
            sets.append(WrittenSet(duration_s=120.0 + 5 * number, rest=True))
    return write_strength(
        WrittenWorkout(
            started_at=started_at, sets=tuple(sets), serial=20_260_101, energy_kcal=212,
            hr_avg=118, hr_max=149, rpe=8,
        )
    )  # fmt: skip


def sample_vitamin_d(collected_at: datetime, value_nmol_l: float | Decimal) -> bytes:
    """Return a 25-OH vitamin D result as a FHIR R4 Observation, marked as made for tests.

    Args:
        collected_at: when the blood was drawn, with an offset.
        value_nmol_l: D2 + D3 in nmol/L; printed with the digits ``str`` gives it.
    Source:
        US Core laboratory result observation profile; LOINC 62292-8.
    """
    taken = collected_at.isoformat()
    name = sha256(f"{taken}|{value_nmol_l}".encode()).hexdigest()[:16]
    value = Decimal(str(value_nmol_l))
    concept = "http://terminology.hl7.org/CodeSystem"
    loinc = {
        "system": "http://loinc.org", "code": "62292-8",
        "display": "25-hydroxyvitamin D2+25-hydroxyvitamin D3 [Mass/volume] in Serum or Plasma",
    }  # fmt: skip
    interpretation = {"system": f"{concept}/v3-ObservationInterpretation",
                      "code": "L" if value < 50 else "N"}  # fmt: skip
    observation = {
        "resourceType": "Observation",
        "id": f"vitamin-d-{name}",
        "meta": {
            "profile": ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-observation-lab"],
            "tag": [{"system": f"{concept}/v3-ActReason", "code": "HTEST",
                     "display": "test health data"}],
        },
        "identifier": [{"system": "urn:mechanostat:demo-laboratory", "value": name}],
        "status": "final",
        "category": [{"coding": [{"system": f"{concept}/observation-category",
                                  "code": "laboratory"}]}],
        "code": {"coding": [loinc], "text": "25-OH vitamin D, total"},
        "subject": {"reference": "Patient/demo", "display": "Invented person"},
        "effectiveDateTime": taken,
        "issued": taken,
        "performer": [{"reference": "Organization/demo", "display": "Demo Laboratory"}],
        "valueQuantity": _amount(value),
        "interpretation": [{"coding": [interpretation]}],
        "referenceRange": [{"low": _amount(Decimal(50)), "high": _amount(Decimal(250))}],
    }  # fmt: skip
    return msgspec.json.format(_ENCODER.encode(observation), indent=2)


def _amount(value: Decimal) -> dict[str, object]:
    return {
        "value": value, "unit": "nmol/L", "system": "http://unitsofmeasure.org", "code": "nmol/L",
    }  # fmt: skip
