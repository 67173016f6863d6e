"""What is said in a message, the same on every attempt."""

from datetime import datetime
from uuid import UUID, uuid5

from apps.reminders.models import Delivery
from apps.reminders.services.glance import OpenItem
from apps.reminders.services.links import links_for, stop_link
from backend.push.letter import Kind, Letter
from backend.reminding.nudges import words_for


def silent_letter(delivery: Delivery) -> Letter:
    """Return a message nobody sees."""
    kind = Kind(delivery.kind)
    return Letter(
        kind=kind,
        collapse_id=delivery.collapse_id,
        notification_id=_sent_as(delivery, kind),
        reminder=None if kind is Kind.WAKE else delivery.reminder_id,
        expires_at=delivery.not_after,
    )


def shown_letter(
    delivery: Delivery, *, item: OpenItem | None = None, locale: str | None, now: datetime
) -> Letter:
    """Return a nudge, with links that answer ``item`` if it is about one."""
    links = {}
    if item is not None:
        links = links_for(
            athlete_id=delivery.athlete_id,
            reminder_id=item.reminder_id,
            due_date=item.due_date,
            now=now,
        )
    return Letter(
        kind=Kind.REMIND,
        collapse_id=delivery.collapse_id,
        notification_id=delivery.notification_id,
        reminder=delivery.reminder_id,
        expires_at=delivery.not_after,
        sentence=words_for(locale).subject,
        locale=locale,
        links=links,
        stop_link=stop_link(athlete_id=delivery.athlete_id, now=now),
    )


def _sent_as(delivery: Delivery, kind: Kind) -> UUID:
    """Return what an app knows the message by: each wake-up is a new one, a repeat is not."""
    if kind is Kind.WAKE:
        return uuid5(delivery.id, f"{delivery.due_at.isoformat()}")
    return delivery.notification_id
