"""Where a device can be woken: registered by the app, taken back by it or by the provider."""

import hashlib
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from apps.accounts.models import Device, DeviceToken, User
from apps.common.outbound import RefusedAddress, guard
from apps.common.statements import run
from backend.errors import CoreError
from backend.push.webpush import parse_subscription

ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended(%(address)s, 0))"
NOTHING: dict[str, Any] = {
    "push_channel": "",
    "push_token": "",
    "push_address": None,
    "push_registered_at": None,
    "push_stopped": "",
}


class MalformedPushToken(CoreError):
    """A push token is visible ASCII without spaces."""

    code: ClassVar[str] = "push.malformed_token"


def register_push(
    *, user: User, device_id: UUID, channel: str, token: str, environment: str, now: datetime
) -> bool:
    """Note where a device can be woken; return whether there is such a device.

    An address belongs to one installation: any other device that had it, of whomever, loses it.
    A browser's is its endpoint, whatever the keys. Raises ``MalformedPushToken``,
    ``MalformedSubscription`` and ``RefusedAddress``, each pointing to what is wrong.
    """
    token, name = _checked(channel, token)
    address = hashlib.sha256(f"{channel} {name}".encode()).hexdigest()
    new = {
        "push_channel": channel,
        "push_token": token,
        "push_address": address,
        "push_environment": environment,
        "push_registered_at": now,
        "push_stopped": "",
    }
    return _move(user, device_id, new)


def clear_push(*, user: User, device_id: UUID) -> bool:
    """Wake a device no more; return whether there is such a device."""
    return bool(_own(user, device_id).update(**NOTHING))


def clear_push_of_token(digest: bytes) -> None:
    """Wake the device that holds this bearer token no more."""
    holder = DeviceToken.objects.filter(digest=digest).values("device_id")
    Device.objects.filter(id__in=holder).update(**NOTHING)


def forget_gone_push(*, device_id: UUID, token: str, code: str, gone_at: datetime | None) -> bool:
    """Delete an address that is no more; return whether it was still the device's.

    One registered since the provider noticed (``gone_at``) stays. The device goes on saying
    that it was stopped, so that the person can turn it on again.
    """
    found = Device.objects.filter(id=device_id, push_token=token)
    if gone_at is not None:
        found = found.filter(Q(push_registered_at=None) | Q(push_registered_at__lte=gone_at))
    return bool(found.update(push_token="", push_address=None, push_stopped=code[:32]))


def stop_push(*, device_id: UUID, token: str, code: str) -> bool:
    """Send nothing more to an address, and keep it; registering anew starts again."""
    found = Device.objects.filter(id=device_id, push_token=token)
    return bool(found.update(push_stopped=code[:32]))


@transaction.atomic
def _move(user: User, device_id: UUID, new: dict[str, Any]) -> bool:
    if not _own(user, device_id).exists():
        return False
    # Whoever registers the same address meanwhile waits, and so sees ours and moves it.
    run(ONE_AT_A_TIME, {"address": new["push_address"]})
    others = Device.objects.filter(push_address=new["push_address"])
    others.exclude(id=device_id).update(**NOTHING)
    return bool(_own(user, device_id).update(**new))


def _own(user: User, device_id: UUID) -> Any:
    return Device.objects.filter(user=user, id=device_id, revoked_at=None)


def _checked(channel: str, token: str) -> tuple[str, str]:
    """Return the token as it is stored, and what makes two of them the same address."""
    if channel != "webpush":
        if not (token.isascii() and token.isprintable()) or " " in token:
            raise MalformedPushToken(pointer="/token")
        return token, token
    subscription = parse_subscription(token)
    try:
        guard().check_url(subscription.endpoint)
    except RefusedAddress as error:
        raise RefusedAddress(pointer="/token/endpoint") from error
    return subscription.canonical, subscription.endpoint
