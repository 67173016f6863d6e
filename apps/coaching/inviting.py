"""Reads of a team's open invitations, for its head coach."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.accounts.models import User
from apps.coaching.categories import Category, in_order
from apps.coaching.models import Invitation
from apps.coaching.selectors import coached_team
from apps.coaching.services.teams import HeadCoachOnly


@dataclass(frozen=True)
class OpenInvitation:
    """An invitation that can still be accepted; its link and code are kept nowhere."""

    invitation_id: UUID
    categories: tuple[Category, ...]
    purpose: str
    for_coach: bool
    made_by: str
    made_at: datetime
    expires_at: datetime
    max_uses: int
    uses: int
    uses_left: int


def open_invitations(*, coach: User, team_id: UUID, now: datetime) -> list[OpenInvitation]:
    """Return a team's open invitations, newest first. Raises ``NotFound`` and ``HeadCoachOnly``."""
    if not coached_team(viewer=coach, team_id=team_id).is_head:
        raise HeadCoachOnly
    rows = Invitation.objects.filter(team_id=team_id, withdrawn_at=None, expires_at__gt=now)
    rows = rows.select_related("made_by").order_by("-made_at", "id")
    return [
        OpenInvitation(
            invitation_id=row.id,
            categories=tuple(in_order(row.categories)),
            purpose=row.purpose,
            for_coach=row.for_coach,
            made_by=row.made_by.display_name,
            made_at=row.made_at,
            expires_at=row.expires_at,
            max_uses=row.max_uses,
            uses=row.uses,
            uses_left=row.uses_left,
        )
        for row in rows
        if row.is_open(now)
    ]
