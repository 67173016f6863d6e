"""Browsers, each through the push service its subscription names."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.utils import timezone

from apps.common.wire import Reply, Wire
from apps.reminders.transports.posting import answer_of, call_of
from backend.errors import CoreError
from backend.push import webpush
from backend.push.letter import Letter, Target
from backend.push.receipt import Outcome, Receipt

# RFC 8292 allows a day; half of it leaves room for clocks that differ.
VAPID_LIFE = timedelta(hours=12)
VAPID_MARGIN = timedelta(hours=1)
MAX_AUDIENCES = 1_000

Done = Callable[[Receipt], None]


class WebPushTransport:
    """Sends letters to browsers; every endpoint is somebody's word, so every call is guarded."""

    channel = "webpush"

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._vapid: dict[str, tuple[str, datetime]] = {}

    def provider_of(self, target: Target) -> str:
        """Return the host of the push service."""
        try:
            return webpush.parse_subscription(target.token).host or self.channel
        except CoreError:
            return self.channel

    def start(self, letter: Letter, target: Target, done: Done) -> None:
        """Begin to send; ``done`` is called in a later turn of the wire."""
        now = timezone.now()
        try:
            subscription = webpush.parse_subscription(target.token)
        except CoreError as error:
            refusal = Receipt(outcome=Outcome.STOPPED, code=error.code)
            self._wire.after(0, lambda: done(refusal))
            return
        try:
            body = webpush.encrypted(
                letter,
                subscription,
                ephemeral=ec.generate_private_key(ec.SECP256R1()),
                salt=os.urandom(16),
            )
        except CoreError as error:
            too_large = Receipt(outcome=Outcome.REFUSED, code=error.code)
            self._wire.after(0, lambda: done(too_large))
            return
        request = webpush.request(
            letter,
            subscription,
            body,
            authorization=self._authorization(subscription.audience, now),
            now=now,
        )

        def answered(reply: Reply) -> None:
            done(webpush.receipt(answer_of(reply), now=timezone.now()))

        self._wire.start(call_of(request, is_guarded=True), answered)

    def _authorization(self, audience: str, now: datetime) -> str:
        known = self._vapid.get(audience)
        if known is not None and known[1] - VAPID_MARGIN > now:
            return known[0]
        if len(self._vapid) >= MAX_AUDIENCES:
            self._vapid.clear()
        expires_at = now + VAPID_LIFE
        text = webpush.vapid_authorization(
            private_key=settings.PUSH["VAPID_PRIVATE_KEY"],
            subject=settings.PUSH["VAPID_SUBJECT"],
            audience=audience,
            expires_at=expires_at,
        )
        self._vapid[audience] = (text, expires_at)
        return text
