"""Signed links that answer one reminder, once, without signing in.

A link holds whose reminder it is, which, its due date, what it answers and when it was made, and a
signature; nothing of it is kept. It is spent by its answer: another link with the same answer to
the same reminder and date is spent with it. Mail scanners open links, so looking changes nothing.
"""

import base64
import binascii
import hashlib
import struct
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.core import signing

from apps.accounts.selectors import person
from apps.common.actor import acting_as
from apps.common.errors import AppError
from apps.reminders.models import InboxItem, UsedLink
from apps.reminders.services.answer import answer_within
from apps.reminders.services.preferences import change_profile_within
from apps.sync.selectors import profile_of
from apps.sync.writer import lock_feed
from backend.reminding.delivery import EMAIL

OFFERED = ("done", "snoozed", "dismissed")
STOP = "stop"
LASTS = timedelta(days=30)
STOP_LASTS = timedelta(days=400)  # an old mail must let go of its reader, too
MAX_TOKEN = 200
_ACTIONS = (*OFFERED, STOP)
_PARTS = struct.Struct(">16s16sIIB")  # athlete, reminder, due day, hour it was made, action
_HOUR_S = 3600
_signer = signing.Signer(salt="mechanostat.reminders.links", sep=".")


class LinkGone(AppError):
    """This link does nothing any more."""

    code: ClassVar[str] = "reminders.link_gone"
    status: ClassVar[int] = 404


@dataclass(frozen=True)
class Link:
    """What a link says; ``due_date`` counts for answers only."""

    athlete_id: UUID
    reminder_id: UUID
    due_date: date
    made_at: datetime
    action: str

    @property
    def digest(self) -> bytes:
        """What is kept of a spent link: the same for each link with this answer."""
        said = f"{self.reminder_id}/{self.due_date.isoformat()}/{self.action}"
        return hashlib.sha256(said.encode()).digest()


@dataclass(frozen=True)
class Look:
    """What a link would do now; ``locale`` is the person's."""

    action: str
    is_used: bool
    locale: str | None


def links_for(
    *, athlete_id: UUID, reminder_id: UUID, due_date: date, now: datetime
) -> dict[str, str]:
    """Return the absolute address for each answer a message offers, by action."""
    return {
        action: _address(Link(athlete_id, reminder_id, due_date, now, action)) for action in OFFERED
    }


def stop_link(*, athlete_id: UUID, now: datetime) -> str:
    """Return the address that switches e-mail off, for mails and their unsubscribe header."""
    return _address(Link(athlete_id, athlete_id, date.min, now, STOP))


def look_at(*, token: str, now: datetime) -> Look:
    """Return what a link would do; nothing is changed. Raises ``LinkGone``."""
    link = _read(token, now=now)
    with acting_as(link.athlete_id):
        _check_person(link)
        is_used = _is_used(link)
        if not is_used:
            _check_open(link)
        return Look(link.action, is_used, profile_of(link.athlete_id).locale)


def follow(*, token: str, now: datetime) -> Look:
    """Do what a link says, once; ``is_used`` when it was done before. Raises ``LinkGone``."""
    link = _read(token, now=now)
    with acting_as(link.athlete_id):
        _check_person(link)
        lock_feed(link.athlete_id)  # two taps at once come one after the other
        locale = profile_of(link.athlete_id).locale
        if _is_used(link):
            return Look(link.action, True, locale)
        _check_open(link)
        if link.action == STOP:
            _stop(link, now=now)
            return Look(link.action, False, locale)
        answer_within(
            athlete_id=link.athlete_id, reminder_id=link.reminder_id, action=link.action, now=now
        )
        mine = UsedLink.objects.filter(athlete_id=link.athlete_id)
        mine.filter(used_at__lt=now - 2 * LASTS).delete()
        UsedLink.objects.create(athlete_id=link.athlete_id, digest=link.digest, used_at=now)
        return Look(link.action, False, locale)


def _address(link: Link) -> str:
    packed = _PARTS.pack(
        link.athlete_id.bytes,
        link.reminder_id.bytes,
        link.due_date.toordinal(),
        int(link.made_at.timestamp()) // _HOUR_S,
        _ACTIONS.index(link.action),
    )
    token = _signer.sign(base64.urlsafe_b64encode(packed).rstrip(b"=").decode())
    return f"{settings.PUBLIC_URL.rstrip('/')}/r/{token}"


def _read(token: str, *, now: datetime) -> Link:
    """Return what a genuine, living token says. Raises ``LinkGone``."""
    if len(token) > MAX_TOKEN:
        raise LinkGone
    try:
        text = _signer.unsign(token)
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        athlete, reminder, day, hour, number = _PARTS.unpack(packed)
        link = Link(
            UUID(bytes=athlete),
            UUID(bytes=reminder),
            date.fromordinal(day),
            datetime.fromtimestamp(hour * _HOUR_S, tz=UTC),
            _ACTIONS[number],
        )
    except (signing.BadSignature, binascii.Error, struct.error, ValueError, IndexError) as error:
        raise LinkGone from error
    if now > link.made_at + (STOP_LASTS if link.action == STOP else LASTS):
        raise LinkGone
    return link


def _is_used(link: Link) -> bool:
    if link.action == STOP:
        return EMAIL in (profile_of(link.athlete_id).reminder_channels_off or ())
    return UsedLink.objects.filter(athlete_id=link.athlete_id, digest=link.digest).exists()


def _check_person(link: Link) -> None:
    """Refuse a link of somebody who left. Raises ``LinkGone``."""
    if person(link.athlete_id) is None:
        raise LinkGone


def _check_open(link: Link) -> None:
    """Refuse a link about a reminder that is closed or has another date. Raises ``LinkGone``."""
    if link.action == STOP:
        return
    is_open = InboxItem.objects.filter(
        athlete_id=link.athlete_id,
        reminder_id=link.reminder_id,
        due_date=link.due_date,
        closed_at=None,
    ).exists()
    if not is_open:
        raise LinkGone


def _stop(link: Link, *, now: datetime) -> None:
    off = profile_of(link.athlete_id).reminder_channels_off or ()
    changes = {"reminder_channels_off": (*off, EMAIL)}
    change_profile_within(athlete_id=link.athlete_id, changes=changes, now=now)
