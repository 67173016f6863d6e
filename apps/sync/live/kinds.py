"""What the live process asks of a kind of streams; higher apps hand in kinds of their own."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Protocol, TypeVar
from uuid import UUID

from apps.sync.live.answers import Message
from apps.sync.live.stream import EventStream
from backend.feed.head import Head

S = TypeVar("S", bound=EventStream)
Header = tuple[bytes, bytes]
# The heads of others' feeds each of these people may see; whoever sees none may be missing.
SharedHeads = Callable[[Collection[UUID]], Awaitable[Mapping[UUID, Mapping[UUID, Head]]]]


class Kind(Protocol[S]):
    """Streams of one address, with the rights and the news that belong to them."""

    def claims(self, path: str) -> bool:
        """Return whether this kind answers at ``path``."""

    async def opened(self, scope: Message) -> S:
        """Return a stream for a request; `close` it when its reader is gone.

        Raises what the request is to be refused with; then there is nothing to close.
        """

    def close(self, stream: S) -> None:
        """Forget a stream."""

    def headers(self, scope: Message) -> Sequence[Header]:
        """Return what an answer carries besides every stream's headers."""

    def keepers(self) -> Sequence[Callable[[], Awaitable[None]]]:
        """Return what has to run as long as the process does."""

    def hears(self) -> bool:
        """Return whether announcements come in."""

    def end_all(self) -> None:
        """Let every stream end, and open no more."""
