"""An athlete's consent, and what somebody under age asks a guardian for.

Both belong to the athlete and lie behind row-level security.
"""

import uuid
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

LONGEST_GRANT_DAYS = 400


class ConsentGrant(models.Model):
    """What an athlete lets a team read, until when, and to which words they agreed.

    ``channel`` is how they agreed: in an app, on a page, or through a guardian, whose name is
    kept then. ``shared_since`` names the consent: it is when sharing began that nothing ended
    since, so a grant that renews another carries it on.
    """

    class Channel(models.TextChoices):
        """How somebody agreed."""

        APP = "app"
        PAGE = "page"
        GUARDIAN = "guardian"

    pk = models.CompositePrimaryKey("athlete_id", "id")
    athlete_id = models.UUIDField()
    id = models.UUIDField(default=uuid.uuid4)
    team_id = models.UUIDField()
    invitation_id = models.UUIDField()
    categories = ArrayField(models.CharField(max_length=32))
    text_version = models.CharField(max_length=16)
    text_digest = models.BinaryField(max_length=32)
    granted_at = models.DateTimeField()
    shared_since = models.DateTimeField(db_default=Now())
    ends_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    channel = models.CharField(
        max_length=16, choices=Channel.choices, default=Channel.APP, db_default=Channel.APP
    )
    guardian = models.CharField(max_length=120, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["athlete_id", "team_id"],
                condition=models.Q(ended_at=None),
                name="coaching_consentgrant_one_standing",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("granted_at")),
                name="coaching_consentgrant_ends_after",
            ),
        ]
        indexes = [
            models.Index(
                "team_id", condition=models.Q(ended_at=None), name="coaching_grant_team_standing"
            )
        ]

    def __str__(self) -> str:
        return str(self.id)

    def is_standing(self, now: datetime) -> bool:
        """Return whether it has not ended; it may be paused."""
        return self.ended_at is None and now < self.ends_at

    def is_live(self, now: datetime) -> bool:
        """Return whether the team may read now."""
        return self.paused_at is None and self.is_standing(now)


class GuardianRequest(models.Model):
    """What an athlete under age wants to share, until a guardian decides by a link.

    The athlete's alone: no coach's role reads it. Only the link's digest is kept. A refusal
    deletes it; an agreement keeps it, since the same link ends what it began. About a team there
    is one undecided at a time.
    """

    pk = models.CompositePrimaryKey("athlete_id", "id")
    athlete_id = models.UUIDField()
    id = models.UUIDField(default=uuid.uuid4)
    invitation_id = models.UUIDField()
    team_id = models.UUIDField()
    renews_id = models.UUIDField(null=True)
    categories = ArrayField(models.CharField(max_length=32))
    ends_at = models.DateTimeField()
    text_version = models.CharField(max_length=16)
    token_digest = models.BinaryField(max_length=32)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    grant_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["athlete_id", "team_id"],
                condition=models.Q(decided_at=None),
                name="coaching_guardianrequest_one_open",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class ConsentPlace(models.Model):
    """A marker: an athlete's consents changed, and their feed does not say so yet.

    Holds an id and an instant only, so that sweeps may see all of it.
    """

    athlete_id = models.UUIDField(primary_key=True)
    due_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return str(self.athlete_id)
