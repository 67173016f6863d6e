"""A provider's word that a phone's address is no use: no more is sent there."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from apps.accounts.models import Device


def stop_push(
    *, device_id: UUID, token: str, code: str, gone_at: datetime | None, is_gone: bool
) -> bool:
    """Stop sending to a device's address, and forget it when it ``is_gone``.

    Only while it is the address that was sent to, and only when it was not registered again
    after ``gone_at``, the moment the provider speaks of. Returns whether it was stopped.
    """
    mine = Device.objects.filter(id=device_id, push_token=token, push_stopped="")
    if gone_at is not None:
        mine = mine.filter(Q(push_registered_at=None) | Q(push_registered_at__lt=gone_at))
    changes = {"push_stopped": code[:32], **({"push_token": ""} if is_gone else {})}
    return bool(mine.update(**changes))
