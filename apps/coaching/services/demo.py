"""A coach and a consenting team for the demo, made the way people make them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from apps.accounts.models import User
from apps.coaching.categories import Category
from apps.coaching.models import Team
from apps.coaching.services.consent import accept_invitation
from apps.coaching.services.invitations import invite
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
        accept_invitation(
            athlete=athlete,
            secret=invited.code,
            categories=categories,
            ends_at=now + SEASON,
            now=now,
        )
    return team
