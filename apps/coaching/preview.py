"""An athlete's own row as a team would see it, before they decide.

Made from their own panel rows, read behind their own wall, by the very functions that make a
coach's row; so what is not chosen is not in it.
"""

from collections.abc import Collection
from datetime import datetime

from apps.accounts.models import User
from apps.coaching.access import Granted
from apps.coaching.categories import CONSENT_TEXT_VERSION, in_order, within
from apps.coaching.roster import AthleteRow, athlete_row, granted_parts
from apps.coaching.selectors import open_invitation
from apps.coaching.services.terms import CategoryNotAsked
from apps.common.actor import acting_as


def row_if_shared(
    *, athlete: User, secret: str, categories: Collection[str], now: datetime
) -> AthleteRow | None:
    """Return the row a team would see of the athlete now; None when nothing is chosen.

    Raises ``InvitationNotValid`` and ``CategoryNotAsked``.
    """
    with acting_as(athlete.id):
        invitation = open_invitation(secret, now=now)
        if not set(categories) <= within(invitation.categories):
            raise CategoryNotAsked
        if not categories:
            return None
        granted = Granted(
            athlete_id=athlete.id,
            name=athlete.display_name,
            team_id=invitation.team_id,
            categories=frozenset(in_order(categories)),
            ends_at=now,  # a row's groups, parts and words do not depend on these two
            shared_since=now,
            text_version=CONSENT_TEXT_VERSION,
        )
        shown = granted_parts({athlete.id: granted})
        return athlete_row(granted, shown.get(athlete.id, []), now=now)
