"""What a summary rested on, kept beside it, so that two of them can be told apart."""

import hashlib
from datetime import date

import msgspec

DIGEST_CHARS = 16


class KeptInput(msgspec.Struct, frozen=True, array_like=True):
    """One input: what it is, the local day it is of, and a digest of what it said."""

    kind: str
    day: date | None
    digest: str


def input_of(kind: str, day: date | None, text: str) -> KeptInput:
    """Return an input out of its canonical text; what has no day may be dated as late as can be."""
    digest = hashlib.sha256(text.encode()).hexdigest()[:DIGEST_CHARS]
    return KeptInput(kind, None if day == date.max else day, digest)
