"""The last look before a nudge is sent, under the person's lock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID, uuid5

import msgspec
from django.db.models import Q

from apps.accounts.models import User
from apps.accounts.selectors import person
from apps.common.actor import acting_as
from apps.reminders import sql
from apps.reminders.addressing import Address, addresses_of, mailbox_of
from apps.reminders.models import ANY, Delivery, InboxItem
from apps.reminders.selectors import standing_answer
from apps.reminders.services import coach_nudges, digest, silent
from apps.reminders.services.links import links_for, stop_link
from apps.reminders.services.spread import spread, take
from apps.sync.selectors import profile_of
from backend.push.letter import Kind, Letter
from backend.records.athlete_profile import AthleteProfile
from backend.reminding.answers import DECIDING
from backend.reminding.delivery import (
    DELIVERABLE,
    EMAIL,
    PUSH,
    STALE_AFTER,
    URGENT_PRIORITY,
    WEEK,
    Wishes,
    dedupe_key,
    deliver_at,
    week_opens_at,
    wishes_of,
)
from backend.reminding.nudges import words_for

_OUT = (Delivery.State.LEASED, Delivery.State.ACCEPTED, Delivery.State.UNCERTAIN)
_WAITING = (Delivery.State.PLANNED, Delivery.State.LEASED, Delivery.State.UNCERTAIN)


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


def let_go(
    *, athlete_id: UUID, delivery_id: UUID, attempts: int, now: datetime, gate: Gate
) -> Sending | str:
    """Return what to send now, or the code that says why there is nothing.

    The delivery is settled accordingly: cancelled when the reminder was closed or moved or
    the person left, expired when it is too old or was read since it arrived, put off to the
    person's hour, to when their week has room or to when the provider may be asked again.
    """
    with acting_as(athlete_id):
        sql.lock_person(athlete_id, wait=True)
        ours = Delivery.objects.filter(
            athlete_id=athlete_id, id=delivery_id, state=Delivery.State.LEASED, attempts=attempts
        )
        delivery = ours.first()
        if delivery is None:
            return "lease-lost"
        reachable = person(athlete_id)
        if reachable is None:
            return _settle(delivery, "closed", state=Delivery.State.CANCELLED)
        if delivery.kind == Delivery.Kind.DIGEST:
            return _digest(delivery, reachable, now=now, gate=gate)
        if delivery.kind == Delivery.Kind.NUDGE:
            return _nudge(delivery, reachable, now=now, gate=gate)
        if delivery.kind != Delivery.Kind.REMIND:
            return _silent(delivery, reachable, now=now, gate=gate)
        item = _item_of(delivery)
        if item is None:
            return _settle(delivery, "closed", state=Delivery.State.CANCELLED)
        return _send_or_settle(delivery, item, reachable, now=now, gate=gate)


def _silent(delivery: Delivery, reachable: User, *, now: datetime, gate: Gate) -> Sending | str:
    """Look at a message nobody sees: no quiet hours and no budget."""
    if now > delivery.not_after:
        return _settle(delivery, "expired", state=Delivery.State.EXPIRED)
    address = silent.address_for(delivery, reachable, channels=gate.channels)
    if address is None:
        return _settle(delivery, "not-needed", state=Delivery.State.EXPIRED)
    if held_until := gate.held_until(address, now):
        return _hold(delivery, held_until)
    _settle(delivery, "let-go", let_go_at=now, lease_until=delivery.lease_until)
    return Sending(_letter(delivery, Kind(delivery.kind)), address)


def _digest(delivery: Delivery, reachable: User, *, now: datetime, gate: Gate) -> Sending | str:
    """Look at the weekly mail: whether it is still wanted and has anything to say."""
    digest.plan_next(reachable, now=now)
    letter = digest.letter_for(delivery, reachable, now=now)
    if letter is None or now > delivery.not_after:
        return _settle(delivery, "not-needed", state=Delivery.State.EXPIRED)
    address = mailbox_of(reachable)
    if held_until := gate.held_until(address, now):
        return _hold(delivery, held_until)
    _settle(delivery, "let-go", let_go_at=now, lease_until=delivery.lease_until)
    return Sending(letter, address)


def _nudge(delivery: Delivery, reachable: User, *, now: datetime, gate: Gate) -> Sending | str:
    """Look at a coach's nudge: it has no due date and no place in the week, for it is one a day."""
    if now > delivery.not_after:
        return _settle(delivery, "expired", state=Delivery.State.EXPIRED)
    if not coach_nudges.is_wanted(delivery, now=now):
        return _settle(delivery, "not-wanted", state=Delivery.State.CANCELLED)
    profile = profile_of(delivery.athlete_id)
    wishes = wishes_of(profile, home_zone=reachable.zone)
    due_at = coach_nudges.nudge_at(wishes, now=now)
    if due_at > now:
        later = max(delivery.not_after, due_at + coach_nudges.USEFUL_FOR)
        resting = delivery.resting_state
        return _settle(delivery, "not-yet", state=resting, due_at=due_at, not_after=later)
    addresses = addresses_of(reachable, channels=_wanted(gate, wishes, topic=coach_nudges.TOPIC))
    address = _take_address(delivery, addresses, now=now)
    if address is None:
        return _settle(delivery, "no-address", state=Delivery.State.CANCELLED)
    to_it = {"channel": address.channel, "device_id": address.device_id}
    if held_until := gate.held_until(address, now):
        return _hold(delivery, held_until, **to_it)
    _settle(delivery, "let-go", let_go_at=now, lease_until=delivery.lease_until, **to_it)
    letter = msgspec.structs.replace(
        _letter(delivery, Kind.REMIND),
        sentence=words_for(profile.locale).subject,
        locale=profile.locale,
        stop_link=stop_link(athlete_id=delivery.athlete_id, now=now),
    )
    return Sending(letter, address)


