"""Runs the due engine in processes that kill themselves at a named step, one after another.

Reads a line of JSON for each run from standard input and answers with one. It opens no
connection itself, so that each child is forked from a clean process.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any, NoReturn

import django

django.setup()

from django.conf import settings  # noqa: E402

from apps.reminders.services import deliver, recheck, record  # noqa: E402
from apps.reminders.transports import Channels  # noqa: E402
from apps.reminders.transports.apns import ApnsTransport  # noqa: E402
from apps.reminders.transports.email import Mail  # noqa: E402

# Where the engine may die, in the order of its work.
STEPS = (
    "claimed", "looking", "looked", "posting", "sent", "answered", "recording", "recorded", "noted",
)  # fmt: skip


def die() -> NoReturn:
    """End this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


class Fate:
    """Kills the process at the ``nth`` time it reaches a step."""

    def __init__(self, step: str, nth: int) -> None:
        self.step, self.left = step, nth

    def at(self, step: str, *, is_reached: bool = True) -> None:
        """Note that a step was reached."""
        if step == self.step and is_reached:
            self.left -= 1
            if self.left <= 0:
                die()


def arm(fate: Fate) -> None:
    """Have the engine meet its fate."""
    engine: Any = deliver._Engine
    after(engine, "_claim", lambda claims: fate.at("claimed", is_reached=bool(claims)))
    after(recheck, "_let_go", lambda _: fate.at("looking"))
    after(deliver, "let_go", lambda found: fate.at("looked", is_reached=not isinstance(found, str)))
    for transport in (ApnsTransport, Mail):
        before(transport, "start", lambda: fate.at("posting"))
    turn = Channels.turn

    def turning(self: Channels, timeout_s: float) -> None:
        under_way = self._wire.in_flight > 0
        turn(self, timeout_s)
        fate.at("sent", is_reached=under_way)

    Channels.turn = turning  # type: ignore[method-assign]
    before(deliver, "record", lambda: fate.at("answered"))
    before(record, "note_calls", lambda: fate.at("recording"))
    after(record, "_accept", lambda _: fate.at("recorded"))
    after(deliver, "record", lambda _: fate.at("noted"))


def before(owner: Any, name: str, act: Callable[[], None]) -> None:
    """Act whenever ``name`` is about to be called."""
    real = getattr(owner, name)

    def acting(*args: Any, **named: Any) -> Any:
        act()
        return real(*args, **named)

    setattr(owner, name, acting)


def after(owner: Any, name: str, act: Callable[[Any], None]) -> None:
    """Act on whatever ``name`` returned."""
    real = getattr(owner, name)

    def acting(*args: Any, **named: Any) -> Any:
        found = real(*args, **named)
        act(found)
        return found

    setattr(owner, name, acting)


def live(told: dict[str, Any]) -> None:
    """Run the engine once; do not come back from a step that kills."""
    deliver.CLAIM_AT_ONCE = int(told["at_once"])
    if told["step"]:
        arm(Fate(told["step"], int(told["nth"])))
    run = deliver.deliver_due(now=datetime.fromisoformat(told["now"]))
    sys.stderr.write(f"{dict(run.outcomes)}\n" if told.get("loud") else "")


def main() -> None:
    """Fork a child for each line."""
    for name, value in json.loads(sys.argv[1]).items():
        setattr(settings, name, value)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                live(json.loads(line))
                status = 0
            finally:
                sys.stderr.flush()
                os._exit(status)
        _, status = os.waitpid(child, 0)
        is_killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        ended = "killed" if is_killed else f"exit {os.waitstatus_to_exitcode(status)}"
        sys.stdout.write(json.dumps({"ended": ended}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
