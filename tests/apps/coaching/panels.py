"""Panel rows of tests, written as the recompute writes them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from django.utils import timezone

from apps.common.actor import acting_as
from apps.insights.models import PanelRow
from backend.panel import PanelPart, Reason
from tests.conftest import Person

SINCE = date(2026, 11, 1)


def reason(code: str, *, severity: int = 2, since: date = SINCE) -> Reason:
    """Return a reason of which only the weight and the name count."""
    return Reason(code, f"{code} 1 d", 1.0, "d", None, severity, (), since)


def put_part(
    athlete: Person,
    category: str = "sessions",
    *,
    reasons: Sequence[Reason] = (),
    facts: dict[str, str] | None = None,
    band: str | None = None,
    last_data_at: datetime | None = None,
    has_columns: bool = True,
) -> None:
    """Write one part of a panel row; without columns as it was before there were any."""
    now = timezone.now()
    worst_first = tuple(sorted(reasons, key=lambda one: (-one.severity, one.since, one.code)))
    part = PanelPart(band=band, reasons=worst_first, facts=facts or {})
    columns: dict[str, Any] = {
        "severity": part.severity,
        "since": part.since,
        "next_due_on": part.next_due_on,
        "band": part.band,
        "codes": list(part.codes),
        "marks": list(part.marks),
    }
    with acting_as(athlete.id):
        PanelRow.objects.update_or_create(
            athlete_id=athlete.id,
            category=category,
            defaults={
                "part": msgspec.to_builtins(part),
                "last_data_at": last_data_at or now - timedelta(hours=6),
                "as_of": now.date(),
                "updated_at": now,
                **(columns if has_columns else {}),
            },
        )
