"""The heads of feeds that athletes share, for the stream of a coach's phone.

Rights and rows are those of `GET /v1/feeds/heads`: the same code under the same wall.
"""

from collections.abc import Collection, Mapping
from uuid import UUID

from django.utils import timezone

from apps.coaching.selectors import coaches_among
from apps.coaching.services.feeds import HeadsLine, shared_heads
from apps.sync.live.threaded import InThread
from backend.feed.head import Head

KEPT_LINES = 200_000  # more than the open streams of a process see, or it would forget all the time
AT_ONCE = 50  # coaches in one round trip


class SharedHeads:
    """Reads for many people, each coach under their own wall; for others nothing is asked."""

    def __init__(self) -> None:
        self._in_thread = InThread("shared-heads")
        # What this process has written into athletes' access logs already: a line stands for a
        # day, and streams are read anew all the time.
        self._written: set[HeadsLine] = set()

    async def __call__(self, viewers: Collection[UUID]) -> Mapping[UUID, Mapping[UUID, Head]]:
        """Return the heads of others' feeds that each of these people may see now."""
        return await self._in_thread(lambda: self._read(viewers))

    def _read(self, viewers: Collection[UUID]) -> dict[UUID, dict[UUID, Head]]:
        now = timezone.now()
        if len(self._written) > KEPT_LINES:
            self._written.clear()
        coaches = coaches_among(viewers)
        return {
            viewer: heads
            for start in range(0, len(coaches), AT_ONCE)
            for viewer, heads in shared_heads(
                readers=coaches[start : start + AT_ONCE], now=now, written=self._written
            ).items()
        }
