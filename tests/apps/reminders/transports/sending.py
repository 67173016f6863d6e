"""Letters, addresses, and sending many until every receipt is there."""

import json
import secrets
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from apps.common.wire import Wire
from apps.reminders.transports import Transport
from backend.push.letter import Kind, Letter, Target
from backend.push.receipt import Receipt
from tests.peers import PushPeer

SENTENCE = "You have an update in Mechanostat"
# More turns than any test needs; each is a fraction of a second at most.
MAX_TURNS = 20_000


def letter(kind: Kind = Kind.REMIND, **members: Any) -> Letter:
    """Return a letter of its own collapse id."""
    given: dict[str, Any] = {
        "kind": kind,
        "collapse_id": secrets.token_hex(32),
        "notification_id": uuid.uuid4(),
        "expires_at": timezone.now() + timedelta(hours=20),
        "reminder": uuid.uuid4(),
        "sentence": SENTENCE if kind is Kind.REMIND else "",
        "links": {"done": "https://app.example.org/a/1"} if kind is Kind.REMIND else {},
    }
    return Letter(**given | members)


def iphone(environment: str = "production") -> Target:
    """Return a device of Apple nobody has pushed to."""
    return Target(channel="apns", token=secrets.token_hex(32), environment=environment)


def android() -> Target:
    """Return a phone of FCM nobody has pushed to."""
    return Target(channel="fcm", token=secrets.token_urlsafe(40))


def browser(peer: PushPeer, **bound: Any) -> Target:
    """Return a browser that has just subscribed."""
    return Target(channel="webpush", token=json.dumps(peer.subscribe(**bound)))


def key_of(target: Target) -> str:
    """Return what the peer calls this address."""
    if target.channel == "webpush":
        return f"webpush/{json.loads(target.token)['endpoint'].rpartition('/')[2]}"
    return f"{target.channel}/{target.token}"


def send(
    wire: Wire, transports: dict[str, Transport], *letters: tuple[Letter, Target]
) -> list[Receipt]:
    """Send all at once and return the receipts in order."""
    receipts: dict[int, Receipt] = {}
    for number, (each, target) in enumerate(letters):

        def done(receipt: Receipt, number: int = number) -> None:
            assert number not in receipts, "told twice"
            receipts[number] = receipt

        transports[target.channel].start(each, target, done)
    for _ in range(MAX_TURNS):
        if not wire.turn(0.5):
            break
    return [receipts[number] for number in range(len(letters))]


def http_date(at: datetime) -> str:
    """Return an instant as in `Retry-After`."""
    return at.strftime("%a, %d %b %Y %H:%M:%S GMT")
