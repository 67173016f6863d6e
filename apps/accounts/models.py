"""A person, the phones they signed in on, and those phones' tokens (hashed)."""

import uuid
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone


class UserManager(BaseUserManager["User"]):
    """Finds people by e-mail address, which is kept in lower case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the person with this address."""
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """A person; as an athlete they own the feed with the same id."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True, max_length=254)
    display_name = models.CharField(max_length=120)
    zone = models.CharField(max_length=64, default="UTC")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    joined_at = models.DateTimeField(default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    def __str__(self) -> str:
        return str(self.id)


class Device(models.Model):
    """One installation of the app on one phone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="devices")
    installation = models.UUIDField()
    name = models.CharField(max_length=120)
    platform = models.CharField(max_length=40)
    created_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True)
    push_channel = models.CharField(max_length=16, default="")
    push_token = models.CharField(max_length=2_000, default="")
    # A digest of channel and token, or endpoint: one address is of one device.
    push_address = models.CharField(max_length=64, null=True)  # noqa: DJ001 (unique unless there is none)
    push_environment = models.CharField(
        max_length=16, default="production", db_default="production"
    )
    push_registered_at = models.DateTimeField(null=True)
    # Why nothing is sent to this address any more; registering anew clears it.
    push_stopped = models.CharField(max_length=32, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "installation"], name="accounts_device_one_per_installation"
            ),
            models.UniqueConstraint(
                fields=["push_address"],
                condition=~models.Q(push_address=None),
                name="accounts_device_one_per_push_address",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def push_state(self) -> str:
        """Whether it can be woken: `none`, `on`, or `stopped` for a reason."""
        if self.push_stopped:
            return "stopped"
        return "on" if self.push_token else "none"


class DeviceToken(models.Model):
    """A bearer token of one device; only its SHA-256 is kept."""

    digest = models.BinaryField(primary_key=True, max_length=32)
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="tokens")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.device_id)

    def is_live(self, now: datetime) -> bool:
        """Return whether the token still opens anything."""
        return self.expires_at > now


class KeptAnswer(models.Model):
    """The answer to a request that carried an idempotency key, for a day.

    ``answer`` is encrypted with the key itself, of which only a digest is stored: an answer
    may hold something that is shown only once.
    """

    pk = models.CompositePrimaryKey("athlete_id", "digest")
    athlete_id = models.UUIDField()
    digest = models.BinaryField(max_length=32)
    asked = models.BinaryField(max_length=32)
    answer = models.BinaryField(null=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.athlete_id)
