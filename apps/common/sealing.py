"""One way to make a cipher from words that only this server knows."""

import hashlib
from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet


def cipher_of(secret: bytes) -> Fernet:
    """Return a cipher whose key is derived from ``secret``, of any length.

    Callers put the server's secret key into it and what the cipher is for, so that nothing sealed
    for one purpose opens for another.
    """
    return Fernet(urlsafe_b64encode(hashlib.sha256(secret).digest()))
