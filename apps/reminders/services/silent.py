"""Messages nobody sees: take down what is settled, and say that there is something to pull."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from apps.accounts.models import User
from apps.accounts.selectors import pushable_devices
from apps.reminders import sql
from apps.reminders.addressing import Address, devices_reached
from apps.reminders.models import Delivery
from apps.reminders.services.glance import Glance
from apps.reminders.services.spread import plan_rows
from apps.sync.selectors import answered_on, devices_behind

# How long a notification is worth being taken down, and a withdrawal worth being sent.
SHOWN_FOR = timedelta(days=14)
WITHDRAW_WITHIN = timedelta(days=1)
# Providers ration silent messages, and phones batteries.
APART = timedelta(minutes=20)
# As long as a request takes at most.
NUDGE_ENDS_WITHIN = timedelta(seconds=10)
WAKE_WITHIN = timedelta(hours=1)
WEBPUSH = "webpush"


def plan_withdrawals(athlete_id: UUID, *, standing: Sequence[str], now: datetime) -> None:
    """Take down what was shown under any other collapse id than ``standing``.

    On every device but the one on which it was answered.
    """
    shown = sql.fetch(
        sql.SHOWN, {"athlete": athlete_id, "since": now - SHOWN_FOR, "keys": list(standing)}
    )
    answered = answered_on(athlete_id, [row[0] for row in shown]) if shown else {}
    rows = [
        {
            "reminder_id": reminder_id,
            "device_id": device_id,
            "channel": channel,
            "dedupe_key": sql.name_of(collapse_id, f"withdraw {device_id}"),
            "collapse_id": collapse_id,
            "due_at": now,
            "not_after": now + WITHDRAW_WITHIN,
        }
        for reminder_id, device_id, channel, collapse_id in shown
        if answered.get(reminder_id) != device_id
    ]
    plan_rows(athlete_id, rows, kind=Delivery.Kind.WITHDRAW, now=now)


def plan_wakes(person: User, *, channels: Collection[str], now: datetime) -> None:
    """Wake the devices that have something to pull and did not cause it."""
    reached = devices_reached(pushable_devices(owner=person), channels=channels)
    devices = [one for one in reached if _wakes(one)]
    if not devices:
        return
    behind = devices_behind(person.id, [one.device_id for one in devices if one.device_id])
    rows = [
        {
            "device_id": one.device_id,
            "channel": one.channel,
            "dedupe_key": sql.name_of(str(one.device_id), "wake"),
        }
        for one in devices
        if one.device_id in behind
    ]
    if rows:
        sql.fetch(
            sql.WAKE,
            {
                "athlete": person.id,
                "now": now,
                "rows": msgspec.json.encode(rows).decode(),
                "apart": APART,
                "useful": WAKE_WITHIN,
            },
        )


def _wakes(address: Address) -> bool:
    """Whether a device may be woken in silence: browsers want each message to be shown."""
    return address.channel != WEBPUSH


def waits_until(seen: Glance, *, now: datetime) -> datetime | None:
    """Return when to look again at a withdrawal whose nudge is being sent; None when it is not."""
    is_under_way = any(one.state == Delivery.State.LEASED for one in _nudges(seen))
    return now + NUDGE_ENDS_WITHIN if is_under_way else None


def address_for(seen: Glance, *, channels: Collection[str]) -> Address | None:
    """Return where a silent message goes; None when it is not needed any more."""
    is_wake = seen.delivery.kind == Delivery.Kind.WAKE
    if not (seen.is_behind if is_wake else _nudges(seen)):
        return None
    found = devices_reached(seen.devices, channels=channels)
    return next((one for one in found if one.device_id == seen.delivery.device_id), None)


def _nudges(seen: Glance) -> list[Delivery]:
    """Return the nudges that may have reached, or may yet reach, a withdrawal's device."""
    withdrawal = seen.delivery
    return [
        one
        for one in seen.others
        if one.kind == Delivery.Kind.REMIND
        and (one.collapse_id, one.device_id) == (withdrawal.collapse_id, withdrawal.device_id)
        and one.let_go_at is not None
        and one.state != Delivery.State.FAILED
    ]
