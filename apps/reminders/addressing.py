"""Where a person can be reached now."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from apps.accounts.models import Device, User
from backend.push.letter import Target
from backend.reminding.delivery import EMAIL


@dataclass(frozen=True)
class Address:
    """One phone or browser of a person, or their mailbox."""

    target: Target
    device_id: UUID | None = None

    @property
    def channel(self) -> str:
        """Name of the transport."""
        return self.target.channel

    @property
    def key(self) -> str:
        """What tells it from the person's other addresses."""
        return str(self.device_id or EMAIL)


def devices_reached(devices: Iterable[Device], *, channels: Collection[str]) -> list[Address]:
    """Return the phones and browsers, of a person's pushable ones, that one of ``channels`` reaches."""
    return [
        Address(
            Target(
                channel=device.push_channel,
                token=device.push_token,
                environment=device.push_environment,
            ),
            device.id,
        )
        for device in devices
        if device.push_channel in channels
    ]


def addresses_of(
    person: User, devices: Iterable[Device], *, channels: Collection[str]
) -> list[Address]:
    """Return where a nudge goes: the person's pushable ``devices``, then their mailbox.

    ``channels`` are those that are configured and that the person did not switch off.
    """
    found = devices_reached(devices, channels=channels)
    if EMAIL in channels:
        found.append(mailbox_of(person))
    return found


def mailbox_of(person: User) -> Address:
    """Return the person's mailbox."""
    return Address(Target(channel=EMAIL, token=person.email))
