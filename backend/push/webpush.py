"""Web Push: subscriptions, encrypted messages, answers of push services.

Sources: RFC 8030 (delivery), RFC 8291 and RFC 8188 (encryption), RFC 8292 (VAPID).
"""

import hashlib
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import datetime
from functools import lru_cache
from typing import ClassVar
from urllib.parse import urlsplit

import http_ece
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from backend.errors import CoreError
from backend.push.answers import ABOUT_THE_ADDRESS, Answer, later, unanswered
from backend.push.letter import Kind, Letter
from backend.push.receipt import Outcome, Receipt
from backend.push.request import Request, content, encoded, ttl_s

MAX_SUBSCRIPTION = 2_000
MAX_ENDPOINT = 1_500
# A name and perhaps a port: no user, no number in brackets, nothing two readers of addresses
# could understand differently.
ENDPOINT = re.compile(r"https://[A-Za-z0-9._-]+(:[0-9]{1,5})?([/?][!-~]*)?")
SUBJECT = re.compile(r"mailto:[!-~]+@[\w.-]+\.[\w-]+|https://[\w-]+\.[\w.-]+")
POINT_BYTES = 65
AUTH_BYTES = 16
TOPIC_BYTES = 24  # 32 characters of base64url
# Of the 4096 a push service takes: salt, record size, key and its length, tag and delimiter.
OVERHEAD_BYTES = 16 + 4 + 1 + POINT_BYTES + 16 + 1
MAX_CONTENT_BYTES = 4_096 - OVERHEAD_BYTES


class MalformedSubscription(CoreError):
    """The subscription is not one of a browser."""

    code: ClassVar[str] = "push.malformed_subscription"


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """Where a browser's push service listens, and the keys only the browser can read with.

    Fields:
        endpoint: an https address.
        p256dh: a point on P-256, uncompressed, base64url.
        auth: 16 bytes, base64url.
    """

    endpoint: str
    p256dh: str
    auth: str

    @property
    def canonical(self) -> str:
        """The one way it is stored."""
        return msgspec.json.encode(self).decode()

    @property
    def audience(self) -> str:
        """The origin of its push service, to which a VAPID token is made out."""
        parts = urlsplit(self.endpoint)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def host(self) -> str:
        """The name of its push service."""
        return urlsplit(self.endpoint).hostname or ""


def parse_subscription(text: str) -> Subscription:
    """Return a subscription as a browser's `PushSubscription` says it, with or without `keys`.

    Raises ``MalformedSubscription`` that points to what is wrong.
    """
    if len(text) > MAX_SUBSCRIPTION:
        raise MalformedSubscription("The subscription is too long.", pointer="/token")
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise MalformedSubscription("The subscription is not a JSON object.", pointer="/token")
    keys, below = (found["keys"], "/keys") if isinstance(found.get("keys"), dict) else (found, "")
    return Subscription(
        endpoint=_endpoint(found.get("endpoint")),
        p256dh=_point(keys.get("p256dh"), f"/token{below}/p256dh"),
        auth=_encode(_bytes(keys.get("auth"), AUTH_BYTES, f"/token{below}/auth")),
    )


def encrypted(
    letter: Letter,
    subscription: Subscription,
    *,
    ephemeral: ec.EllipticCurvePrivateKey,
    salt: bytes,
) -> bytes:
    """Return the letter as only this browser can read it. Raises ``LetterTooLarge``.

    Args:
        letter: what to say.
        subscription: the browser's.
        ephemeral: a fresh key on P-256, used for this message alone.
        salt: 16 fresh random bytes.
    """
    plain = encoded(content(letter), max_bytes=MAX_CONTENT_BYTES)
    return sealed(plain, subscription, ephemeral=ephemeral, salt=salt)


def sealed(
    plain: bytes, subscription: Subscription, *, ephemeral: ec.EllipticCurvePrivateKey, salt: bytes
) -> bytes:
    """Return bytes as only this browser can read them, in one record as RFC 8291 asks for."""
    body: bytes = http_ece.encrypt(
        plain,
        salt=salt,
        private_key=ephemeral,
        dh=_decode(subscription.p256dh),
        auth_secret=_decode(subscription.auth),
        version="aes128gcm",
    )
    return body


