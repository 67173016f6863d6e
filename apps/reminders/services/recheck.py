"""The last look before a nudge is sent, under the person's lock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from apps.accounts.models import User
from apps.common.actor import writing_as
from apps.common.statements import run
from apps.reminders import sql
from apps.reminders.addressing import Address, addresses_of, mailbox_of
from apps.reminders.models import ANY, Delivery
from apps.reminders.selectors import answer_among
from apps.reminders.services import coach_nudges, digest, notices, silent, week
from apps.reminders.services.glance import Glance, OpenItem, glance
from apps.reminders.services.leases import Claim, LeaseLost, settle
from apps.reminders.services.letters import shown_letter, silent_letter
from apps.reminders.services.spread import spread, take
from backend.push.letter import Letter
from backend.reminding.answers import DECIDING
from backend.reminding.delivery import (
    DELIVERABLE,
    EMAIL,
    PUSH,
    STALE_AFTER,
    Wishes,
    deliver_at,
    wishes_of,
)


class Gate(Protocol):
    """What the engine knows of its channels."""

    @property
    def channels(self) -> frozenset[str]:
        """Names of those that are configured."""

    def held_until(self, address: Address, now: datetime) -> datetime | None:
        """Return when the provider may be asked again, None when it may be now."""


@dataclass(frozen=True)
class Sending:
    """What to send now, and to where."""

    letter: Letter
    address: Address


def let_go(claim: Claim, *, now: datetime, gate: Gate) -> Sending | str:
    """Return what to send now, or the code that says why there is nothing.

    The delivery is settled accordingly: cancelled when the reminder was closed or moved or
    the person left, expired when it is too old or was read since it arrived, put off to the
    person's hour, to when their week has room or to when the provider may be asked again.
    """
    try:
        with writing_as(claim.athlete_id):
            seen = glance(claim, now=now)
            if seen.owner is None:
                return settle(seen.delivery, "closed", state=Delivery.State.CANCELLED)
            return _look(seen, seen.owner, now=now, gate=gate)
    except LeaseLost:
        return "lease-lost"


def _look(seen: Glance, owner: User, *, now: datetime, gate: Gate) -> Sending | str:
    delivery = seen.delivery
    match delivery.kind:
        case Delivery.Kind.REMIND:
            return _remind(seen, owner, now=now, gate=gate)
        case Delivery.Kind.NUDGE:
            return _nudge(seen, owner, now=now, gate=gate)
        case Delivery.Kind.DIGEST:
            # Whether it is still wanted and has anything to say.
            digest.plan_next(owner, now=now)
            letter = digest.letter_for(delivery, owner, now=now)
            return _mail(delivery, letter, owner, now=now, gate=gate)
        case Delivery.Kind.ACCESS_GIVEN | Delivery.Kind.ACCESS_ENDS:
            letter = notices.letter_for(delivery, owner, now=now)
            return _mail(delivery, letter, owner, now=now, gate=gate)
    return _silent(seen, now=now, gate=gate)


def _silent(seen: Glance, *, now: datetime, gate: Gate) -> Sending | str:
    """Look at a message nobody sees: no quiet hours and no budget, but after what it takes down."""
    delivery = seen.delivery
    if now > delivery.not_after:
        return settle(delivery, "expired", state=Delivery.State.EXPIRED)
    address = silent.address_for(seen, channels=gate.channels)
    if address is None:
        return settle(delivery, "not-needed", state=Delivery.State.EXPIRED)
    held_until = silent.waits_until(seen, now=now) or gate.held_until(address, now)
    if held_until:
        return _hold(delivery, held_until)
    _let_go(delivery, address, now=now)
    return Sending(silent_letter(delivery), address)


def _mail(
    delivery: Delivery, letter: Letter | None, owner: User, *, now: datetime, gate: Gate
) -> Sending | str:
    """Let a mail go, unless there is none or it is too late."""
    if letter is None or now > delivery.not_after:
        return settle(delivery, "not-needed", state=Delivery.State.EXPIRED)
    address = mailbox_of(owner)
    if held_until := gate.held_until(address, now):
        return _hold(delivery, held_until)
    _let_go(delivery, address, now=now)
    return Sending(letter, address)


def _nudge(seen: Glance, owner: User, *, now: datetime, gate: Gate) -> Sending | str:
    """Look at a coach's nudge: it has no due date and no place in the week, for it is one a day."""
    delivery = seen.delivery
    if now > delivery.not_after:
        return settle(delivery, "expired", state=Delivery.State.EXPIRED)
    if not coach_nudges.is_wanted(delivery, now=now):
        return settle(delivery, "not-wanted", state=Delivery.State.CANCELLED)
    wishes = wishes_of(seen.profile, home_zone=owner.zone)
    due_at = coach_nudges.nudge_at(wishes, now=now)
    if due_at > now:
        later = max(delivery.not_after, due_at + coach_nudges.USEFUL_FOR)
        resting = delivery.resting_state
        return settle(delivery, "not-yet", state=resting, due_at=due_at, not_after=later)
    wanted = _wanted(gate, wishes, topic=coach_nudges.TOPIC)
    return _to(seen, addresses_of(owner, seen.devices, channels=wanted), now=now, gate=gate)


