"""What coaches wrote about and to an athlete. It lies behind the athlete's row-level security."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Mark(models.Model):
    """What a coach did about an athlete's row.

    ``reasons`` are those that stood in the row then, as ``code@since``; a new one is not
    covered. ``until`` is when a snooze ends. Undone marks stay, with who undid them.
    ``shared_since`` is that of the consent it was made under; the team reads it under no other.
    """

    class Kind(models.TextChoices):
        """What was done."""

        REVIEWED = "reviewed"
        SNOOZED = "snoozed"
        NUDGED = "nudged"

    class Ending(models.TextChoices):
        """What a look came to."""

        MONITOR = "monitor"
        ADJUST = "adjust"
        ASK = "ask"
        REFER = "refer"
        IGNORE = "ignore"

    pk = models.CompositePrimaryKey("athlete_id", "id")
    athlete_id = models.UUIDField()
    id = models.UUIDField(default=uuid.uuid4)
    team_id = models.UUIDField()
    shared_since = models.DateTimeField()
    author_id = models.UUIDField()
    kind = models.CharField(max_length=16, choices=Kind.choices)
    reasons = ArrayField(models.CharField(max_length=96), default=list)
    ending = models.CharField(max_length=16, choices=Ending.choices, default="")
    until = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, default="")
    made_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by_id = models.UUIDField(null=True)

    class Meta:
        indexes = [models.Index("team_id", "athlete_id", "made_at", name="coaching_mark_team")]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class SentNote(models.Model):
    """A coach's note in an athlete's feed: who wrote which record for which team.

    The words are the feed's, and the athlete's. A team reads them while the consent lasts under
    which it sent them, which ``shared_since`` names.
    """

    pk = models.CompositePrimaryKey("athlete_id", "id")
    athlete_id = models.UUIDField()
    id = models.UUIDField()
    team_id = models.UUIDField()
    shared_since = models.DateTimeField()
    author_id = models.UUIDField()
    sent_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index("athlete_id", "team_id", "sent_at", name="coaching_sentnote_team")]

    def __str__(self) -> str:
        return str(self.id)
