"""Ways to nudge a person; the inbox is the truth, these only point there."""

from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from django.conf import settings

from apps.common.wire import Wire
from apps.reminders.transports import email
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
        """Begin to send; ``done`` is called once, in a later `Channels.turn`."""
        ...


class Channels:
    """The configured channels, open within the block."""

    def __init__(self) -> None:
        self._wire = Wire()
        self._mail = email.Mail()
        self.by_name: dict[str, Transport] = {
            **open_transports(self._wire),
            **({email.CHANNEL: self._mail} if settings.MAIL_IS_SET else {}),
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of everything; what is on its way stays without an outcome."""
        self._mail.close()
        self._wire.__exit__(kind, error, trace)

    def turn(self, timeout_s: float) -> None:
        """Go on sending for at most ``timeout_s`` and report what has ended."""
        is_waiting = self._wire.in_flight > 0
        if is_waiting:
            self._wire.turn(timeout_s)
        self._mail.turn(0.0 if is_waiting else timeout_s)


def configured() -> frozenset[str]:
    """Return the names of all channels that are set up, mail among them."""
    mail = {email.CHANNEL} if settings.MAIL_IS_SET else set()
    return frozenset({*mail, *push_channels()})


def push_channels() -> list[str]:
    """Return the push channels that have their keys."""
    keys = {
        ApnsTransport.channel: settings.PUSH["APNS_KEY"],
        FcmTransport.channel: settings.PUSH["FCM_SERVICE_ACCOUNT"],
        WebPushTransport.channel: settings.PUSH["VAPID_PRIVATE_KEY"],
    }
    return [channel for channel, key in keys.items() if key]


def open_transports(wire: Wire) -> dict[str, Transport]:
    """Return a transport over ``wire`` for each push channel that has its keys."""
    found: list[type[ApnsTransport] | type[FcmTransport] | type[WebPushTransport]]
    found = [ApnsTransport, FcmTransport, WebPushTransport]
    channels = push_channels()
    return {each.channel: each(wire) for each in found if each.channel in channels}


def push_config() -> dict[str, object]:
    """Return what a device needs to register: channels, and the key a browser subscribes with."""
    channels = push_channels()
    key = None
    if WebPushTransport.channel in channels:
        key = vapid_public_key(settings.PUSH["VAPID_PRIVATE_KEY"])
    return {"vapid_public_key": key, "channels": channels}
