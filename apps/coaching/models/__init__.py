"""Teams and their invitations, athletes' consent, what coaches wrote, and who looked at what.

What belongs to an athlete leads with `athlete_id` and lies behind row-level security.
"""

from apps.coaching.models.access_log import AccessHead, AccessLine, AccessPlace
from apps.coaching.models.consent import (
    LONGEST_GRANT_DAYS,
    ConsentGrant,
    ConsentPlace,
    GuardianRequest,
)
from apps.coaching.models.teams import (
    LONGEST_TAG,
    MOST_TAGS,
    Assignment,
    Invitation,
    RosterTag,
    Team,
    TeamMember,
)
from apps.coaching.models.writing import Mark, SentNote

__all__ = [
    "LONGEST_GRANT_DAYS",
    "LONGEST_TAG",
    "MOST_TAGS",
    "AccessHead",
    "AccessLine",
    "AccessPlace",
    "Assignment",
    "ConsentGrant",
    "ConsentPlace",
    "GuardianRequest",
    "Invitation",
    "Mark",
    "RosterTag",
    "SentNote",
    "Team",
    "TeamMember",
]
