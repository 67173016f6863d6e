"""Streams by what they hang on; a key without streams is not kept."""

from typing import TypeVar

K = TypeVar("K")
S = TypeVar("S")


def discard(index: dict[K, set[S]], key: K, stream: S) -> None:
    """Take a stream from under a key."""
    streams = index.get(key, set())
    streams.discard(stream)
    if not streams:
        index.pop(key, None)
