"""One worked body of every type a device writes, as text: numbers stay as spelled."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from backend.records.ids import ack_id, record_id

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)

EXAMPLES: dict[str, str] = {
    "athlete_profile": """{"sex":"female","born_date":"1991-04-12","height_cm":171.50,
        "zone":"Europe/Oslo","locale":"nb","latitude":59.9,"menopausal_status":"pre",
        "impact_limited":false,"clinician_managed":["pth"],"quiet_hours":"22-7"}""",
    "workout_session": """{"started_at":"2026-05-30T18:00:00+02:00",
        "ended_at":"2026-05-30T19:10:00+02:00","utc_offset_min":120,"local_date":"2026-05-30",
        "zone":"Europe/Oslo","activity":"resistance_unspecified","rpe":7.5,"body_mass_kg":62.40,
        "exercises":[{"uid":"e1","exercise":"squat","sets":[
            {"uid":"s1","set_type":"normal","reps":5,"load_kg":82.50,"rir":2},
            {"uid":"s2","reps":5,"load_kg":82.50,"started_at":"2026-05-30T18:09:00+02:00"}]}],
        "laps":[{"uid":"l1","elapsed_s":600,"distance_m":1500.0}],
        "impacts":{"placement":"hip","axis":"resultant","gravity_included":true,"sampling_hz":100,
            "coverage":0.97,"bins":[{"lower_g":1.0,"upper_g":null,"count":52}]},
        "jumps":[{"hang_time_s":0.41,"height_cm":20.6}],"status":"final",
        "blobs":[{"sha256":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","size":48211,"media_type":"application/vnd.ant.fit"}],
        "source":{"system":"fit","external_id":"3312-20260530T160000Z-0","version":1,
            "method":"sensed","format":"fit","app":"x","device":"y","file_sha256":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}""",
    "lab_result": """{"analyte":"vitd_25oh","codes":[{"system":"http://loinc.org",
        "code":"62292-8","text":"25-OH D"}],"value":41.50,"unit":"nmol/L","unit_ucum":"nmol/L",
        "ref_low":50,"ref_high":125,"collected_at":"2026-05-26T08:05:00+02:00","status":"final",
        "issued_at":"2026-05-27T10:00:00+02:00","lab":"Fjord","fasting":true,
        "supplement_dose":{"code":"vitamin_d","amount":20,"unit":"ug"}}""",
    "body_composition": """{"measured_at":"2026-05-20T07:30:00+02:00","method":"dxa",
        "mass_kg":62.40,"height_cm":171.5,"fat_pct":24.1,"lean_mass_kg":44.2,"alm_kg":19.30,
        "muscle_density":{"value":72.1,"unit":"mg/cm3","site":"mid_thigh"}}""",
    "dxa_scan": """{"scanned_at":"2026-05-20T08:00:00+02:00","manufacturer":"Hologic",
        "model":"Horizon","excluded_vertebrae":["L3"],"facility_precision":{"total_hip":0.010},
        "site_results":[{"uid":"r1","site":"femoral_neck","side":"left","bmd_g_cm2":0.790,
            "t_score":-0.6,"z_score":-0.2},{"uid":"r2","site":"lumbar_spine","tbs":1.360}]}""",
    "strength_test": """{"tested_at":"2026-05-20T09:00:00+02:00","test":"grip","side":"right",
        "device":"hydraulic","trials":[{"uid":"t1","value":31.0,"unit":"kg"},
            {"uid":"t2","value":32.50,"unit":"kg"}]}""",
    "intake_log": """{"taken_at":"2026-05-20T12:00:00+02:00","local_date":"2026-05-20",
        "kind":"food","complete_day":false,"items":[{"uid":"i1","code":"protein","amount":31.0,
            "unit":"g"},{"uid":"i2","code":"calcium","amount":410,"unit":"mg"}]}""",
    "reminder_ack": """{"reminder":"6f0e9a1c-8b9a-8c43-9a4e-0c1d2e3f4a5b","action":"snoozed",
        "acted_at":"2026-05-30T20:00:00+02:00","snooze_until":"2026-06-06"}""",
    "reminder_wish": """{"title":"Repeat DXA in March","due_date":"2027-03-01",
        "every_months":24,"topic":"dxa","proposed_by":"6f0e9a1c-8b9a-4c43-9a4e-0c1d2e3f4a5b",
        "accepted_at":"2026-05-30T20:00:00+02:00"}""",
    "injury": """{"kind":"bone_stress","site":"tibia","high_risk_site":false,
        "onset_date":"2026-01-10","closed_date":"2026-03-01","imaging_confirmed":true,
        "weeks_off":6}""",
    "energy_screen": """{"answered_at":"2026-05-01T20:00:00+02:00","age":24,"dietary":"none",
        "bmi":19.80,"menarche_age":14,"menses_12mo":8,"hormonal_contraception":false,
        "z_lowest":-0.8,"bsi_count":1,"bsi_high_risk_site":false,"amenorrhoea_3_11":true}""",
    "cycle_log": """{"local_date":"2026-05-12","kind":"period_start"}""",
    "medication": """{"code":"vitamin_d","name":"D3","dose":"20 ug daily",
        "started_date":"2026-02-01","dose_changed_date":"2026-04-01"}""",
    "risk_result": """{"tool":"FRAX","tool_version":"4.3","country_model":"Norway",
        "calculated_on":"2026-05-20","age_at_calc":58,"mof_pct":9.70,"hip_pct":1.4,
        "with_bmd":true,"entered_by":"me"}""",
    "goal": """{"measure":"grip_kg","direction":"raise","target":36.0,"by_date":"2026-12-01"}""",
    "intervention": """{"what":"50 jumps a day","started_date":"2026-05-01","dose":"5 days"}""",
    "coach_note": """{"text":"Two easy days.","planned_rest_until":"2026-06-02",
        "about":"2c7b1a3e-93a0-4b8e-8f6d-1f2e3d4c5b6a","by_name":"Kim Coach"}""",
    "fusion_decision": """{"records":["2c7b1a3e-93a0-4b8e-8f6d-1f2e3d4c5b6a",
        "9e0d4b71-0c35-4f7e-8a44-6b1c2d3e4f50"],"decision":"separate",
        "decided_at":"2026-05-31T08:00:00+02:00"}""",
}


def example(kind: str, /, **fields: object) -> dict[str, Any]:
    """Return a type's example with some fields replaced; None removes one."""
    body = json.loads(EXAMPLES[kind]) | fields
    return {name: value for name, value in body.items() if value is not None}


def encoded(kind: str, /, **fields: object) -> bytes:
    """Return a type's example as bytes: as spelled above, or with some fields replaced."""
    if not fields:
        return EXAMPLES[kind].encode()
    return json.dumps(example(kind, **fields), separators=(",", ":")).encode()


def id_of(kind: str, athlete: UUID) -> UUID:
    """Return an id the type's example may have in an athlete's feed."""
    body = example(kind)
    if kind == "athlete_profile":
        return athlete
    if kind == "reminder_ack":
        return ack_id(UUID(body["reminder"]), body["action"], body["acted_at"])
    if "source" in body:
        return record_id(athlete, kind, body["source"]["system"], body["source"]["external_id"])
    return uuid4()
