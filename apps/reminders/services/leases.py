"""A leased delivery: who holds it, and where it goes from there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS

from apps.common.statements import Rows, run
from apps.reminders import sql
from apps.reminders.models import Delivery


class LeaseLost(Exception):
    """The delivery is somebody else's by now."""


@dataclass(frozen=True)
class Claim:
    """One leased delivery; ``attempts`` tells this lease from a later one.

    What it is about, and ``device_id`` as it was when claimed, say what to look at.
    """

    athlete_id: UUID
    delivery_id: UUID
    attempts: int
    kind: str
    reminder_id: UUID
    device_id: UUID | None
    collapse_id: str

    @property
    def named(self) -> dict[str, object]:
        """The parameters by which statements find the lease."""
        return {
            "athlete": self.athlete_id,
            "delivery": self.delivery_id,
            "attempts": self.attempts,
            "leased": Delivery.State.LEASED,
        }


def deliveries(rows: Rows) -> list[Delivery]:
    """Return rows of ``sql.COLUMNS`` as what they are."""
    return [Delivery.from_db(DEFAULT_DB_ALIAS, sql.COLUMNS, row) for row in rows]


def settle(delivery: Delivery, code: str, **changes: Any) -> str:
    """Write where a leased delivery goes from here, and return ``code``.

    Its lease ends unless ``changes`` keep it. Raises ``LeaseLost``.
    """
    claimed = delivery.attempts
    for name, value in {"lease_until": None, **changes, "last_code": code[:32]}.items():
        setattr(delivery, name, value)
    told = {name: getattr(delivery, name) for name in _SETTLED}
    told |= {"athlete": delivery.athlete_id, "delivery": delivery.id}
    told |= {"claimed": claimed, "leased": Delivery.State.LEASED}
    if not run(sql.SETTLE, told):
        raise LeaseLost
    return code


_SETTLED: Sequence[str] = (
    "state", "channel", "device_id", "due_at", "not_after", "attempts", "unknowns", "lease_until",
    "let_go_at", "last_code",
)  # fmt: skip
