"""Ways to reach a person: one interface, whatever the provider."""

from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from apps.reminders.transports import email
from backend.push.letter import Letter, Target
from backend.push.receipt import Receipt

Done = Callable[[Receipt], None]


class Transport(Protocol):
    """One channel: takes letters without waiting and says later what came of each."""

    def provider_of(self, target: Target) -> str:
        """Return whom the answers for a target come from: what a pause is about."""

    def start(self, letter: Letter, target: Target, done: Done) -> None:
        """Begin to send; ``done`` is called once, in a later `Channels.turn`."""


class Channels:
    """The configured channels, open within the block."""

    def __init__(self) -> None:
        self._mail = email.Mail()
        self.by_name: dict[str, Transport] = {email.CHANNEL: self._mail}

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

    def turn(self, timeout_s: float) -> None:
        """Go on sending for at most ``timeout_s`` and report what has ended."""
        self._mail.turn(timeout_s)


def configured() -> frozenset[str]:
    """Return the names of the channels the operator has set up."""
    return frozenset({email.CHANNEL})