def _wanted(gate: Gate, wishes: Wishes, *, topic: str) -> list[str]:
    """Return the configured channels that the person takes a topic by."""
    return [
        channel
        for channel in gate.channels
        if wishes.allows(channel=EMAIL if channel == EMAIL else PUSH, topic=topic)
    ]


def _item_of(delivery: Delivery) -> InboxItem | None:
    """Return the open reminder this delivery is still about."""
    item = InboxItem.objects.filter(
        athlete_id=delivery.athlete_id, reminder_id=delivery.reminder_id
    ).first()
    if item is None or not item.is_open or item.state not in DELIVERABLE:
        return None
    key = dedupe_key(reminder_id=item.reminder_id, due_date=item.due_date)
    return item if key == delivery.collapse_id else None


def _send_or_settle(
    delivery: Delivery, item: InboxItem, reachable: User, *, now: datetime, gate: Gate
) -> Sending | str:
    if now > delivery.not_after:
        return _settle(delivery, "expired", state=Delivery.State.EXPIRED)
    # Zone, quiet hours or the zone's rules may have changed since this was planned.
    profile = profile_of(delivery.athlete_id)
    wishes = wishes_of(profile, home_zone=reachable.zone)
    if _is_answered(item, zone=wishes.zone):
        return _settle(delivery, "answered", state=Delivery.State.CANCELLED)
    due_at = deliver_at(due_date=item.due_date, now=now, wishes=wishes)
    if due_at > now:
        return _settle(
            delivery,
            "not-yet",
            state=delivery.resting_state,
            due_at=due_at,
            not_after=max(delivery.not_after, due_at + STALE_AFTER),
        )
    arrived_at = deliver_at(due_date=item.due_date, now=item.created_at, wishes=wishes)
    if item.seen_at is not None and item.seen_at >= arrived_at:
        return _settle(delivery, "seen", state=Delivery.State.EXPIRED)
    opens_at = _week_opens_at(delivery, item, wishes, now=now)
    if opens_at is not None:
        return _settle(
            delivery,
            "week-full",
            state=delivery.resting_state,
            due_at=opens_at,
            not_after=delivery.not_after + (opens_at - now),
        )
    wanted = _wanted(gate, wishes, topic=item.topic)
    address = _take_address(delivery, addresses_of(reachable, channels=wanted), now=now)
    if address is None:
        return _settle(delivery, "no-address", state=Delivery.State.CANCELLED)
    return _to(address, delivery, item, profile, now=now, gate=gate)


def _is_answered(item: InboxItem, *, zone: str) -> bool:
    """Return whether an answer came in that no recompute has folded yet."""
    answer = standing_answer(item.athlete_id, item.reminder_id, zone=zone)
    if answer is None or answer.state not in DECIDING:
        return False
    return answer.until is None or answer.until > item.due_date


def _take_address(
    delivery: Delivery, addresses: Sequence[Address], *, now: datetime
) -> Address | None:
    """Return the delivery's address; one planned for any takes the first there is.

    The person's other addresses get deliveries of their own. None when the address is no more,
    or when there is none.
    """
    mine = (delivery.channel, delivery.device_id)
    if delivery.channel != ANY:
        found = [one for one in addresses if (one.channel, one.device_id) == mine]
        others = [] if found else take(delivery, addresses)
    else:
        taken = take(delivery, addresses)
        found, others = taken[:1], taken[1:]
    spread(delivery, others, now=now)
    return found[0] if found else None


