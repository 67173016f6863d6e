"""Who may decide alone what of them is shown: people of eighteen and more."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from apps.accounts.models import User
from apps.coaching.models import ConsentGrant
from apps.common.errors import AppError
from apps.sync.selectors import profile_of
from backend.days import completed_years, local_day
from backend.records.athlete_profile import AthleteProfile

MAJORITY_YEARS = 18


BY_BIRTH_DATE = (
    "By the birth date in your profile you are under 18, so a parent or guardian decides with you."
)
BY_AN_EARLIER_ANSWER = (
    "A parent or guardian agreed for you before, and your profile tells no birth date, so one "
    "decides with you still. If you are 18 or older, enter your birth date in the app."
)


class GuardianNeeded(AppError):
    """Under 18, a parent or guardian decides with you: ask them by a link."""

    code: ClassVar[str] = "coaching.guardian_needed"
    status: ClassVar[int] = 403


def is_adult(athlete: User, *, now: datetime) -> bool | None:
    """Return whether the profile's birth date says so; None when nothing is known.

    The day is the athlete's own. Without a birth date, whoever once had a guardian agree is not
    of age: their word alone would put aside what the guardian may end. Call while the athlete acts.
    """
    told = _told_by_profile(athlete, now=now)
    if told is None and _had_a_guardian(athlete):
        return False
    return told


def why_a_guardian(athlete: User, *, now: datetime) -> str:
    """Return why the athlete can not decide alone; empty when they can, or can by their word.

    Call while the athlete acts.
    """
    told = _told_by_profile(athlete, now=now)
    if told is None and _had_a_guardian(athlete):
        return BY_AN_EARLIER_ANSWER
    return BY_BIRTH_DATE if told is False else ""


def _told_by_profile(athlete: User, *, now: datetime) -> bool | None:
    return says_adult(profile_of(athlete.id), home_zone=athlete.zone, now=now)


def _had_a_guardian(athlete: User) -> bool:
    given = ConsentGrant.objects.filter(athlete_id=athlete.id)
    return given.filter(channel=ConsentGrant.Channel.GUARDIAN).exists()


def says_adult(profile: AthleteProfile, *, home_zone: str, now: datetime) -> bool | None:
    """Return whether somebody with this profile is of age; None when it tells no birth date."""
    if profile.born_date is None:
        return None
    today = local_day(now, zone=profile.zone or home_zone)
    return completed_years(born=profile.born_date, on=today) >= MAJORITY_YEARS


def is_begun_alone(channel: str) -> bool:
    """Return whether no guardian agreed to a consent given by ``channel``.

    What one agreed to the athlete pauses and resumes. Anything else of somebody under age is
    paused, and goes on only with a guardian.
    """
    return channel != ConsentGrant.Channel.GUARDIAN


def check_may_decide(athlete: User, *, says_adult: bool, now: datetime) -> None:
    """Let a known adult go on, and where no birth date is known whoever says to be one.

    Raises ``GuardianNeeded``.
    """
    if why := why_a_guardian(athlete, now=now):
        raise GuardianNeeded(f"{why} Ask them by a link.")
    if not says_adult and is_adult(athlete, now=now) is None:
        raise GuardianNeeded("Say that you are 18 or older, or ask a parent or guardian by a link.")


def hold_decisions(athlete_id: UUID) -> None:
    """Let what gives access, and what pauses it for an age heard of, come one after the other.

    Until the transaction ends: who comes second sees what the first did. Before any other lock.
    """
    User.objects.select_for_update(no_key=True).filter(pk=athlete_id).first()
