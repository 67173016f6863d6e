"""Signed JSON Web Tokens (RFC 7515, RFC 7518), as providers want them."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_private_key

NUMBER_BYTES = 32  # of P-256


def signed(claims: Mapping[str, object], *, key: str, key_id: str = "") -> str:
    """Return a compact token: ES256 with a key on P-256, RS256 with an RSA key.

    Args:
        claims: what it says.
        key: private, in PEM.
        key_id: by which the other side finds the public one.
    Raises:
        ValueError: the key is of another kind, or none.
    """
    private = _private_key(key)
    algorithm = "RS256" if isinstance(private, rsa.RSAPrivateKey) else "ES256"
    header = {"alg": algorithm, "typ": "JWT"} | ({"kid": key_id} if key_id else {})
    text = b".".join(_encode(msgspec.json.encode(part)) for part in (header, claims))
    if isinstance(private, rsa.RSAPrivateKey):
        signature = private.sign(text, padding.PKCS1v15(), hashes.SHA256())
    else:
        pair = decode_dss_signature(private.sign(text, ec.ECDSA(hashes.SHA256())))
        signature = b"".join(number.to_bytes(NUMBER_BYTES, "big") for number in pair)
    return (text + b"." + _encode(signature)).decode()


def check_key(key: str) -> None:
    """Raise ``ValueError`` for a text that is no private key `signed` could use."""
    _private_key(key)


def apns_token(*, key: str, key_id: str, team: str, now: datetime) -> str:
    """Return a provider token of APNs, good for an hour from ``now``."""
    return signed({"iss": team, "iat": int(now.timestamp())}, key=key, key_id=key_id)


@lru_cache(maxsize=8)
def _private_key(pem: str) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    key = load_pem_private_key(pem.encode(), password=None)
    if isinstance(key, rsa.RSAPrivateKey):
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise ValueError("The key is neither on P-256 nor of RSA.")


def _encode(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")
