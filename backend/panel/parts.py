"""One athlete's row for a coach, in parts that are shown only with the matching consent."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from backend.panel.body import body_composition_part, strength_part
from backend.panel.due import DUE_SOON, reminders_part, standing_of
from backend.panel.energy import cycle_part, energy_part
from backend.panel.laboratory import labs_part, labs_status_part
from backend.panel.reasons import LOOK_FROM_SEVERITY, PanelPart, Reason
from backend.panel.skeleton import dxa_part, injuries_part
from backend.panel.training import Trained, loading_part, sessions_part
from backend.records.server_owned import Reminder, RiskSummary
from backend.summary.situation import Situation

SILENT_AFTER = timedelta(days=7)
CATEGORIES = (
    "sessions", "loading", "strength", "body_composition", "labs", "labs_status", "dxa",
    "injuries", "cycle", "energy", "reminders",
)  # fmt: skip


def panel_parts(
    about: Situation,
    *,
    summary: RiskSummary,
    reminders: Mapping[UUID, Reminder],
    trained: Trained,
) -> dict[str, PanelPart]:
    """Return the row's parts by consent category, all of ``CATEGORIES``, always.

    No part tells anything that belongs to another: who is shown one learns no more than what
    was granted with it.

    Args:
        about: the situation the summary speaks of.
        summary: of that situation; what does not apply to a person gives no reason.
        reminders: planned reminders by their ids, in any state.
        trained: what is known of sessions beside the situation.
    """
    standing = standing_of(reminders)
    parts = {
        "sessions": sessions_part(about, summary, trained),
        "loading": loading_part(about, summary, trained),
        "strength": strength_part(about, summary),
        "body_composition": body_composition_part(about, summary),
        "labs": labs_part(about, summary),
        "labs_status": labs_status_part(about, summary, standing),
        "dxa": dxa_part(about, summary),
        "injuries": injuries_part(about, summary),
        "cycle": cycle_part(about),
        "energy": energy_part(about, summary),
        "reminders": reminders_part(about.as_of, standing),
    }
    return {category: parts[category] for category in CATEGORIES}


def group(*, reasons: Sequence[Reason], last_data_at: datetime | None, now: datetime) -> str:
    """Return where a row stands: needs_a_look, silent (no data for 7 days), due_soon, steady.

    Pass only reasons the viewer may see. A reason to look wins over silence.
    """
    if any(reason.severity >= LOOK_FROM_SEVERITY for reason in reasons):
        return "needs_a_look"
    if last_data_at is None or now - last_data_at >= SILENT_AFTER:
        return "silent"
    if any(reason.code.endswith(DUE_SOON) for reason in reasons):
        return "due_soon"
    return "steady"
