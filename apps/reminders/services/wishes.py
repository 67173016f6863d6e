"""What people add of their own and what coaches propose: records of the person's feed."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4, uuid5

import msgspec

from apps.accounts.selectors import person
from apps.common.actor import acting_as
from apps.common.errors import AppError, NotFound
from apps.reminders.selectors import wishes_for
from apps.sync.selectors import newest_of, versions_of
from apps.sync.writer import lock_feed, write_own
from backend.days import local_day
from backend.feed.state import Version
from backend.feed.wire import Op
from backend.records.reminder_wish import REMINDER_WISH, ReminderWish

MOST_WISHES = 100


class WishNotTaken(AppError):
    """The wish could not be stored; nothing was changed."""

    code: ClassVar[str] = "reminders.wish_not_taken"
    status: ClassVar[int] = 409


class TooManyWishes(AppError):
    """There are a hundred reminders and intervals of your own; delete some first."""

    code: ClassVar[str] = "reminders.too_many_wishes"
    status: ClassVar[int] = 409


class ProposedToday(AppError):
    """You proposed something to this athlete today, by their own clock; one a day is enough."""

    code: ClassVar[str] = "reminders.proposed_today"
    status: ClassVar[int] = 429
    retry: ClassVar[str] = "after"
    retry_after_s = 3600  # not until when exactly: that would tell the athlete's time zone


@dataclass(frozen=True)
class Wish:
    """One wish with its record's id."""

    id: UUID
    body: ReminderWish

    @property
    def standing(self) -> str:
        """Whose it is: ``own``, ``proposed``, ``accepted`` or ``declined``."""
        if self.body.proposed_by is None:
            return "own"
        if self.body.is_open_proposal:
            return "proposed"
        return "accepted" if self.body.counts else "declined"


def wishes_of(*, owner: UUID) -> list[Wish]:
    """Return what a person wishes, soonest first, intervals last. Call inside ``acting_as``."""
    found = newest_of(owner, most={}, parts=(), lean=0, wishes=2 * MOST_WISHES)
    wishes = [
        Wish(record_id, msgspec.json.decode(body, type=ReminderWish))
        for record_id, (_, body) in found.items()
    ]
    return sorted(wishes, key=lambda one: (one.body.due_date or date.max, one.id))


def add_wish(*, athlete_id: UUID, body: ReminderWish, now: datetime) -> Wish:
    """Write a new wish of the person's. Raises ``TooManyWishes`` and ``WishNotTaken``."""
    with acting_as(athlete_id):
        lock_feed(athlete_id)
        if len(wishes_of(owner=athlete_id)) >= MOST_WISHES:
            raise TooManyWishes
        record_id = uuid4()
        _push(athlete_id, record_id, None, fields=msgspec.to_builtins(body), now=now)
    return Wish(record_id, body)


def change_wish(
    *, athlete_id: UUID, wish_id: UUID, changes: Mapping[str, Any], now: datetime
) -> Wish:
    """Write changed fields of a wish; None takes one away.

    Raises ``NotFound`` and ``WishNotTaken``.
    """
    with acting_as(athlete_id):
        lock_feed(athlete_id)
        version = _standing(athlete_id, wish_id)
        if changes:
            _push(athlete_id, wish_id, version, fields=changes, now=now)
        return Wish(wish_id, _body(_standing(athlete_id, wish_id)))


def answer_proposal(*, athlete_id: UUID, wish_id: UUID, accept: bool, now: datetime) -> Wish:
    """Accept or decline what a coach proposed; the latest answer counts.

    Raises ``NotFound`` for what is no proposal, and ``WishNotTaken``.
    """
    with acting_as(athlete_id):
        lock_feed(athlete_id)
        version = _standing(athlete_id, wish_id)
        body = _body(version)
        if body.proposed_by is None:
            raise NotFound
        if body.is_open_proposal or body.counts != accept:
            at = {"accepted_at": now} if accept else {"declined_at": now}
            _push(athlete_id, wish_id, version, fields=at, now=now)
        return Wish(wish_id, _body(_standing(athlete_id, wish_id)))


def delete_wish(*, athlete_id: UUID, wish_id: UUID, now: datetime) -> None:
    """Delete a wish; its reminder closes. Raises ``NotFound`` and ``WishNotTaken``."""
    with acting_as(athlete_id):
        lock_feed(athlete_id)
        version = _standing(athlete_id, wish_id)
        _push(athlete_id, wish_id, version, fields={}, now=now, action="delete")


def propose_within(*, athlete_id: UUID, coach_id: UUID, body: ReminderWish, now: datetime) -> Wish:
    """Write a coach's proposal into a person's feed; it counts once the person accepts it.

    Within the caller's transaction, acting as the athlete, whose consent the caller has checked.
    One a day of each coach, by the athlete's clock, told by the record's id. Raises ``ProposedToday``,
    ``TooManyWishes`` and ``WishNotTaken``.
    """
    lock_feed(athlete_id)
    athlete = person(athlete_id)
    zone = wishes_for(athlete).zone if athlete else "UTC"
    record_id = proposal_id(athlete_id, coach_id, local_day(now, zone=zone))
    if versions_of(athlete_id, [record_id]):
        raise ProposedToday
    if len(wishes_of(owner=athlete_id)) >= MOST_WISHES:
        raise TooManyWishes
    proposed = msgspec.structs.replace(body, proposed_by=coach_id)
    _push(
        athlete_id,
        record_id,
        None,
        fields=msgspec.to_builtins(proposed),
        now=now,
        actor_id=coach_id,
    )
    return Wish(record_id, proposed)


def proposal_id(athlete_id: UUID, coach_id: UUID, day: date) -> UUID:
    """Return the id of a coach's one proposal of a day."""
    name = hashlib.sha256(f"reminder-proposal/{coach_id}/{day.isoformat()}".encode()).hexdigest()
    return uuid5(athlete_id, name)


def _standing(athlete_id: UUID, wish_id: UUID) -> Version:
    """Return the newest version of a live wish. Raises ``NotFound``."""
    version = versions_of(athlete_id, [wish_id]).get(wish_id)
    if version is None or version.body is None or version.type_id != REMINDER_WISH.type_id:
        raise NotFound
    return version


def _body(version: Version) -> ReminderWish:
    return msgspec.json.decode(version.body or b"{}", type=ReminderWish)


def _push(
    athlete_id: UUID,
    record_id: UUID,
    version: Version | None,
    *,
    fields: Mapping[str, Any],
    now: datetime,
    action: str = "put",
    actor_id: UUID | None = None,
) -> None:
    given = {name: one for name, one in fields.items() if one is not None}
    gone = tuple(name for name, one in fields.items() if one is None) if version else ()
    op = Op(
        op=uuid4(),
        type=REMINDER_WISH.name,
        id=record_id,
        action=action,
        base=version.v if version else None,
        schema=REMINDER_WISH.schema,
        edited_at=now,
        set=msgspec.Raw(msgspec.json.encode(given) if action == "put" else b""),
        unset=gone,
    )
    if not write_own(athlete_id=athlete_id, ops=[op], now=now, actor_id=actor_id):
        raise WishNotTaken
