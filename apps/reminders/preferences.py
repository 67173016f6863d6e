"""How a person is reminded, as they read and change it; kept as fields of their profile."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any
from uuid import UUID

from apps.accounts.models import User
from apps.reminders.topics import TOPICS
from apps.sync.selectors import profile_of
from backend.records.athlete_profile import AthleteProfile
from backend.reminding.delivery import CHANNELS, QuietHours, wishes_of
from backend.reminding.nudges import language_of

NO_QUIET_HOURS = "none"


@dataclass(frozen=True)
class Preferences:
    """What holds for a person, defaults included; ``quiet_hours`` None for none."""

    zone: str
    locale: str
    delivery_hour: int
    quiet_hours: QuietHours | None
    reminders_per_week: int
    channels_off: tuple[str, ...]
    topics_off: tuple[str, ...]
    paused_until: date | None
    weekly_digest: bool


def preferences_of(person: User) -> Preferences:
    """Return a person's preferences. Call inside ``acting_as``.

    Channels and topics nobody here knows are left out; see ``fields_of``.
    """
    profile = profile_of(person.id)
    wishes = wishes_of(profile, home_zone=person.zone)
    return Preferences(
        zone=wishes.zone,
        locale=profile.locale or language_of(None),
        delivery_hour=wishes.hour,
        quiet_hours=wishes.quiet,
        reminders_per_week=wishes.per_week,
        channels_off=tuple(one for one in CHANNELS if one in wishes.channels_off),
        topics_off=tuple(one for one in TOPICS if one in wishes.topics_off),
        paused_until=wishes.paused_until,
        weekly_digest=bool(profile.weekly_digest),
    )


def fields_of(changes: Mapping[str, Any], *, athlete_id: UUID) -> dict[str, object]:
    """Return the profile's fields for changed preferences. Call inside ``acting_as``.

    What another app's version wrote into the lists and is not known here stays in them.
    """
    profile = profile_of(athlete_id)
    fields: dict[str, object] = {
        name: changes[name]
        for name in ("zone", "locale", "delivery_hour", "reminders_per_week", "weekly_digest")
        if name in changes
    }
    if "quiet_hours" in changes:
        fields["quiet_hours"] = written(changes["quiet_hours"])
    if "paused_until" in changes:
        fields["reminders_paused_until"] = changes["paused_until"]
    for name, known in (("channels_off", CHANNELS), ("topics_off", tuple(TOPICS))):
        if name in changes:
            fields[f"reminder_{name}"] = _list(profile, name, changes[name], known)
    return fields


def written(quiet: Mapping[str, time] | None) -> str:
    """Return quiet hours as the profile spells them."""
    if quiet is None:
        return NO_QUIET_HOURS
    return f"{quiet['from']:%H:%M}-{quiet['to']:%H:%M}"


def _list(
    profile: AthleteProfile, name: str, wanted: list[str], known: tuple[str, ...]
) -> tuple[str, ...] | None:
    stands: tuple[str, ...] | None = getattr(profile, f"reminder_{name}")
    strange = [one for one in stands or () if one not in known]
    found = (*(one for one in known if one in wanted), *strange)
    return found or (() if stands else None)
