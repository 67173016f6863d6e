"""One module per synced record type, and the registry of all of them."""

from backend.records.athlete_profile import ATHLETE_PROFILE
from backend.records.base import RecordType
from backend.records.fusion import FUSION
from backend.records.fusion_decision import FUSION_DECISION
from backend.records.lab_result import LAB_RESULT
from backend.records.server_owned import REMINDER, RISK_SUMMARY, SYNC_ISSUE
from backend.records.workout_session import WORKOUT_SESSION

REGISTRY: dict[str, RecordType] = {
    kind.name: kind
    for kind in (
        ATHLETE_PROFILE,
        WORKOUT_SESSION,
        LAB_RESULT,
        RISK_SUMMARY,
        REMINDER,
        SYNC_ISSUE,
        FUSION,
        FUSION_DECISION,
    )
}
BY_ID: dict[int, RecordType] = {kind.type_id: kind for kind in REGISTRY.values()}

__all__ = ["BY_ID", "REGISTRY", "RecordType"]
