"""What is known of a person's files. The contents lie in `apps.uploads.storage`.

All but `Look` say something about a person and lie behind row-level security.
"""

import uuid
from datetime import datetime

from django.db import models

from apps.uploads.bounds import FINISHED_BY_SWEEP


class Blob(models.Model):
    """A file that records name, or that was uploaded; ``size`` in bytes.

    ``upload_id`` tells under which upload the content lies, once it is here.
    ``unnamed_since`` is set while no record names a file whose content is here.
    """

    class State(models.TextChoices):
        """Where the content is."""

        PENDING = "pending"
        AVAILABLE = "available"
        FAILED = "failed"

    pk = models.CompositePrimaryKey("athlete_id", "sha256")
    athlete_id = models.UUIDField()
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=255)
    file_name = models.CharField(max_length=255, default="")
    state = models.CharField(max_length=16, choices=State.choices)
    upload_id = models.UUIDField(null=True)
    unnamed_since = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["pending", "failed"], upload_id=None)
                | models.Q(state="available", upload_id__isnull=False),
                name="uploads_blob_content_when_available",
            )
        ]
        indexes = [models.Index("athlete_id", "upload_id", name="uploads_blob_content")]

    def __str__(self) -> str:
        return self.sha256


class Upload(models.Model):
    """A file on its way, and for a day afterwards; one for each content a person sends.

    ``received`` is the tus offset: bytes stored for good. ``metadata`` is the creation's
    header as it came.
    """

    pk = models.CompositePrimaryKey("athlete_id", "id")
    athlete_id = models.UUIDField()
    id = models.UUIDField(default=uuid.uuid4)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=255)
    file_name = models.CharField(max_length=255)
    metadata = models.TextField()
    received = models.BigIntegerField(default=0)
    is_finished = models.BooleanField(default=False)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["athlete_id", "sha256"], name="uploads_upload_one_per_content"
            ),
            models.CheckConstraint(
                condition=models.Q(received__gte=0, received__lte=models.F("size")),
                name="uploads_upload_no_more_than_declared",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_complete(self) -> bool:
        """Whether every byte is here, checked or not."""
        return self.received == self.size

    def has_expired(self, now: datetime) -> bool:
        """Return whether a file on its way was given up."""
        return not self.is_finished and self.expires_at <= now

    def look_due_at(self, now: datetime) -> datetime:
        """Return when a sweep should see to it."""
        if self.is_complete and not self.is_finished:
            return now + FINISHED_BY_SWEEP
        return self.expires_at


class Part(models.Model):
    """Some bytes of a file on its way; together the parts of an upload have no gap.

    ``name`` is the stored piece's own, so two senders at the same place can not mix.
    """

    pk = models.CompositePrimaryKey("athlete_id", "upload_id", "first_byte")
    athlete_id = models.UUIDField()
    upload_id = models.UUIDField()
    first_byte = models.BigIntegerField()
    size = models.BigIntegerField()
    name = models.UUIDField()

    def __str__(self) -> str:
        return str(self.name)


class Reference(models.Model):
    """A record names a blob."""

    pk = models.CompositePrimaryKey("athlete_id", "record_id", "sha256")
    athlete_id = models.UUIDField()
    record_id = models.UUIDField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index("athlete_id", "sha256", name="uploads_reference_blob")]

    def __str__(self) -> str:
        return self.sha256


class Place(models.Model):
    """Up to where a feed's records were read for the blobs they name."""

    athlete_id = models.UUIDField(primary_key=True)
    seq = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.athlete_id)


class Look(models.Model):
    """A marker: when a sweep should look at an upload and the content under it.

    Holds ids and an instant only, so that sweeps may see all of it. It outlives the upload's
    row and goes last, so no content is ever forgotten in the storage.
    """

    pk = models.CompositePrimaryKey("athlete_id", "upload_id")
    athlete_id = models.UUIDField()
    upload_id = models.UUIDField()
    due_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index("due_at", name="uploads_look_due")]

    def __str__(self) -> str:
        return str(self.upload_id)
