"""iPhones, through Apple's push service."""

import time
from collections.abc import Callable

from django.conf import settings
from django.utils import timezone

from apps.common.wire import Reply, Wire
from apps.reminders.transports.posting import answer_of, call_of
from apps.reminders.transports.provider_tokens import ProviderToken, TokenShelf
from backend.push import apns
from backend.push.jwt import apns_token
from backend.push.letter import Letter, Target
from backend.push.receipt import Outcome, Receipt
from backend.push.request import LetterTooLarge

# APNs refuses a token after an hour, and a new one within twenty minutes of the last.
TOKEN_AGE_S = 50 * 60.0
MIN_AGE_S = 20 * 60.0

Done = Callable[[Receipt], None]


class ApnsTransport:
    """Sends letters to devices of Apple."""

    channel = "apns"

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._keys = settings.PUSH
        self._shelf = TokenShelf(self.channel, self._keys["APNS_KEY"])

    def provider_of(self, target: Target) -> str:
        """Return the one provider there is."""
        return self.channel

    def start(self, letter: Letter, target: Target, done: Done) -> None:
        """Begin to send; ``done`` is called in a later turn of the wire."""
        self._send(letter, target, done, self._token(), may_renew=True)

    def _send(
        self, letter: Letter, target: Target, done: Done, token: ProviderToken, *, may_renew: bool
    ) -> None:
        is_sandbox = target.environment == "sandbox"
        base: str = self._keys["APNS_SANDBOX_URL" if is_sandbox else "APNS_URL"]
        try:
            request = apns.request(letter, target, topic=self._keys["APNS_TOPIC"], token=token.text)
        except LetterTooLarge as error:
            refusal = Receipt(outcome=Outcome.REFUSED, code=error.code)
            self._wire.after(0, lambda: done(refusal))
            return

        def answered(reply: Reply) -> None:
            receipt = apns.receipt(answer_of(reply), now=timezone.now())
            if receipt.code == apns.EXPIRED and may_renew:
                renewed = self._renewed(token)
                if renewed is not None:
                    self._send(letter, target, done, renewed, may_renew=False)
                    return
            done(receipt)

        self._wire.start(call_of(request, base=base), answered)

    def _token(self) -> ProviderToken:
        return self._shelf.current(now_s=time.time()) or self._mint()

    def _renewed(self, expired: ProviderToken) -> ProviderToken | None:
        """Return another token than the one APNs found too old; None when it is fresh by our clock.

        Then the clocks differ, and minting on and on would only bring `TooMany...`.
        """
        now_s = time.time()
        current = self._shelf.look_again(now_s=now_s)
        if current is not None and current.text != expired.text:
            return current
        if now_s - expired.minted_at_s < MIN_AGE_S:
            return None
        return self._mint()

    def _mint(self) -> ProviderToken:
        """Return a token, minted here or by somebody who was faster.

        Signing takes a millisecond, so there is nothing to wait for: of several that mint at
        once the first to share is the one whose token all of them use.
        """
        now = timezone.now()
        now_s = now.timestamp()
        text = apns_token(
            key=self._keys["APNS_KEY"],
            key_id=self._keys["APNS_KEY_ID"],
            team=self._keys["APNS_TEAM_ID"],
            now=now,
        )
        return self._shelf.put(ProviderToken(text, now_s, now_s + TOKEN_AGE_S), now_s=now_s)
