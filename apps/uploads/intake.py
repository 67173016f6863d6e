"""Bytes on their way in: read in small pieces, counted and hashed while they pass."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, BinaryIO

from apps.uploads.storage import CHUNK_BYTES, Source
from backend.blobs.tus import HASHES, Checksum

if TYPE_CHECKING:
    from hashlib import _Hash


class Body:
    """A request's body, straight from the network; ``length`` as the client told it, if it did.

    A connection that was cut looks like an end: only a told length makes it visible.
    """

    def __init__(self, stream: BinaryIO, *, length: int | None) -> None:
        self.length = length
        self.taken = 0
        self._stream = stream

    @property
    def is_short(self) -> bool:
        """Whether fewer bytes came than were told."""
        return self.length is not None and self.taken < self.length

    def read(self, size: int = CHUNK_BYTES, /) -> bytes:
        """Return up to ``size`` bytes; none at the end."""
        wanted = size if self.length is None else min(size, self.length - self.taken)
        try:
            chunk = self._stream.read(wanted) if wanted > 0 else b""
        except OSError:  # the client went away
            return b""
        self.taken += len(chunk)
        return chunk


class Piece:
    """At most ``room`` bytes of a body, and before them the bytes they are stored together with."""

    def __init__(
        self, body: Source, *, room: int, before: Iterable[bytes], checked: "_Hash | None"
    ) -> None:
        self.fresh = 0
        self._body = body
        self._room = room
        self._before = before
        self._checked = checked
        # Read ahead: whether anything came must be known before a piece is stored.
        self._ahead = self._take()

    @property
    def is_empty(self) -> bool:
        """Whether nothing came."""
        return self.fresh == 0

    def __iter__(self) -> Iterator[bytes]:
        """Yield all of it, once, taking from the body on the way."""
        yield from self._before
        chunk = self._ahead
        while chunk:
            yield chunk
            chunk = self._take()

    def _take(self) -> bytes:
        chunk = self._body.read(min(CHUNK_BYTES, self._room - self.fresh))
        self.fresh += len(chunk)
        if self._checked is not None:
            self._checked.update(chunk)
        return chunk


class Joined:
    """Chunks as one source; knows size and SHA-256 of what has passed."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self.size = 0
        self._chunks = iter(chunks)
        self._left = b""
        self._sha256 = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """The digest in hexadecimal."""
        return self._sha256.hexdigest()

    def read(self, size: int = -1, /) -> bytes:
        """Return up to ``size`` bytes, a chunk where none is told; none at the end."""
        chunk = self._left or next(self._chunks, b"")
        wanted = len(chunk) if size < 0 else size
        chunk, self._left = chunk[:wanted], chunk[wanted:]
        self.size += len(chunk)
        self._sha256.update(chunk)
        return chunk


def hash_for(checksum: Checksum | None) -> "_Hash | None":
    """Return what a piece with this checksum is measured with."""
    return HASHES[checksum.algorithm]() if checksum else None
