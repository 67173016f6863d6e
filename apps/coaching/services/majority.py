"""Who may decide alone what of them is shown: people of eighteen and more."""

from datetime import datetime
from typing import ClassVar

from apps.accounts.models import User
from apps.coaching.models import ConsentGrant
from apps.common.errors import AppError
from apps.sync.selectors import profile_of
from backend.days import completed_years, local_day
from backend.records.athlete_profile import AthleteProfile

MAJORITY_YEARS = 18


class GuardianNeeded(AppError):
    """Under 18, a parent or guardian decides with you: ask them by a link."""

    code: ClassVar[str] = "coaching.guardian_needed"
    status: ClassVar[int] = 403


def is_adult(athlete: User, *, now: datetime) -> bool | None:
    """Return whether the profile's birth date says so; None when nothing is known.

    The day is the athlete's own. Without a birth date, whoever once had a guardian agree is not
    of age: their word alone would put aside what the guardian may end. Call while the athlete acts.
    """
    told = says_adult(profile_of(athlete.id), home_zone=athlete.zone, now=now)
    if told is None and _had_a_guardian(athlete):
        return False
    return told


def _had_a_guardian(athlete: User) -> bool:
    given = ConsentGrant.objects.filter(athlete_id=athlete.id)
    return given.filter(channel=ConsentGrant.Channel.GUARDIAN).exists()


def says_adult(profile: AthleteProfile, *, home_zone: str, now: datetime) -> bool | None:
    """Return whether somebody with this profile is of age; None when it tells no birth date."""
    if profile.born_date is None:
        return None
    today = local_day(now, zone=profile.zone or home_zone)
    return completed_years(born=profile.born_date, on=today) >= MAJORITY_YEARS


def needs_guardian(athlete: User, *, channel: str, now: datetime) -> bool:
    """Return whether a paused consent, given by ``channel``, goes on only with a guardian.

    What a guardian agreed to the athlete pauses and resumes; what somebody began who turned out
    to be under age nobody agreed to. Call while the athlete acts.
    """
    return channel != ConsentGrant.Channel.GUARDIAN and is_adult(athlete, now=now) is False


def check_may_decide(athlete: User, *, says_adult: bool, now: datetime) -> None:
    """Let a known adult go on, and where no birth date is known whoever says to be one.

    Raises ``GuardianNeeded``.
    """
    known = is_adult(athlete, now=now)
    if known is None and not says_adult:
        raise GuardianNeeded("Say that you are 18 or older, or ask a parent or guardian by a link.")
    if known is False:
        raise GuardianNeeded
