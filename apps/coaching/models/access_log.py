"""Who looked at what of an athlete, as a chain; written by the database, read by the athlete."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


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