def _to(
    address: Address,
    delivery: Delivery,
    item: InboxItem,
    profile: AthleteProfile,
    *,
    now: datetime,
    gate: Gate,
) -> Sending | str:
    """Let the delivery go, unless its provider may not be asked now."""
    to_it = {"channel": address.channel, "device_id": address.device_id}
    if held_until := gate.held_until(address, now):
        return _hold(delivery, held_until, **to_it)
    _settle(delivery, "let-go", let_go_at=now, lease_until=delivery.lease_until, **to_it)
    if item.seen_at is not None:
        # Read ahead of its day: now it arrives, and the inbox says so too.
        mine = InboxItem.objects.filter(athlete_id=item.athlete_id, reminder_id=item.reminder_id)
        mine.update(seen_at=None)
    links = links_for(
        athlete_id=item.athlete_id, reminder_id=item.reminder_id, due_date=item.due_date, now=now
    )
    letter = msgspec.structs.replace(
        _letter(delivery, Kind.REMIND),
        sentence=words_for(profile.locale).subject,
        locale=profile.locale,
        links=links,
        stop_link=stop_link(athlete_id=item.athlete_id, now=now),
    )
    return Sending(letter, address)


def _letter(delivery: Delivery, kind: Kind) -> Letter:
    return Letter(
        kind=kind,
        collapse_id=delivery.collapse_id,
        notification_id=_sent_as(delivery, kind),
        reminder=None if kind is Kind.WAKE else delivery.reminder_id,
        expires_at=delivery.not_after,
    )


def _sent_as(delivery: Delivery, kind: Kind) -> UUID:
    """Return what an app knows the message by: each wake-up is a new one, a repeat is not."""
    if kind is Kind.WAKE:
        return uuid5(delivery.id, f"{delivery.due_at.isoformat()}")
    return delivery.notification_id


def _settle(delivery: Delivery, code: str, **changes: object) -> str:
    """Write where the delivery goes from here; its lease ends unless ``changes`` keep it."""
    mine = Delivery.objects.filter(athlete_id=delivery.athlete_id, id=delivery.id)
    mine.update(**{"last_code": code, "lease_until": None, **changes})
    return code


def _hold(delivery: Delivery, until: datetime, **changes: object) -> str:
    """Wait for the provider; as nobody was asked, it was no attempt."""
    resting = {"state": delivery.resting_state, "attempts": delivery.attempts - 1}
    return _settle(delivery, "held", due_at=until, **resting, **changes)


def _week_opens_at(
    delivery: Delivery, item: InboxItem, wishes: Wishes, *, now: datetime
) -> datetime | None:
    """Return when the person's week has room for this nudge; None when it has now.

    However many addresses it goes to, it is one, and what was let go once has its place.
    """
    if item.priority <= URGENT_PRIORITY:
        return None
    sent_at: dict[str, datetime] = {}
    waiting: dict[str, UUID] = {}
    for other in Delivery.objects.filter(
        Q(state__in=_OUT, let_go_at__gt=now - WEEK) | Q(state__in=_WAITING, due_at__lte=now),
        athlete_id=delivery.athlete_id,
        kind=Delivery.Kind.REMIND,
    ):
        if other.let_go_at is not None:
            first = sent_at.get(other.collapse_id, other.let_go_at)
            sent_at[other.collapse_id] = min(first, other.let_go_at)
        elif other.collapse_id != delivery.collapse_id:
            waiting[other.collapse_id] = other.reminder_id
    if delivery.collapse_id in sent_at:
        return None
    others = [waiting[one] for one in waiting.keys() - sent_at.keys()]
    ahead = _ahead(item, others) if others else 0
    return week_opens_at(list(sent_at.values()), ahead=ahead, now=now, per_week=wishes.per_week)


def _ahead(item: InboxItem, waiting: Sequence[UUID]) -> int:
    """Return how many waiting reminders matter more: priority, then the earlier day."""
    mine = (item.priority, item.due_date, item.reminder_id)
    others = InboxItem.objects.filter(
        athlete_id=item.athlete_id, reminder_id__in=waiting, closed_at=None
    )
    return sum((other.priority, other.due_date, other.reminder_id) < mine for other in others)
