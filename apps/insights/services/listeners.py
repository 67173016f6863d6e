"""Higher apps hear whose records were read and published, with the profile that was read.

What an athlete wrote of themselves can bear on what a higher app lets others see; it says so once,
when the process starts.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from backend.records.athlete_profile import AthleteProfile

Listener = Callable[[UUID, AthleteProfile, datetime], None]
_listeners: list[Listener] = []


def hear_of_profiles(listener: Listener) -> None:
    """Let ``listener`` (athlete, profile, moment) know after each commit of a recompute.

    It is called outside transactions, at least daily, and perhaps twice for the same.
    """
    if listener not in _listeners:
        _listeners.append(listener)


def tell_profile(athlete_id: UUID, profile: AthleteProfile, *, now: datetime) -> None:
    """Tell everybody who asked."""
    for listener in _listeners:
        listener(athlete_id, profile, now)