def request(
    letter: Letter, subscription: Subscription, body: bytes, *, authorization: str, now: datetime
) -> Request:
    """Return the request to the push service; ``body`` is `encrypted`."""
    return Request(
        path=subscription.endpoint,
        headers={
            "authorization": authorization,
            "content-type": "application/octet-stream",
            "content-encoding": "aes128gcm",
            "ttl": str(ttl_s(letter, now=now)),
            "urgency": "normal" if letter.kind is Kind.REMIND else "low",
            "topic": topic(letter.collapse_id),
        },
        body=body,
    )


def topic(collapse_id: str) -> str:
    """Return what makes repeats one at the push service: 32 characters of base64url."""
    return _encode(hashlib.sha256(collapse_id.encode()).digest()[:TOPIC_BYTES])


def vapid_authorization(
    *, private_key: str, subject: str, audience: str, expires_at: datetime
) -> str:
    """Return the header that says who we are to one push service."""
    claims = {"sub": subject, "aud": audience, "exp": int(expires_at.timestamp())}
    return str(_vapid(private_key).sign(claims)["Authorization"])


def check_subject(subject: str) -> None:
    """Raise ``ValueError`` unless it is a mailto: or https: address a VAPID token may hold."""
    if not SUBJECT.fullmatch(subject):
        raise ValueError("The subject is neither a mailto: nor an https: address.")


def vapid_public_key(private_key: str) -> str:
    """Return what a browser subscribes with: the public point, base64url."""
    point = _vapid(private_key).public_key
    return _encode(point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def receipt(answer: Answer, *, now: datetime) -> Receipt:
    """Return what an answer means. A push service is anybody's, so its words are not repeated."""
    if answer.error in ABOUT_THE_ADDRESS and not answer.was_sent:
        return Receipt(outcome=Outcome.STOPPED, code=answer.error)
    if answer.error:
        return unanswered(answer)
    status = answer.status
    if status in (200, 201, 202, 204):
        return Receipt(outcome=Outcome.ACCEPTED, code="accepted")
    code = f"http-{status}"
    if status in (404, 410):
        return Receipt(outcome=Outcome.GONE, code=code)
    if status in (401, 403):
        # The subscription was made with another key than ours; Mozilla's service says 401.
        return Receipt(outcome=Outcome.STOPPED, code=code)
    if status in (429, 500, 502, 503, 504):
        return later(answer, code, now=now)
    if 400 <= status < 500:
        return Receipt(outcome=Outcome.REFUSED, code=code)
    return Receipt(outcome=Outcome.UNKNOWN, code=code)


@lru_cache(maxsize=4)
def _vapid(private_key: str) -> Vapid02:
    """Return the signer of a key: PEM, DER in base64url, or the number alone."""
    is_pem = private_key.startswith("-----BEGIN")
    vapid = Vapid02.from_pem(private_key.encode()) if is_pem else Vapid02.from_string(private_key)
    if not isinstance(vapid.public_key.curve, ec.SECP256R1):
        raise ValueError("A VAPID key lies on P-256.")
    return vapid


def _endpoint(said: object) -> str:
    if not isinstance(said, str) or len(said) > MAX_ENDPOINT or not ENDPOINT.fullmatch(said):
        raise MalformedSubscription(
            "The endpoint is not an https address.", pointer="/token/endpoint"
        )
    return said


def _point(said: object, pointer: str) -> str:
    point = _bytes(said, POINT_BYTES, pointer)
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError as error:
        raise MalformedSubscription("This is no point on P-256.", pointer=pointer) from error
    return _encode(point)


def _bytes(said: object, length: int, pointer: str) -> bytes:
    try:
        found = _decode(said) if isinstance(said, str) and len(said) <= 2 * length else b""
    except (NotBase64, ValueError):
        found = b""
    if len(found) != length:
        raise MalformedSubscription(f"This is not {length} bytes in base64url.", pointer=pointer)
    return found


def _decode(text: str) -> bytes:
    """Return bytes said in base64url or, as some browsers do, in base64."""
    plain = text.rstrip("=").replace("+", "-").replace("/", "_")
    if not set(plain) <= _ALPHABET:
        raise ValueError("not base64url")
    return urlsafe_b64decode(plain + "=" * (-len(plain) % 4))


_ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
