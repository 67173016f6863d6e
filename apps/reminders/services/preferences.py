"""A person changes how they are reminded: fields of the profile that every device has."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

import msgspec

from apps.common.actor import acting_as
from apps.common.errors import AppError
from apps.reminders.preferences import fields_of
from apps.sync.selectors import versions_of
from apps.sync.writer import lock_feed, write_own
from backend.feed.wire import Op
from backend.records.athlete_profile import ATHLETE_PROFILE, AthleteProfile


class PreferencesNotTaken(AppError):
    """The preferences could not be stored; nothing was changed."""

    code: ClassVar[str] = "reminders.preferences_not_taken"
    status: ClassVar[int] = 409


def change_preferences(*, athlete_id: UUID, changes: Mapping[str, Any], now: datetime) -> None:
    """Write changed preferences into a person's profile, as named in ``Preferences``.

    What stands already is not written again. Raises ``PreferencesNotTaken``.
    """
    with acting_as(athlete_id):
        lock_feed(athlete_id)
        fields = fields_of(changes, athlete_id=athlete_id)
        change_profile_within(athlete_id=athlete_id, changes=fields, now=now)


def change_profile_within(
    *, athlete_id: UUID, changes: Mapping[str, object], now: datetime
) -> None:
    """Write fields of a profile within the caller's transaction, which holds the feed's lock.

    None takes a field away. Raises ``PreferencesNotTaken``.
    """
    version = versions_of(athlete_id, [athlete_id]).get(athlete_id)
    is_there = version is not None and version.body is not None
    body = version.body if version and version.body else b"{}"
    stands = msgspec.json.decode(body, type=AthleteProfile)
    news = {name: value for name, value in changes.items() if getattr(stands, name) != value}
    if not news:
        return
    op = Op(
        op=uuid4(),
        type=ATHLETE_PROFILE.name,
        id=athlete_id,
        action="restore" if version and not is_there else "put",
        base=version.v if version else None,
        schema=ATHLETE_PROFILE.schema,
        edited_at=now,
        set=msgspec.Raw(
            msgspec.json.encode({name: one for name, one in news.items() if one is not None})
        ),
        unset=tuple(name for name, one in news.items() if one is None) if is_there else (),
    )
    if not write_own(athlete_id=athlete_id, ops=[op], now=now):
        raise PreferencesNotTaken
