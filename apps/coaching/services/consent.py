"""An athlete lets a team read parts of their data, takes parts away, pauses, renews or ends it."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from apps.accounts.models import User
from apps.accounts.selectors import person
from apps.coaching.categories import CONSENT_TEXT_VERSION, in_order, within
from apps.coaching.models import ConsentGrant
from apps.coaching.services.granting import (
    end_within,
    grant_within,
    own_standing,
    renew_within,
    standing_or_open,
)
from apps.coaching.services.invitations import find_invitation
from apps.coaching.services.majority import (
    GuardianNeeded,
    check_may_decide,
    hold_decisions,
    is_begun_alone,
    says_adult,
    why_a_guardian,
)
from apps.coaching.services.telling import tell_change
from apps.coaching.services.terms import CategoryNotGranted
from apps.common.actor import acting_as
from apps.reminders.services.notices import forget_end
from backend.records.athlete_profile import AthleteProfile


def accept_invitation(
    *,
    athlete: User,
    secret: str,
    categories: Collection[str],
    ends_at: datetime,
    now: datetime,
    text_version: str = CONSENT_TEXT_VERSION,
    channel: str = ConsentGrant.Channel.APP,
    says_adult: bool = True,
) -> ConsentGrant:
    """Let the inviting team read ``categories`` of the athlete's data until ``ends_at``.

    Fewer categories than asked is fine, or a lesser level; more is not. Accepting again returns
    the standing grant and changes nothing. ``says_adult`` is the athlete's word where no birth
    date is known. Raises ``InvitationNotValid``, the same for a wrong, a used and an expired
    secret, ``GuardianNeeded``, ``CategoryNotAsked``, ``NothingChosen``, ``UnfitEnd`` and
    ``ConsentTextChanged``.
    """
    with acting_as(athlete.id):
        hold_decisions(athlete.id)
        invitation = find_invitation(secret, lock=True)
        standing = standing_or_open(athlete.id, invitation, now=now)
        if isinstance(standing, ConsentGrant):
            return standing
        check_may_decide(athlete, says_adult=says_adult, now=now)
        return grant_within(
            athlete.id, standing, categories, ends_at, now,
            text_version=text_version, channel=channel,
        )  # fmt: skip


def narrow_grant(
    *, athlete: User, grant_id: UUID, categories: Collection[str], now: datetime
) -> ConsentGrant:
    """Keep only ``categories`` of a standing grant, or lesser levels, from the next look on.

    Keeping none ends the grant. Raises ``NotFound``, ``GrantNotStanding`` and
    ``CategoryNotGranted``.
    """
    with acting_as(athlete.id):
        grant = own_standing(athlete.id, grant_id, now=now)
        if not set(categories) <= within(grant.categories):
            raise CategoryNotGranted
        kept = in_order(categories)
        if kept:
            grant.categories = [str(category) for category in kept]
        else:
            grant.ended_at = now
            forget_end(athlete_id=athlete.id, grant_id=grant_id)
        grant.save(update_fields=["categories", "ended_at"])
        tell_change(grant, now=now)
        return grant


def pause_grant(*, athlete: User, grant_id: UUID, now: datetime) -> ConsentGrant:
    """Show the team nothing from its next look on, until resumed; pausing again changes nothing.

    The team is told what it is told at an end. Raises ``NotFound`` and ``GrantNotStanding``.
    """
    return _set_pause(athlete, grant_id, paused_at=now, now=now)


def resume_grant(*, athlete: User, grant_id: UUID, now: datetime) -> ConsentGrant:
    """Go on with a paused grant.

    Raises ``NotFound``, ``GrantNotStanding`` and, where somebody under age began it alone,
    ``GuardianNeeded``.
    """
    return _set_pause(athlete, grant_id, paused_at=None, now=now)


def renew_grant(
    *,
    athlete: User,
    grant_id: UUID,
    ends_at: datetime,
    now: datetime,
    categories: Collection[str] | None = None,
    text_version: str = CONSENT_TEXT_VERSION,
    channel: str = ConsentGrant.Channel.APP,
    says_adult: bool = True,
) -> ConsentGrant:
    """Agree anew, to the words and the coaches of today, in place of a standing grant.

    Without ``categories`` the same ones. Raises ``NotFound``, ``GrantNotStanding``,
    ``GuardianNeeded``, ``CategoryNotGranted``, ``NothingChosen``, ``UnfitEnd`` and
    ``ConsentTextChanged``.
    """
    with acting_as(athlete.id):
        hold_decisions(athlete.id)
        old = own_standing(athlete.id, grant_id, now=now)
        check_may_decide(athlete, says_adult=says_adult, now=now)
        chosen = old.categories if categories is None else categories
        return renew_within(old, chosen, ends_at, now, text_version=text_version, channel=channel)


def end_grant(*, athlete: User, grant_id: UUID, now: datetime) -> ConsentGrant:
    """End a grant, from the team's next look on; ending again changes nothing.

    Raises ``NotFound``.
    """
    with acting_as(athlete.id):
        return end_within(athlete.id, grant_id, now=now)


def pause_until_guardian(athlete_id: UUID, profile: AthleteProfile, now: datetime) -> None:
    """Pause what somebody began alone whose profile says by now that they are under age.

    It goes on once a guardian agrees, or the birth date is set right. Safe to repeat.
    """
    if says_adult(profile, home_zone="UTC", now=now) is not False:  # nearly everybody
        return
    athlete = person(athlete_id)
    if athlete is None or says_adult(profile, home_zone=athlete.zone, now=now):
        return
    with acting_as(athlete_id):
        hold_decisions(athlete_id)
        running = ConsentGrant.objects.select_for_update().filter(
            athlete_id=athlete_id, ended_at=None, paused_at=None, ends_at__gt=now
        )
        for grant in running.order_by("id"):
            if is_begun_alone(grant.channel):
                _pause(grant, paused_at=now, now=now)


def _set_pause(
    athlete: User, grant_id: UUID, *, paused_at: datetime | None, now: datetime
) -> ConsentGrant:
    with acting_as(athlete.id):
        if paused_at is None:
            hold_decisions(athlete.id)
        grant = own_standing(athlete.id, grant_id, now=now)
        if (grant.paused_at is None) != (paused_at is None):
            if paused_at is None and is_begun_alone(grant.channel):
                _check_goes_on(athlete, now=now)
            _pause(grant, paused_at=paused_at, now=now)
        return grant


def _check_goes_on(athlete: User, *, now: datetime) -> None:
    if why := why_a_guardian(athlete, now=now):
        raise GuardianNeeded(f"{why} Renew it, and give them the link.")


def _pause(grant: ConsentGrant, *, paused_at: datetime | None, now: datetime) -> None:
    grant.paused_at = paused_at
    grant.save(update_fields=["paused_at"])
    tell_change(grant, now=now)
