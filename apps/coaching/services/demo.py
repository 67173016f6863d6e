"""A coach and a consenting team for the demo, made the way people make them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from apps.accounts.models import User
from apps.coaching.categories import CONSENT_TEXT_VERSION, Category
from apps.coaching.models import Team
from apps.coaching.services.consent import accept_invitation
from apps.coaching.services.guardians import agree, ask_guardian
from apps.coaching.services.invitations import invite
from apps.coaching.services.majority import GuardianNeeded
from apps.coaching.services.teams import create_team

SEASON = timedelta(days=180)


def seed_team(
    coach: User,
    athletes: Sequence[tuple[User, frozenset[str]]],
    now: datetime,
    *,
    name: str = "Middle distance",
) -> Team:
    """Open a team of ``coach`` and let each athlete share the given categories with it."""
    team = create_team(head=coach, name=name, now=now)
    invited = invite(
        coach=coach,
        team_id=team.id,
        categories=frozenset(Category),
        now=now,
        purpose="Plan training together and see early when something needs a look.",
        max_uses=max(1, len(athletes)),
    )
    for athlete, categories in athletes:
        try:
            accept_invitation(
                athlete=athlete,
                secret=invited.code,
                categories=categories,
                ends_at=now + SEASON,
                now=now,
            )
        except GuardianNeeded:
            _agree_for(athlete, invited.code, categories, now)
    return team


def _agree_for(athlete: User, code: str, categories: frozenset[str], now: datetime) -> None:
    """Let a guardian of an athlete under age follow the link and agree."""
    asked = ask_guardian(
        athlete=athlete, secret=code, categories=categories, ends_at=now + SEASON, now=now
    )
    agree(
        token=asked.link.rpartition("/")[2],
        categories=categories,
        guardian="Demo Parent, mother",
        text_version=CONSENT_TEXT_VERSION,
        now=now,
    )
