"""Secret keys for one machine, made at first use and kept out of the repository."""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec

from config.services import home


def local_secret_key() -> str:
    """Return this machine's key; readable by its owner only."""
    return _kept("secret_key", lambda: secrets.token_urlsafe(48))


def local_vapid_key() -> str:
    """Return this machine's key for Web Push: the number on P-256, base64url."""
    return _kept("vapid_key", _new_vapid_key)


def _new_vapid_key() -> str:
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return urlsafe_b64encode(number.to_bytes(32, "big")).decode().rstrip("=")


def _kept(name: str, make: Callable[[], str]) -> str:
    path = home() / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(make())
    return path.read_text()
