"""Ways to nudge a person; the inbox is the truth, these only point there."""

from collections.abc import Callable
from typing import Protocol

from django.conf import settings

from apps.common.wire import Wire
from apps.reminders.transports.apns import ApnsTransport
from apps.reminders.transports.fcm import FcmTransport
from apps.reminders.transports.webpush import WebPushTransport
from backend.push.letter import Letter, Target
from backend.push.receipt import Receipt
from backend.push.webpush import vapid_public_key


class Transport(Protocol):
    """Sends letters by one channel; every failure is a receipt."""

    channel: str

    def provider_of(self, target: Target) -> str:
        """Return whose servers it goes through: what a pause is about."""
        ...

    def start(self, letter: Letter, target: Target, done: Callable[[Receipt], None]) -> None:
        """Begin to send; ``done`` is called in a later turn of the wire."""
        ...


def configured_channels() -> list[str]:
    """Return the channels that have their keys."""
    keys = {
        ApnsTransport.channel: settings.PUSH["APNS_KEY"],
        FcmTransport.channel: settings.PUSH["FCM_SERVICE_ACCOUNT"],
        WebPushTransport.channel: settings.PUSH["VAPID_PRIVATE_KEY"],
    }
    return [channel for channel, key in keys.items() if key]


def open_transports(wire: Wire) -> dict[str, Transport]:
    """Return a transport over ``wire`` for each channel that has its keys."""
    found: list[type[ApnsTransport] | type[FcmTransport] | type[WebPushTransport]]
    found = [ApnsTransport, FcmTransport, WebPushTransport]
    channels = configured_channels()
    return {each.channel: each(wire) for each in found if each.channel in channels}


def push_config() -> dict[str, object]:
    """Return what a device needs to register: channels, and the key a browser subscribes with."""
    channels = configured_channels()
    key = None
    if WebPushTransport.channel in channels:
        key = vapid_public_key(settings.PUSH["VAPID_PRIVATE_KEY"])
    return {"vapid_public_key": key, "channels": channels}
