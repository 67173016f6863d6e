"""Teams: their coaches, who is asked to join or to share, who looks after whom, and their words.

Teams, members and invitations say nothing about anybody's health. Assignments and tags belong to the
athlete and lie behind row-level security.
"""

import uuid
from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

MOST_TAGS, LONGEST_TAG = 12, 40  # of one athlete, and of one tag


class Team(models.Model):
    """Athletes' data is shared with a team, not with the world.

    An archived team shows nobody and takes nobody; grants to it stand and wait.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.id)


class TeamMember(models.Model):
    """A coach of a team.

    ``joined_at`` counts: a member sees what athletes granted while they were in the team, so
    joining one shows nothing that was agreed before.
    """

    class Role(models.TextChoices):
        """A head coach sees all who share and runs the team, an assistant those assigned."""

        HEAD = "head"
        ASSISTANT = "assistant"

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    role = models.CharField(max_length=16, choices=Role.choices)
    joined_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "team"], name="coaching_teammember_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.team_id}"


class Invitation(models.Model):
    """A coach asks athletes to share some categories, or others to coach; no secret is stored.

    The link's token is hashed. The short code is hashed with the service's key, since forty
    bits could be tried through by whoever holds a copy of the database.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    categories = ArrayField(models.CharField(max_length=32))
    purpose = models.CharField(max_length=500)
    token_digest = models.BinaryField(max_length=32, unique=True)
    code_digest = models.BinaryField(max_length=32, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    for_coach = models.BooleanField(default=False, db_default=False)
    withdrawn_at = models.DateTimeField(null=True)
    max_uses = models.PositiveSmallIntegerField(default=1)
    uses = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(uses__lte=models.F("max_uses")),
                name="coaching_invitation_uses",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_for_athletes(self) -> bool:
        """Whether it asks athletes, for a team that takes some."""
        return not self.for_coach and self.team.archived_at is None

    @property
    def uses_left(self) -> int:
        """Return how many more can accept."""
        return self.max_uses - self.uses

    def is_open(self, now: datetime) -> bool:
        """Return whether the invitation can still be accepted; of a disabled coach none can."""
        is_kept = self.withdrawn_at is None and now < self.expires_at
        return is_kept and self.uses < self.max_uses and self.made_by.is_active


class Assignment(models.Model):
    """An assistant coach looks after this athlete."""

    pk = models.CompositePrimaryKey("athlete_id", "team_id", "user_id")
    athlete_id = models.UUIDField()
    team_id = models.UUIDField()
    user_id = models.UUIDField()

    class Meta:
        indexes = [models.Index("team_id", "user_id", name="coaching_assignment_of")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.team_id}"


class RosterTag(models.Model):
    """A team's own word for some of its athletes, to find them by."""

    pk = models.CompositePrimaryKey("athlete_id", "team_id", "tag")
    athlete_id = models.UUIDField()
    team_id = models.UUIDField()
    tag = models.CharField(max_length=LONGEST_TAG)

    class Meta:
        indexes = [models.Index("team_id", name="coaching_rostertag_team")]

    def __str__(self) -> str:
        return self.tag
