"""The same thing imported twice: which of two versions of a source is the newer one."""

from typing import Literal

import msgspec
from msgspec import Raw


class _Source(msgspec.Struct):
    """Identity and version at the source."""

    system: str | None = None
    external_id: str | None = None
    version: int | None = None


class _Imported(msgspec.Struct):
    """The part of a body that says which import it came from."""

    source: _Source | None = None


def compare_imports(current: bytes, sent: bytes | Raw) -> Literal["known", "newer"] | None:
    """Return how ``sent`` stands to ``current``; None when they are not one source's versions.

    A lower or equal version is known: what a reinstalled app sends again changes nothing.
    """
    try:
        ours = msgspec.json.decode(current, type=_Imported).source
        theirs = msgspec.json.decode(sent, type=_Imported).source
    except msgspec.DecodeError:
        return None
    if ours is None or theirs is None or ours.version is None or theirs.version is None:
        return None
    if theirs.external_id is None:
        return None
    if (ours.system, ours.external_id) != (theirs.system, theirs.external_id):
        return None
    return "newer" if theirs.version > ours.version else "known"


def version_text(body: bytes) -> str:
    """Return the version at the source that a body came from, as text."""
    source = msgspec.json.decode(body, type=_Imported).source
    return str(source.version) if source is not None else ""
