"""Reads about people: their devices, their names."""

from collections.abc import Iterable
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS

from apps.accounts.models import Device, User
from apps.common.statements import Call, Question

PERSON = ("id", "email", "zone", "is_active")
FIND_PERSON = f"""
SELECT {", ".join(PERSON)} FROM accounts_user WHERE id = %(person)s AND is_active
"""  # noqa: S608 (a constant of this app)

PUSHABLE = ("id", "user_id", "push_channel", "push_token", "push_environment")
FIND_PUSHABLE = f"""
SELECT {", ".join(PUSHABLE)} FROM accounts_device d
WHERE user_id = %(person)s AND revoked_at IS NULL AND push_stopped = '' AND push_token <> ''
  AND EXISTS (SELECT 1 FROM accounts_devicetoken t
    WHERE t.device_id = d.id AND t.expires_at > statement_timestamp())
ORDER BY created_at, id
"""  # noqa: S608 (a constant of this app)


def devices_of(*, owner: User) -> list[Device]:
    """Return the person's devices that still have access, newest first."""
    return list(Device.objects.filter(user=owner, revoked_at=None).order_by("-created_at"))


def person(user_id: UUID) -> User | None:
    """Return an active person, or None."""
    return User.objects.filter(pk=user_id, is_active=True).first()


def person_question(user_id: UUID) -> Question[User | None]:
    """Return what asks for `person`, of whom it reads just what is needed to reach them."""
    return Question(
        Call(FIND_PERSON, {"person": user_id}),
        lambda rows: User.from_db(DEFAULT_DB_ALIAS, PERSON, rows[0]) if rows else None,
    )


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
    return pushable_question(owner.pk).ask()


def pushable_question(owner_id: UUID) -> Question[list[Device]]:
    """Return what asks for `pushable_devices`."""
    return Question(
        Call(FIND_PUSHABLE, {"person": owner_id}),
        lambda rows: [Device.from_db(DEFAULT_DB_ALIAS, PUSHABLE, row) for row in rows],
    )


def unreached_devices(owner_id: UUID) -> list[str]:
    """Return the names of the person's devices whose push was stopped by its provider."""
    rows = Device.objects.filter(user_id=owner_id, revoked_at=None).exclude(push_stopped="")
    return list(rows.order_by("created_at", "id").values_list("name", flat=True))
