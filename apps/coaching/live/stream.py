"""One open page's stream: that something changed, and at the end why there is no more."""

import secrets

from apps.coaching.live.rights import Look, PageState
from apps.common.errors import AppError
from apps.sync.live.stream import EventStream, Pace

GATHER_S = 1.0  # between two events: a page is fetched whole
MARK_BYTES = 8


class PageStream(EventStream):
    """It tells nothing of what changed: the page asks, with its reader's rights of that moment."""

    __slots__ = ("_has_changed", "_refusal", "channels", "look", "state")

    def __init__(self, look: Look, *, ends_at: float) -> None:
        super().__init__(ends_at=ends_at)
        self.look = look
        self.state: PageState | None = None
        self.channels: frozenset[str] = frozenset()
        self._has_changed = False
        self._refusal: AppError | None = None

    def gather_s(self, pace: Pace) -> float:
        """Return how long after an event the next one waits."""
        return max(pace.coalesce_s, GATHER_S)

    def show(self, state: PageState, channels: frozenset[str]) -> None:
        """Take how the page stands; the first time, too, since it was made a while before."""
        if state != self.state:
            self.state = state
            self.changed()
        self.channels = channels

    def changed(self) -> None:
        """Take it that the page would be another one now."""
        self._has_changed = True
        self.has_news()

    def refuse(self, refusal: AppError) -> None:
        """End, and say that the reader may not look any more."""
        self._refusal = refusal
        self.end()

    def take(self) -> bytes:
        """Return the event if there is something to fetch; its mark means nothing."""
        if not self._has_changed or self._refusal is not None:
            return b""
        self._has_changed = False
        return b"event: panel\ndata: %s\n\n" % secrets.token_hex(MARK_BYTES).encode()

    def last_word(self) -> bytes:
        """Return that the right ended, if it did; a lifetime that is over needs no word."""
        if self._refusal is None:
            return b""
        return b"event: gone\ndata: %s\n\n" % self._refusal.code.encode()
