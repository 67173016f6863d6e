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


def names_of(user_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return display names by id."""
    rows = User.objects.filter(pk__in=list(user_ids)).values_list("pk", "display_name")
    return dict(rows)
