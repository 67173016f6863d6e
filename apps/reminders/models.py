"""What a person finds in their inbox, and the nudges that point there.

`InboxItem` says something about a person's health and lies behind row-level security.
`Delivery` and `Attempt` are markers that sweeps read across people: ids, instants, states,
codes, nothing else.
"""

import uuid

from django.db import models

ANY = "any"
# After this many outcomes that the provider left open, a delivery is left alone: the inbox has the reminder.
MAX_UNKNOWN = 3


class InboxItem(models.Model):
    """A reminder of the athlete's feed as the inbox shows it; rewritten from the feed."""

    pk = models.CompositePrimaryKey("athlete_id", "reminder_id")
    athlete_id = models.UUIDField()
    reminder_id = models.UUIDField()
    rule = models.CharField(max_length=64)
    rule_version = models.IntegerField()
    topic = models.CharField(max_length=64)
    text = models.JSONField()
    reason = models.CharField(max_length=200)
    source_record = models.UUIDField()
    due_date = models.DateField()
    priority = models.SmallIntegerField()
    state = models.CharField(max_length=16)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                "athlete_id",
                "due_date",
                "reminder_id",
                name="reminders_inboxitem_open",
                condition=models.Q(closed_at=None),
            )
        ]

    def __str__(self) -> str:
        return str(self.reminder_id)

    @property
    def is_open(self) -> bool:
        """Whether there is still something to do."""
        return self.closed_at is None


class Delivery(models.Model):
    """One message to one address: a nudge about a reminder and due date, a coach's, or a silent one.

    A nudge is planned for ``ANY`` address; the first one the person has at the time takes it, and
    each other one gets a delivery of its own under the same ``collapse_id``. ``device_id`` is the
    phone or browser it goes to, None for mail; ``reminder_id`` is the athlete's own id for a
    message that is about no reminder. ``let_go_at`` is set when the current attempt was allowed
    to send, so that a lease that ran out tells a lost outcome from work that never began;
    ``unknowns`` counts what a provider left open. ``closed_at`` is since when the reminder of a
    nudge does not stand any more, or not under that day.
    """

    class Kind(models.TextChoices):
        """What is sent."""

        REMIND = "remind"
        WITHDRAW = "withdraw"
        WAKE = "wake"
        DIGEST = "digest"
        NUDGE = "nudge"
        ACCESS_GIVEN = "access-given"
        ACCESS_ENDS = "access-ends"

    class State(models.TextChoices):
        """Where the delivery stands."""

        PLANNED = "planned"
        LEASED = "leased"
        ACCEPTED = "accepted"
        UNCERTAIN = "uncertain"
        FAILED = "failed"
        CANCELLED = "cancelled"
        EXPIRED = "expired"

    pk = models.CompositePrimaryKey("athlete_id", "id")
    athlete_id = models.UUIDField()
    id = models.UUIDField(default=uuid.uuid4)
    kind = models.CharField(
        max_length=16, choices=Kind.choices, default=Kind.REMIND, db_default=Kind.REMIND
    )
    reminder_id = models.UUIDField()
    device_id = models.UUIDField(null=True)
    channel = models.CharField(max_length=16)
    dedupe_key = models.CharField(max_length=64)
    # What makes repeats one on the person's screen, on each of their devices.
    collapse_id = models.CharField(max_length=64, default="", db_default="")
    state = models.CharField(max_length=16, choices=State.choices)
    due_at = models.DateTimeField()
    not_after = models.DateTimeField()
    attempts = models.SmallIntegerField(default=0)
    unknowns = models.SmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    let_go_at = models.DateTimeField(null=True)
    last_code = models.CharField(max_length=32, default="")
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["athlete_id", "dedupe_key"], name="reminders_delivery_once"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=[
                        "planned",
                        "leased",
                        "accepted",
                        "uncertain",
                        "failed",
                        "cancelled",
                        "expired",
                    ]
                ),
                name="reminders_delivery_known_state",
            ),
        ]
        indexes = [
            models.Index(
                "channel",
                "due_at",
                name="reminders_delivery_ready",
                condition=models.Q(state__in=["planned", "uncertain"], unknowns__lt=MAX_UNKNOWN),
            ),
            models.Index(
                "lease_until",
                name="reminders_delivery_leased",
                condition=models.Q(state="leased"),
            ),
            models.Index(
                "closed_at",
                name="reminders_delivery_closed",
                condition=models.Q(closed_at__isnull=False),
            ),
            models.Index(
                "not_after",
                name="reminders_delivery_past",
                condition=~models.Q(kind="remind"),
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def notification_id(self) -> uuid.UUID:
        """What an app knows a notification by that it has shown."""
        return uuid.UUID(self.collapse_id[:32])

    @property
    def resting_state(self) -> str:
        """Where the delivery waits for its next attempt."""
        return self.State.UNCERTAIN if self.unknowns else self.State.PLANNED


class Attempt(models.Model):
    """One try to send a delivery and what came of it; no address and no text."""

    pk = models.CompositePrimaryKey("athlete_id", "id")
    athlete_id = models.UUIDField()
    id = models.UUIDField(default=uuid.uuid4)
    delivery_id = models.UUIDField()
    number = models.SmallIntegerField()
    outcome = models.CharField(max_length=16)
    code = models.CharField(max_length=32)
    provider_id = models.CharField(max_length=128, default="")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index("at", name="reminders_attempt_old")]

    def __str__(self) -> str:
        return str(self.id)


class UsedLink(models.Model):
    """A signed link that answered; only a digest of what it said is kept, while it could live."""

    pk = models.CompositePrimaryKey("athlete_id", "digest")
    athlete_id = models.UUIDField()
    digest = models.BinaryField(max_length=32)
    used_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.athlete_id)


class Calendar(models.Model):
    """A person's secret calendar address; only its SHA-256 is kept."""

    athlete_id = models.UUIDField(primary_key=True)
    digest = models.BinaryField(max_length=32)
    with_titles = models.BooleanField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.athlete_id)
