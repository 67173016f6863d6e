"""A worker of its own that sends when it is told to: `python -m …sender`.

stdin: a line of JSON with settings, channel and number of letters, then an empty line to go;
stdout: `ready`, then the outcomes as JSON.
"""

import json
import sys

import django
from django.test import override_settings

django.setup()

from apps.common.wire import Wire  # noqa: E402 (settings first)
from apps.reminders.transports import open_transports  # noqa: E402
from tests.apps.reminders.transports.sending import android, iphone, letter, send  # noqa: E402


def main() -> None:
    """Send what is asked for."""
    told = json.loads(sys.stdin.readline())
    make = {"apns": iphone, "fcm": android}[told["channel"]]
    with override_settings(**told["settings"]), Wire() as wire:
        transports = open_transports(wire)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        letters = [(letter(), make()) for _ in range(told["letters"])]
        receipts = send(wire, transports, *letters)
    sys.stdout.write(json.dumps([receipt.outcome for receipt in receipts]) + "\n")


main()
