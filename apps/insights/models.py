"""Read models: written by the recompute only, rebuildable from the records at any time.

Every table leads its key with the athlete and lies behind row-level security.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Observation(models.Model):
    """One measured value in canonical units, beside what the laboratory printed."""

    pk = models.CompositePrimaryKey("athlete_id", "record_id")
    athlete_id = models.UUIDField()
    record_id = models.UUIDField()
    analyte = models.CharField(max_length=64)
    observed_at = models.DateTimeField()
    precision = models.CharField(max_length=8)
    local_date = models.DateField()
    value = models.DecimalField(max_digits=30, decimal_places=10, null=True)
    unit = models.CharField(max_length=40, null=True)  # noqa: DJ001 (absent is not empty)
    comparator = models.CharField(max_length=8, null=True)  # noqa: DJ001
    source_value = models.DecimalField(max_digits=40, decimal_places=15, null=True)
    source_unit = models.CharField(max_length=200, null=True)  # noqa: DJ001
    ref_low = models.DecimalField(max_digits=30, decimal_places=10, null=True)
    ref_high = models.DecimalField(max_digits=30, decimal_places=10, null=True)
    lab = models.CharField(max_length=200, null=True)  # noqa: DJ001
    method = models.CharField(max_length=200, null=True)  # noqa: DJ001
    status = models.CharField(max_length=200)
    usable = models.BooleanField()
    flags = ArrayField(models.CharField(max_length=64), default=list)

    class Meta:
        indexes = [
            models.Index(
                "athlete_id",
                "analyte",
                models.F("observed_at").desc(),
                name="insights_observation_newest",
            )
        ]

    def __str__(self) -> str:
        return str(self.record_id)


class SessionLoad(models.Model):
    """What one workout meant for bone, and its volume for context."""

    pk = models.CompositePrimaryKey("athlete_id", "record_id")
    athlete_id = models.UUIDField()
    record_id = models.UUIDField()
    local_date = models.DateField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    activity = models.CharField(max_length=200)
    tier = models.CharField(max_length=1)
    blocks = models.JSONField()
    blu = models.FloatField()
    habitual_cycles = models.FloatField()
    cycles_ge_2bw = models.FloatField()
    cycles_ge_3bw = models.FloatField()
    heavy_reps = models.IntegerField()
    minutes = models.FloatField()
    srpe_au = models.FloatField(null=True)
    volume_kg = models.FloatField(null=True)
    energy_kcal = models.FloatField(null=True)
    flags = ArrayField(models.CharField(max_length=64), default=list)
    availability = models.CharField(max_length=16, null=True)  # noqa: DJ001 (not said is not empty)

    class Meta:
        indexes = [
            models.Index("athlete_id", "local_date", name="insights_sessionload_day"),
            models.Index(
                "athlete_id",
                "starts_at",
                "record_id",
                name="insights_sessionload_said",
                condition=models.Q(availability__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.record_id)


class LoadDay(models.Model):
    """One local calendar day with at least one session."""

    pk = models.CompositePrimaryKey("athlete_id", "local_date")
    athlete_id = models.UUIDField()
    local_date = models.DateField()
    blu = models.FloatField()
    blu_by_tier = models.JSONField()
    day_class = models.CharField(max_length=16)
    heavy_day = models.BooleanField()
    cycles_ge_2bw = models.FloatField()
    cycles_ge_3bw = models.FloatField()
    heavy_reps = models.IntegerField()
    minutes = models.FloatField()
    srpe_au = models.FloatField()
    volume_kg = models.FloatField()
    sessions = models.IntegerField()
    last_loading_end = models.DateTimeField(null=True)
    energy_kcal = models.FloatField(null=True)

    def __str__(self) -> str:
        return str(self.local_date)


class Summary(models.Model):
    """Every summary that was published, by the hash of what went in."""

    pk = models.CompositePrimaryKey("athlete_id", "inputs_hash")
    athlete_id = models.UUIDField()
    inputs_hash = models.CharField(max_length=64)
    as_of = models.DateField()
    algorithm_version = models.CharField(max_length=40)
    covers_seq = models.BigIntegerField()
    body = models.JSONField()
    inputs = models.JSONField(null=True)  # of one published by an earlier version: not kept
    published_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                "athlete_id", models.F("published_at").desc(), name="insights_summary_newest"
            )
        ]

    def __str__(self) -> str:
        return self.inputs_hash


class PanelRow(models.Model):
    """What a coach's panel shows of one athlete, one row per consent category.

    ``part`` holds the category's band, reasons, facts and sparkline. Split by category so
    that row-level security can hide a category that was not granted. The other columns say
    what lists are ranked and filtered by, so that nobody has to open a part for it: the worst
    reason's weight (0 without one) and beginning, ``codes`` of all reasons, and ``marks``
    (code@since) of those that ask for a look.
    """

    pk = models.CompositePrimaryKey("athlete_id", "category")
    athlete_id = models.UUIDField()
    category = models.CharField(max_length=32)
    part = models.JSONField()
    severity = models.SmallIntegerField(default=0, db_default=0)
    since = models.DateField(null=True)
    next_due_on = models.DateField(null=True)
    band = models.CharField(max_length=16, null=True)  # noqa: DJ001 (without one is not empty)
    codes = ArrayField(models.CharField(max_length=64), null=True)
    marks = ArrayField(models.CharField(max_length=80), null=True)
    last_data_at = models.DateTimeField(null=True)
    as_of = models.DateField()
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.athlete_id} {self.category}"


class Measured(models.Model):
    """What an athlete's summary says that no session changes, kept for the next recompute.

    ``said`` is made of exactly the inputs, rules and day whose digest is ``key``, and is made
    anew for any others (`backend.summary.measured`).
    """

    athlete_id = models.UUIDField(primary_key=True)
    key = models.BinaryField()
    said = models.BinaryField()

    def __str__(self) -> str:
        return str(self.athlete_id)


class SessionSource(models.Model):
    """What the fusion rule looks at in one workout record, fused or not."""

    pk = models.CompositePrimaryKey("athlete_id", "record_id")
    athlete_id = models.UUIDField()
    record_id = models.UUIDField()
    utc_date = models.DateField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    local_date = models.DateField()
    activity = models.CharField(max_length=200)
    family = models.CharField(max_length=201)
    source = models.CharField(max_length=602)
    label = models.CharField(max_length=200)
    role = models.CharField(max_length=16)
    exact = models.BooleanField()
    timed = models.BooleanField()
    sets = models.IntegerField()
    sets_digest = models.CharField(max_length=32, null=True)  # noqa: DJ001 (absent is not empty)
    echo_of = models.UUIDField(null=True)

    class Meta:
        indexes = [
            models.Index("athlete_id", "utc_date", name="insights_sessionsource_day"),
            models.Index(
                "athlete_id",
                "echo_of",
                name="insights_sessionsource_echo",
                condition=models.Q(echo_of__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.record_id)


class FusionDecision(models.Model):
    """What the athlete decided about two records, found by either."""

    pk = models.CompositePrimaryKey("athlete_id", "record_id")
    athlete_id = models.UUIDField()
    record_id = models.UUIDField()
    one = models.UUIDField()
    other = models.UUIDField()
    is_same = models.BooleanField()
    decided_at = models.DateTimeField()
    edited_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index("athlete_id", "one", name="insights_fusiondecision_one"),
            models.Index("athlete_id", "other", name="insights_fusiondecision_other"),
        ]

    def __str__(self) -> str:
        return str(self.record_id)


class Fusion(models.Model):
    """Records that count as one workout, that are asked about, or that were taken apart."""

    pk = models.CompositePrimaryKey("athlete_id", "fusion_id")
    athlete_id = models.UUIDField()
    fusion_id = models.UUIDField()
    records = ArrayField(models.UUIDField())
    primary_id = models.UUIDField()
    rule_version = models.CharField(max_length=40)
    score = models.FloatField()
    reason = models.CharField(max_length=16)
    decided_by = models.CharField(max_length=16)
    state = models.CharField(max_length=16)
    fields = models.JSONField()
    decided_at = models.DateTimeField(null=True)
    starts_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                "athlete_id",
                models.F("starts_at").desc(),
                "fusion_id",
                name="insights_fusion_newest",
            ),
            models.Index(
                "athlete_id",
                models.F("starts_at").desc(),
                name="insights_fusion_asks",
                condition=models.Q(state="asks"),
            ),
        ]

    def __str__(self) -> str:
        return str(self.fusion_id)


class FusionMember(models.Model):
    """In which fusions a record stands."""

    pk = models.CompositePrimaryKey("athlete_id", "record_id", "fusion_id")
    athlete_id = models.UUIDField()
    record_id = models.UUIDField()
    fusion_id = models.UUIDField()

    def __str__(self) -> str:
        return f"{self.record_id} {self.fusion_id}"


class Published(models.Model):
    """A marker: up to where an athlete's derived records changed, and who has read on.

    Holds ids and numbers only, so that sweeps may see all of it. ``models_version`` says by
    which rules the read models were made; another one has them made anew from the records, and
    so has ``rebuild_asked_at`` until it is done.
    """

    athlete_id = models.UUIDField(primary_key=True)
    seq = models.BigIntegerField()
    collected_seq = models.BigIntegerField(default=0)
    models_version = models.CharField(max_length=40, default="", db_default="")
    next_day_at = models.DateTimeField()
    rebuild_asked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                "athlete_id",
                name="insights_published_uncollected",
                condition=models.Q(seq__gt=models.F("collected_seq")),
            ),
            models.Index("next_day_at", name="insights_published_day"),
        ]

    def __str__(self) -> str:
        return str(self.athlete_id)


class ReminderSent(models.Model):
    """That a reminder reached the person, as the reminders' deliveries say.

    ``delivery`` names the reminder and its due date (`backend.reminding.delivery.dedupe_key`):
    for another date it was not sent yet.
    """

    pk = models.CompositePrimaryKey("athlete_id", "reminder_id")
    athlete_id = models.UUIDField()
    reminder_id = models.UUIDField()
    delivery = models.CharField(max_length=64)
    sent_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.reminder_id)
