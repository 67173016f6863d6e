"""A third party as it behaves: sends the athlete to the consent page, exchanges, reads."""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.test import Client as Browser

from apps.integrations.services.clients import register_client
from tests.conftest import Person

CALLBACK = "https://partner.example/callback"
EVERYTHING = "summary:read labs:read workouts:read"
HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)"(?: value="([^"]*)")?')


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a verifier."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


@dataclass
class ThirdParty:
    """One registered client."""

    confidential: bool = True
    callback: str = CALLBACK
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    name: str = "Partner Clinic"

    def __post_init__(self) -> None:
        self.client = register_client(
            name=self.name, redirect_uris=[self.callback], confidential=self.confidential
        )

    def question(self, **changed: str | None) -> dict[str, str]:
        """Return the parameters of an authorization request; None leaves one out."""
        parameters = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": self.callback,
            "scope": EVERYTHING,
            "state": "s1",
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
            **changed,
        }
        return {name: value for name, value in parameters.items() if value is not None}

    def ask(self, person: Person, **changed: str | None) -> Any:
        """Open the consent page in the person's browser."""
        return person.page.get("/o/authorize", self.question(**changed))

    def answer(self, person: Person, page: Any, *, allow: bool = True) -> dict[str, str]:
        """Press a button on the page; return what came back to the callback."""
        fields = dict(HIDDEN.findall(page.content.decode()))
        fields.pop("csrfmiddlewaretoken", None)
        sent = {**fields, **({"allow": "true"} if allow else {})}
        return came_back(person.page.post("/o/authorize", sent))

    def code(self, person: Person, **changed: str | None) -> str:
        """Have the person allow it; return the code."""
        return self.answer(person, self.ask(person, **changed))["code"]

    def exchange(self, code: str, **changed: str | None) -> Any:
        """Exchange a code for tokens."""
        own: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.callback,
            "code_verifier": self.verifier,
        }
        return self.token(**{**own, **changed})

    def refresh(self, token: str, **changed: str | None) -> Any:
        """Exchange a refresh token for a new pair."""
        return self.token(grant_type="refresh_token", refresh_token=token, **changed)

    def token(self, **parameters: str | None) -> Any:
        """Call the token endpoint as this client."""
        return Browser().post("/o/token", self._signed(parameters))

    def revoke(self, token: str) -> Any:
        """Give a token back."""
        return Browser().post("/o/revoke", self._signed({"token": token}))

    def connect(self, person: Person, scope: str = EVERYTHING) -> dict[str, Any]:
        """Do all of it; return the token response."""
        answer = self.exchange(self.code(person, scope=scope))
        assert answer.status_code == 200, answer.content
        return dict(answer.json())

    def _signed(self, parameters: dict[str, str | None]) -> dict[str, str]:
        own = {
            "client_id": self.client.client_id,
            "client_secret": self.client.client_secret,
            **parameters,
        }
        return {name: value for name, value in own.items() if value is not None}


def came_back(response: Any) -> dict[str, str]:
    """Return the parameters a redirect carries to the client."""
    assert response.status_code == 302, response.content
    query = parse_qs(urlsplit(response["Location"]).query, keep_blank_values=True)
    assert all(len(values) == 1 for values in query.values())
    return {name: values[0] for name, values in query.items()}


def read(token: str, path: str, **query: str) -> Any:
    """Read with an access token."""
    return Browser().get(path, query, headers={"Authorization": f"Bearer {token}"})
