"""Android phones, through Firebase Cloud Messaging."""

import time
from collections.abc import Callable

from django.conf import settings
from django.utils import timezone

from apps.common.wire import Reply, Wire
from apps.reminders.transports.posting import answer_of, call_of
from apps.reminders.transports.provider_tokens import ProviderToken, TokenShelf
from backend.push import fcm
from backend.push.answers import unanswered
from backend.push.letter import Letter, Target
from backend.push.receipt import Outcome, Receipt
from backend.push.request import LetterTooLarge

# A token is let go this long before its end, so that none ends on the way.
MARGIN_S = 300.0
LOOK_AGAIN_S = 0.1
PATIENCE_S = 5.0  # with another process that mints; then this one does

Done = Callable[[Receipt], None]
Then = Callable[[ProviderToken | Receipt], None]


class FcmTransport:
    """Sends letters through Firebase."""

    channel = "fcm"

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._account: dict[str, str] = settings.PUSH["FCM_SERVICE_ACCOUNT"]
        self._url: str = settings.PUSH["FCM_URL"]
        self._access = _Access(wire, self._account)

    def provider_of(self, target: Target) -> str:
        """Return the one provider there is."""
        return self.channel

    def start(self, letter: Letter, target: Target, done: Done) -> None:
        """Begin to send; ``done`` is called in a later turn of the wire."""

        def go(token: ProviderToken | Receipt) -> None:
            if isinstance(token, Receipt):
                self._wire.after(0, lambda: done(token))
            else:
                self._send(letter, target, done, token, may_renew=True)

        self._access.get(go)

    def _send(
        self, letter: Letter, target: Target, done: Done, token: ProviderToken, *, may_renew: bool
    ) -> None:
        now = timezone.now()
        try:
            request = fcm.request(
                letter,
                target,
                project=self._account["project_id"],
                access_token=token.text,
                now=now,
            )
        except LetterTooLarge as error:
            refusal = Receipt(outcome=Outcome.REFUSED, code=error.code)
            self._wire.after(0, lambda: done(refusal))
            return

        def again(renewed: ProviderToken | Receipt) -> None:
            if isinstance(renewed, Receipt):
                done(renewed)
            else:
                self._send(letter, target, done, renewed, may_renew=False)

        def answered(reply: Reply) -> None:
            receipt = fcm.receipt(answer_of(reply), now=timezone.now())
            if receipt.code == fcm.UNAUTHENTICATED and may_renew:
                self._access.get(again, instead_of=token)
            else:
                done(receipt)

        self._wire.start(call_of(request, base=self._url), answered)


class _Access:
    """The access token of the service account, asked for once however many letters wait."""

    def __init__(self, wire: Wire, account: dict[str, str]) -> None:
        self._wire = wire
        self._account = account
        self._shelf = TokenShelf(FcmTransport.channel, account["private_key"])
        self._waiting: list[Then] = []
        self._bad = ""

    def get(self, then: Then, *, instead_of: ProviderToken | None = None) -> None:
        """Have ``then`` called with a token, or with the receipt of failing to get one.

        Args:
            then: called at once when a token is at hand.
            instead_of: a token the provider refused, never to be given again.
        """
        if instead_of is not None:
            self._bad = instead_of.text
        token = self._at_hand()
        if token is not None:
            then(token)
            return
        self._waiting.append(then)
        if len(self._waiting) == 1:
            self._mint_or_wait(time.monotonic() + PATIENCE_S)

    def _at_hand(self) -> ProviderToken | None:
        now_s = time.time()
        token = self._shelf.current(now_s=now_s)
        if token is not None and token.text == self._bad:
            token = self._shelf.look_again(now_s=now_s)
        return token if token is not None and token.text != self._bad else None

    def _mint_or_wait(self, until_s: float) -> None:
        token = self._at_hand()
        if token is not None:
            self._tell(token)
        elif self._shelf.may_mint() or time.monotonic() >= until_s:
            # Whoever held the lock may have shared one just before letting it go.
            token = self._at_hand()
            if token is not None:
                self._shelf.give_up()
                self._tell(token)
                return
            request = fcm.access_grant(self._account, now=timezone.now())
            self._wire.start(call_of(request), self._granted)
        else:
            self._wire.after(LOOK_AGAIN_S, lambda: self._mint_or_wait(until_s))

    def _granted(self, reply: Reply) -> None:
        answer = answer_of(reply)
        grant = fcm.granted(answer)
        if grant is None:
            self._shelf.give_up()
            code = "no-access-token"
            refused = fcm.receipt(answer, now=timezone.now())
            self._tell(
                Receipt(
                    outcome=Outcome.LATER,  # nothing was said to the provider of messages
                    code=unanswered(answer).code if answer.error else code,
                    retry_after_s=refused.retry_after_s,
                    is_provider_wide=True,
                )
            )
            return
        text, life_s = grant
        now_s = time.time()
        token = ProviderToken(text, now_s, now_s + max(life_s - MARGIN_S, life_s / 2))
        self._tell(self._shelf.put(token, now_s=now_s))

    def _tell(self, found: ProviderToken | Receipt) -> None:
        waiting, self._waiting = self._waiting, []
        for then in waiting:
            then(found)
