"""One module per synced record type, and the registry of all of them."""

from backend.records.athlete_profile import ATHLETE_PROFILE
from backend.records.base import RecordType
from backend.records.body_composition import BODY_COMPOSITION
from backend.records.coach_note import COACH_NOTE
from backend.records.cycle_log import CYCLE_LOG
from backend.records.dxa_scan import DXA_SCAN
from backend.records.energy_screen import ENERGY_SCREEN
from backend.records.fusion import FUSION
from backend.records.fusion_decision import FUSION_DECISION
from backend.records.goal import GOAL
from backend.records.injury import INJURY
from backend.records.intake_log import INTAKE_LOG
from backend.records.intervention import INTERVENTION
from backend.records.lab_result import LAB_RESULT
from backend.records.medication import MEDICATION
from backend.records.reminder_ack import REMINDER_ACK
from backend.records.reminder_wish import REMINDER_WISH
from backend.records.risk_result import RISK_RESULT
from backend.records.server_owned import (
    ACCESS_NOTE,
    BLOB_STATUS,
    CONSENT_GRANT,
    REMINDER,
    RISK_SUMMARY,
    SYNC_ISSUE,
)
from backend.records.strength_test import STRENGTH_TEST
from backend.records.workout_session import WORKOUT_SESSION

REGISTRY: dict[str, RecordType] = {
    kind.name: kind
    for kind in (
        ATHLETE_PROFILE,
        WORKOUT_SESSION,
        LAB_RESULT,
        BODY_COMPOSITION,
        DXA_SCAN,
        STRENGTH_TEST,
        INTAKE_LOG,
        REMINDER_ACK,
        INJURY,
        ENERGY_SCREEN,
        CYCLE_LOG,
        MEDICATION,
        RISK_RESULT,
        GOAL,
        INTERVENTION,
        COACH_NOTE,
        REMINDER_WISH,
        RISK_SUMMARY,
        REMINDER,
        SYNC_ISSUE,
        BLOB_STATUS,
        CONSENT_GRANT,
        ACCESS_NOTE,
        FUSION,
        FUSION_DECISION,
    )
}
BY_ID: dict[int, RecordType] = {kind.type_id: kind for kind in REGISTRY.values()}

__all__ = ["BY_ID", "REGISTRY", "RecordType"]
