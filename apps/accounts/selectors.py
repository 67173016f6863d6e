"""Reads about people: their devices, their names."""

from collections.abc import Iterable
from uuid import UUID

from apps.accounts.models import Device, User


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
    """Return the person's devices with an address that push messages reach, oldest first."""
    rows = Device.objects.filter(user=owner, revoked_at=None, push_stopped="")
    return list(rows.exclude(push_token="").order_by("created_at", "id"))
