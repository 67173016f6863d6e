"""Tells open pages and phones of coaches that there is something to read again.

Call within the transaction that makes the change: nothing is said unless it commits, and nothing
is in the message. Rights and rows are read anew by whoever hears it.
"""

from uuid import UUID

from apps.coaching.models import TeamMember
from apps.common.announcing import announce
from apps.sync.announce import announce_view

TEAM_PREFIX = "team:"


def announce_team(team_id: UUID) -> None:
    """Something on the team's pages changed: a mark, a tag, who is in it, what is shared."""
    announce(team_channel(team_id))


def announce_consent(team_id: UUID) -> None:
    """What athletes share with a team changed: given, narrowed, paused, resumed, ended.

    Its coaches' phones may see other feeds than before, too.
    """
    announce_team(team_id)
    for user_id in TeamMember.objects.filter(team_id=team_id).values_list("user_id", flat=True):
        announce_view(user_id)


def team_channel(team_id: UUID) -> str:
    """Return the channel on which changes of a team are announced."""
    return f"{TEAM_PREFIX}{team_id}"
