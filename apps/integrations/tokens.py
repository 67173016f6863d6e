"""Tokens of third parties: recognisable by their beginning, stored as SHA-256."""

import hashlib
import secrets

ACCESS_PREFIX = "msa_"
REFRESH_PREFIX = "msr_"
TOKEN_BYTES = 32


def access_token(request: object) -> str:
    """Return a new access token."""
    return ACCESS_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)


def refresh_token(request: object) -> str:
    """Return a new refresh token."""
    return REFRESH_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)


def checksum(token: str) -> str:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def code_digest(code: str) -> bytes:
    """Return what is stored of a used authorization code."""
    return hashlib.sha256(code.encode()).digest()
