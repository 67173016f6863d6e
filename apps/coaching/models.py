"""Teams and their invitations, athletes' consent, and who looked at what.

A grant and an access line belong to the athlete: they lead with `athlete_id` and lie behind
row-level security. Teams, members and invitations say nothing about anybody's health.
"""

import uuid
from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

LONGEST_GRANT_DAYS = 400
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
        """Return whether the invitation can still be accepted."""
        is_kept = self.withdrawn_at is None and now < self.expires_at
        return is_kept and self.uses < self.max_uses


class ConsentGrant(models.Model):
    """What an athlete lets a team read, until when, and to which words they agreed.

    ``channel`` is how they agreed: in an app, on a page, or through a guardian, whose name is
    kept then.
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
    deletes it; an agreement keeps it, since the same link ends what it began.
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

    def __str__(self) -> str:
        return str(self.id)


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


class Mark(models.Model):
    """What a coach did about an athlete's row.

    ``reasons`` are those that stood in the row then, as ``code@since``; a new one is not
    covered. ``until`` is when a snooze ends. Undone marks stay, with who undid them.
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

    The words are the feed's, and the athlete's. A team reads them while the athlete shares with
    it, and only those it sent.
    """

    pk = models.CompositePrimaryKey("athlete_id", "id")
    athlete_id = models.UUIDField()
    id = models.UUIDField()
    team_id = models.UUIDField()
    author_id = models.UUIDField()
    sent_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index("athlete_id", "team_id", "sent_at", name="coaching_sentnote_team")]

    def __str__(self) -> str:
        return str(self.id)


class AccessLine(models.Model):
    """Somebody of a team looked at an athlete's data; the athlete reads this.

    The database gives a line its place in the athlete's chain (`backend.access_chain`), whatever
    a writer says; no line is ever changed.
    """

    pk = models.CompositePrimaryKey("athlete_id", "id")
    athlete_id = models.UUIDField()
    id = models.UUIDField()
    viewer_id = models.UUIDField()
    team_id = models.UUIDField()
    what = models.CharField(max_length=32)
    categories = ArrayField(models.CharField(max_length=32))
    at = models.DateTimeField()
    seq = models.BigIntegerField()
    prev = models.BinaryField(max_length=32)
    digest = models.BinaryField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["athlete_id", "seq"], name="coaching_accessline_dense")
        ]
        indexes = [
            models.Index("athlete_id", models.F("at").desc(), name="coaching_accessline_newest")
        ]

    def __str__(self) -> str:
        return f"{self.viewer_id} {self.what}"


class AccessHead(models.Model):
    """Where an athlete's access log ends. Written by the database alone."""

    athlete_id = models.UUIDField(primary_key=True)
    seq = models.BigIntegerField()
    digest = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"{self.athlete_id} {self.seq}"


class AccessPlace(models.Model):
    """A marker: up to which line an athlete's feed was told, and when to read on.

    Holds ids, a number and an instant only, so that sweeps may see all of it.
    """

    athlete_id = models.UUIDField(primary_key=True)
    told_seq = models.BigIntegerField()
    due_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                "due_at",
                condition=models.Q(due_at__isnull=False),
                name="coaching_accessplace_due",
            )
        ]

    def __str__(self) -> str:
        return str(self.athlete_id)
