"""Accounts and sessions: the calls that are not part of syncing. None is repeated by itself."""

import contextlib
from collections.abc import Mapping
from uuid import UUID

import httpx2

from phone import wire
from phone.errors import NoAnswer, RequestRefused, SignedOut, Unreachable, WrongAthlete
from phone.store import Store
from phone.transport import Transport, decode


class Sessions:
    """Opens accounts, signs this phone in and out."""

    def __init__(self, store: Store, transport: Transport) -> None:
        self._store = store
        self._transport = transport

    def sign_up(self, fields: Mapping[str, str]) -> UUID:
        """Open an account and return the athlete's id."""
        return decode(self._post("sign-up", fields), wire.SignedUp).athlete_id

    def sign_in(self, email: str, password: str, *, name: str, platform: str) -> UUID:
        """Sign this device in and return the athlete's id; see `Phone.sign_in`."""
        account = self._store.account()
        device = {"installation": str(account.installation), "name": name, "platform": platform}
        answer = self._post("sign-in", {"email": email, "password": password, "device": device})
        session = decode(answer, wire.SignedIn)
        owner = account.athlete
        if owner is not None and owner != session.athlete_id:
            with contextlib.suppress(RequestRefused, Unreachable, SignedOut):
                self._post("sign-out", token=session.access_token)
            raise WrongAthlete.here(owner=owner, signed_in=session.athlete_id)
        self._store.sign_in(
            email=email,
            athlete=session.athlete_id,
            device=session.device_id,
            token=session.access_token,
        )
        return session.athlete_id

    def sign_out(self) -> None:
        """End the session, also when the server does not know it any more."""
        token = self._store.account().token
        if token is None:
            raise SignedOut("nobody is signed in")
        with contextlib.suppress(SignedOut):
            self._post("sign-out", token=token)
        self._store.sign_out()

    def _post(
        self,
        action: str,
        fields: Mapping[str, object] | None = None,
        *,
        token: str | None = None,
    ) -> httpx2.Response:
        content = None if fields is None else wire.encode(fields)
        try:
            return self._transport.send("POST", f"/v1/auth/{action}", content=content, token=token)
        except NoAnswer as error:
            raise Unreachable(str(error)) from error
