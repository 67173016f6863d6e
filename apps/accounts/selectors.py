"""Reads about people: their devices, their names."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from apps.accounts.models import Device, DeviceToken, User


def devices_of(*, owner: User) -> list[Device]:
    """Return the person's devices that still have access, newest first."""
    return list(Device.objects.filter(user=owner, revoked_at=None).order_by("-created_at"))


def person(user_id: UUID) -> User | None:
    """Return an active person, or None."""
    return User.objects.filter(pk=user_id, is_active=True).first()


def people_after(person_id: UUID, *, limit: int) -> list[UUID]:
    """Return the next ids of people in order, for sweeps that go through everybody."""
    ids = User.objects.filter(pk__gt=person_id).order_by("pk").values_list("pk", flat=True)
    return list(ids[:limit])


def count_people() -> int:
    """Return how many people there are."""
    return User.objects.count()


def live_devices_of(user_ids: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """Return the devices that still have access, by person."""
    rows = Device.objects.filter(user__in=list(user_ids), revoked_at=None)
    found: dict[UUID, list[UUID]] = {}
    for user_id, device_id in rows.values_list("user_id", "pk"):
        found.setdefault(user_id, []).append(device_id)
    return found


def names_of(user_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return display names by id."""
    rows = User.objects.filter(pk__in=list(user_ids)).values_list("pk", "display_name")
    return dict(rows)


def pushable_devices(*, owner: User) -> list[Device]:
    """Return the person's devices that push messages reach, oldest first.

    Those on which the person is signed in: on any other they would find a locked door.
    """
    rows = Device.objects.filter(user=owner, revoked_at=None, push_stopped="")
    signed_in = DeviceToken.objects.filter(device=OuterRef("pk"), expires_at__gt=Now())
    reached = rows.exclude(push_token="").filter(Exists(signed_in))
    return list(reached.order_by("created_at", "id"))


def unreached_devices(owner_id: UUID) -> list[str]:
    """Return the names of the person's devices whose push was stopped by its provider."""
    rows = Device.objects.filter(user_id=owner_id, revoked_at=None).exclude(push_stopped="")
    return list(rows.order_by("created_at", "id").values_list("name", flat=True))
