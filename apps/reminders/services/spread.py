"""One nudge and a person's several addresses: which take it, and what becomes of a failed one."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from apps.reminders import sql
from apps.reminders.addressing import Address
from apps.reminders.models import ANY, Delivery
from backend.reminding.delivery import EMAIL

# Where a delivery may yet arrive, or has.
_STANDING = (
    Delivery.State.PLANNED,
    Delivery.State.LEASED,
    Delivery.State.ACCEPTED,
    Delivery.State.UNCERTAIN,
)


def take(
    delivery: Delivery, others: Iterable[Delivery], addresses: Sequence[Address]
) -> list[Address]:
    """Return where a nudge goes of what it was not sent to yet: every device, else by mail.

    Nowhere when it already stands or arrived at another address, as ``others`` say.
    """
    name = (delivery.kind, delivery.collapse_id)
    tried: set[str] = {delivery_key(delivery)}
    for other in others:
        if (other.kind, other.collapse_id) != name:
            continue
        if other.state in _STANDING:
            return []
        tried.add(delivery_key(other))
    fresh = [one for one in addresses if one.key not in tried]
    return [one for one in fresh if one.device_id is not None] or fresh


def spread(delivery: Delivery, addresses: Iterable[Address], *, now: datetime) -> None:
    """Plan the same nudge for further addresses, due now."""
    rows = [_row(delivery, now=now, address=address) for address in addresses]
    plan_rows(delivery.athlete_id, rows, kind=delivery.kind, now=now)


def fall_back(delivery: Delivery, *, now: datetime) -> None:
    """Look for another address: this one did not take the nudge and never will.

    Mail is the last there is.
    """
    if delivery.channel == EMAIL:
        return
    stands = Delivery.objects.filter(
        athlete_id=delivery.athlete_id,
        kind=delivery.kind,
        collapse_id=delivery.collapse_id,
        state__in=_STANDING,
    )
    if not stands.exclude(id=delivery.id).exists():
        row = _row(delivery, now=now, address=None)
        plan_rows(delivery.athlete_id, [row], kind=delivery.kind, now=now)


def plan_rows(
    athlete_id: UUID, rows: Sequence[Mapping[str, object]], *, kind: str, now: datetime
) -> None:
    """Insert deliveries, or plan anew those of the same name that came to nothing."""
    if rows:
        told = msgspec.json.encode(rows).decode()
        sql.fetch(sql.SPREAD, {"athlete": athlete_id, "kind": kind, "now": now, "rows": told})


def delivery_key(delivery: Delivery) -> str:
    """Return the key of the address a delivery was for; empty while it is for any."""
    if delivery.channel == ANY:
        return ""
    return str(delivery.device_id or EMAIL)


def _row(delivery: Delivery, *, now: datetime, address: Address | None) -> dict[str, object]:
    name = address.key if address else f"after {delivery.dedupe_key}"
    return {
        "reminder_id": delivery.reminder_id,
        "device_id": address.device_id if address else None,
        "channel": address.channel if address else ANY,
        "dedupe_key": sql.name_of(delivery.collapse_id, name),
        "collapse_id": delivery.collapse_id,
        "due_at": now,
        "not_after": delivery.not_after,
    }
