"""One record of every type that a person writes, each with a word that tells where it is read."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from apps.insights.services.recompute import recompute_athlete
from tests.apps.insights.recordings import put
from tests.conftest import Person

# Words that stand in one record each, in a field that its category opens.
CANARY: dict[str, str] = {
    "workout_session": "CANARY-SESSION",
    "lab_result": "CANARY-LAB",
    "strength_test": "CANARY-STRENGTH",
    "body_composition": "CANARY-BODY",
    "dxa_scan": "CANARY-DXA",
    "injury": "CANARY-INJURY",
    "cycle_log": "2026-01-13",
    "energy_screen": "CANARY-ENERGY",
    "intake_log": "CANARY-INTAKE",
    "medication": "CANARY-MEDICATION",
    "goal": "CANARY-GOAL",
    "athlete_profile": "CANARY-PROFILE",
}
A_FILE = b"a report of the laboratory, CANARY-FILE"
NOTE = "CANARY-NOTE"  # a word to oneself, in each of them
# Numbers of laboratory results, in the record, in the unit it is shown in, and in the panel.
LAB_VALUE = 47.3179
LAB_NUMBERS = ("47.3179", "18.957", "18.96 ", "19.0 ng", "47.3 nmol", "41.7317")


@dataclass(frozen=True)
class Words:
    """What stands in somebody's records: the canaries, or what is none."""

    say: dict[str, str]
    note: str
    lab_value: float
    days: tuple[int, int]  # of two workouts in March


CANARIES = Words(CANARY, NOTE, LAB_VALUE, (10, 11))
PLAIN = Words(
    {kind: word.replace("CANARY", "PLAIN") for kind, word in CANARY.items()}
    | {"cycle_log": "2026-01-03"},
    "PLAIN-NOTE",
    61.1,
    (20, 21),
)


def sync_everything(owner: Person, words: Words) -> dict[str, str]:
    """Sync a record of every type that a person writes; return their ids by type."""
    at, day, say = "2026-02-17T08:00:00+01:00", "2026-02-17", words.say
    bodies: dict[str, dict[str, Any]] = {
        "workout_session": {
            "started_at": at, "ended_at": "2026-02-17T09:00:00+01:00", "utc_offset_min": 60,
            "local_date": day, "activity": "running", "title": say["workout_session"],
        },
        "lab_result": {
            "analyte": "vitd_25oh", "value": words.lab_value, "unit": "nmol/L", "status": "final",
            "collected_at": at, "ref_text": say["lab_result"],
        },
        "strength_test": {
            "tested_at": at, "test": "grip", "protocol": say["strength_test"],
            "trials": [{"uid": "t", "value": 31, "unit": "kg"}],
        },
        "body_composition": {
            "measured_at": at, "method": "scale", "mass_kg": 61,
            "muscle_density": {"value": 70, "unit": "HU", "site": say["body_composition"]},
        },
        "dxa_scan": {
            "scanned_at": at, "manufacturer": say["dxa_scan"],
            "site_results": [{"uid": "s", "site": "total_hip", "bmd_g_cm2": 0.81, "t_score": -1.2}],
        },
        "injury": {"kind": "bone_stress", "site": say["injury"], "onset_date": day},
        "cycle_log": {"local_date": say["cycle_log"], "kind": "period_start"},
        "energy_screen": {"answered_at": at, "menses_12mo": 4, "diary": say["energy_screen"]},
        "intake_log": {
            "taken_at": at, "local_date": day, "kind": "food",
            "items": [{"uid": "i", "code": say["intake_log"], "amount": 20, "unit": "g"}],
        },
        "medication": {"code": "other", "name": say["medication"], "started_date": day},
        "goal": {"measure": say["goal"], "direction": "raise"},
        "athlete_profile": {"sex": "female", "zone": "Europe/Oslo", "diary": say["athlete_profile"]},
    }  # fmt: skip
    ops = [
        put(kind, {**body, "note": words.note}, record=str(owner.id) if kind == "athlete_profile" else None)
        for kind, body in bodies.items()
    ]  # fmt: skip
    answer = owner.sync(ops)
    assert {one["status"] for one in answer.json()["results"]} == {"applied"}, answer.content
    recompute_athlete(athlete_id=owner.id, now=timezone.now())
    return {op["type"]: op["id"] for op in ops}