def _remind(seen: Glance, owner: User, *, now: datetime, gate: Gate) -> Sending | str:
    delivery, item = seen.delivery, _item_of(seen)
    if item is None:
        return settle(delivery, "closed", state=Delivery.State.CANCELLED)
    if now > delivery.not_after:
        return settle(delivery, "expired", state=Delivery.State.EXPIRED)
    # Zone, quiet hours or the zone's rules may have changed since this was planned.
    wishes = wishes_of(seen.profile, home_zone=owner.zone)
    if _is_answered(seen, item, zone=wishes.zone):
        return settle(delivery, "answered", state=Delivery.State.CANCELLED)
    due_at = deliver_at(due_date=item.due_date, now=now, wishes=wishes)
    if due_at > now:
        return settle(
            delivery,
            "not-yet",
            state=delivery.resting_state,
            due_at=due_at,
            not_after=max(delivery.not_after, due_at + STALE_AFTER),
        )
    arrived_at = deliver_at(due_date=item.due_date, now=item.created_at, wishes=wishes)
    if item.seen_at is not None and item.seen_at >= arrived_at:
        return settle(delivery, "seen", state=Delivery.State.EXPIRED)
    opens_at = week.opens_at(seen, item, wishes, now=now)
    if opens_at is not None:
        return settle(
            delivery,
            "week-full",
            state=delivery.resting_state,
            due_at=opens_at,
            not_after=delivery.not_after + (opens_at - now),
        )
    wanted = _wanted(gate, wishes, topic=item.topic)
    addresses = addresses_of(owner, seen.devices, channels=wanted)
    return _to(seen, addresses, item=item, now=now, gate=gate)


def _wanted(gate: Gate, wishes: Wishes, *, topic: str) -> list[str]:
    """Return the configured channels that the person takes a topic by."""
    return [
        channel
        for channel in gate.channels
        if wishes.allows(channel=EMAIL if channel == EMAIL else PUSH, topic=topic)
    ]


def _item_of(seen: Glance) -> OpenItem | None:
    """Return the open reminder the delivery is still about."""
    delivery = seen.delivery
    for item in seen.items:
        if item.reminder_id == delivery.reminder_id and item.state in DELIVERABLE:
            return item if item.key == delivery.collapse_id else None
    return None


def _is_answered(seen: Glance, item: OpenItem, *, zone: str) -> bool:
    """Return whether an answer came in that no recompute has folded yet."""
    answer = answer_among(seen.answers, item.reminder_id, zone=zone) if seen.answers else None
    if answer is None or answer.state not in DECIDING:
        return False
    return answer.until is None or answer.until > item.due_date


def _to(
    seen: Glance,
    addresses: Sequence[Address],
    *,
    item: OpenItem | None = None,
    now: datetime,
    gate: Gate,
) -> Sending | str:
    """Let a nudge go to its address, unless there is none or its provider may not be asked now."""
    delivery = seen.delivery
    address = _take_address(seen, addresses, now=now)
    if address is None:
        return settle(delivery, "no-address", state=Delivery.State.CANCELLED)
    if held_until := gate.held_until(address, now):
        return _hold(delivery, held_until, channel=address.channel, device_id=address.device_id)
    _let_go(delivery, address, now=now)
    if item is not None and item.seen_at is not None:
        # Read ahead of its day: now it arrives, and the inbox says so too.
        run(sql.UNREAD, {"athlete": delivery.athlete_id, "reminder": item.reminder_id})
    letter = shown_letter(delivery, item=item, locale=seen.profile.locale, now=now)
    return Sending(letter, address)


def _take_address(seen: Glance, addresses: Sequence[Address], *, now: datetime) -> Address | None:
    """Return the delivery's address; one planned for any takes the first there is.

    The person's other addresses get deliveries of their own. None when the address is no more,
    or when there is none.
    """
    delivery = seen.delivery
    mine = (delivery.channel, delivery.device_id)
    if delivery.channel != ANY:
        found = [one for one in addresses if (one.channel, one.device_id) == mine]
        others = [] if found else take(delivery, seen.others, addresses)
    else:
        taken = take(delivery, seen.others, addresses)
        found, others = taken[:1], taken[1:]
    spread(delivery, others, now=now)
    return found[0] if found else None


def _let_go(delivery: Delivery, address: Address, *, now: datetime) -> None:
    """Note that it may have reached somebody from now on; it stays leased until that is known."""
    settle(
        delivery,
        "let-go",
        let_go_at=now,
        lease_until=delivery.lease_until,
        channel=address.channel,
        device_id=address.device_id,
    )


def _hold(delivery: Delivery, until: datetime, **changes: object) -> str:
    """Wait for the provider, or for another message; as nobody was asked, it was no attempt."""
    resting = {"state": delivery.resting_state, "attempts": delivery.attempts - 1}
    return settle(delivery, "held", due_at=until, **resting, **changes)
