"""A worker of its own that sends when it is told to: `python -m …sender`.

stdin: a line of JSON with settings, channel and number of letters, then an empty line to go;
stdout: `ready`, then the outcomes as JSON.
"""

import json
import sys

import django
from django.test import override_settings

django.setup()

from apps.common import wire  # noqa: E402 (settings first)
from apps.common.wire import Wire  # noqa: E402
from apps.reminders.transports import (  # noqa: E402
    fcm,
    open_transports,
    posting,
    provider_tokens,
)
from tests.apps.reminders.transports.sending import android, iphone, letter, send  # noqa: E402

# As the tests' own process (`conftest`): a stall makes no worker go on without the others.
for module, patience in (
    (wire, "CONNECT_TIMEOUT_S"),
    (posting, "TIMEOUT_S"),
    (provider_tokens, "REDIS_TIMEOUT_S"),
    (provider_tokens, "LOCK_S"),
    (fcm, "PATIENCE_S"),
):
    assert 0 < getattr(module, patience) <= 15
    setattr(module, patience, 60)


def main() -> None:
    """Send what is asked for."""
    told = json.loads(sys.stdin.readline())
    make = {"apns": iphone, "fcm": android}[told["channel"]]
    with override_settings(**told["settings"]), Wire() as opened:
        transports = open_transports(opened)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        letters = [(letter(), make()) for _ in range(told["letters"])]
        receipts = send(opened, transports, *letters)
    sys.stdout.write(json.dumps([receipt.outcome for receipt in receipts]) + "\n")


main()
