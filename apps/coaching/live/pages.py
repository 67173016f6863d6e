"""`GET /coach/teams/{team}/live`: news for the open pages of coaches, by session cookie."""

import asyncio
import logging
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from uuid import UUID

from django.conf import settings
from django.http import parse_cookie

from apps.accounts.sessions import PERSON_PREFIX, SignedOut, person_channel
from apps.coaching.announcing import TEAM_PREFIX, team_channel
from apps.coaching.live.origins import allow_headers, check_origin
from apps.coaching.live.rights import Look, PageState, page_states
from apps.coaching.live.stream import PageStream
from apps.common.errors import AppError
from apps.insights.announcing import panel_channel
from apps.sync.errors import StreamsFull, TooManyStreams
from apps.sync.live.announcements import Announcements
from apps.sync.live.answers import Message
from apps.sync.live.gathered import Gathered
from apps.sync.live.index import discard
from apps.sync.live.kinds import Header
from apps.sync.live.rereading import AT_ONCE, Rereading
from apps.sync.live.stream import Pace
from apps.sync.live.threaded import InThread

logger = logging.getLogger(__name__)

PATH = "/coach/teams/{team}/live"
_PATH = re.compile(PATH.format(team="([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"))
# How the pages of these people stand, or why they may not look.
ReadPages = Callable[[Collection[Look]], Awaitable[Mapping[Look, PageState | AppError]]]


class PageStreams:
    """Passes on that a page changed: announced at once, what was lost by reading.

    Rights and rows are read when a stream opens, when its team or its reader's session is said
    to have changed, and every ``check_s`` in any case: grants also run out by themselves.
    """

    def __init__(
        self, pace: Pace, *, read: ReadPages | None = None, redis_url: str | None = None
    ) -> None:
        self._pace = pace
        self.announcements = Announcements(
            redis_url or settings.REDIS_URL,
            patience_s=pace.poll_s,
            heard=self.hear,
            joined=self._joined,
        )
        in_thread = InThread("page-states")
        self._read = read or (lambda looks: in_thread(lambda: page_states(looks)))
        self._ask = Gathered(self._read_and_show, at_once=AT_ONCE)
        self._is_ending = False
        self._streams: dict[Look, set[PageStream]] = {}
        self._listeners: dict[str, set[PageStream]] = {}
        self._sessions: Counter[str] = Counter()
        self._again = Rereading(
            pace=pace,
            announcements=self.announcements,
            look=self.look,
            standing=self._streams.keys(),
        )

    def claims(self, path: str) -> bool:
        """Return whether this is the address of a team's news."""
        return _PATH.fullmatch(path) is not None

    def headers(self, scope: Message) -> Sequence[Header]:
        """Return what lets pages read the answer that are served beside this process."""
        return allow_headers(dict(scope["headers"]))

    async def opened(self, scope: Message) -> PageStream:
        """Return a stream for the browser that asks.

        Raises ``CrossSite``, ``SignedOut``, ``NotFound``, ``TooManyStreams``, ``StreamsFull``.
        """
        headers, found = dict(scope["headers"]), _PATH.fullmatch(scope["path"])
        assert found is not None  # noqa: S101 (claimed before)
        check_origin(headers)
        cookies = parse_cookie(headers.get(b"cookie", b"").decode("latin-1"))
        session_key = cookies.get(settings.SESSION_COOKIE_NAME, "")
        if not session_key:
            raise SignedOut
        ends_at = asyncio.get_running_loop().time() + self._pace.lifetime()
        stream = PageStream(Look(session_key, UUID(found[1])), ends_at=ends_at)
        await self.open(stream)
        return stream

    async def open(self, stream: PageStream) -> None:
        """Admit a stream and have it told how its page stands; see `opened` for what is raised."""
        session_key = stream.look.session_key
        if self._is_ending or self._sessions.total() >= self._pace.per_process:
            raise StreamsFull
        if self._sessions[session_key] >= self._pace.per_device:
            raise TooManyStreams
        self._sessions[session_key] += 1
        self._streams.setdefault(stream.look, set()).add(stream)
        try:
            found = (await self._ask([stream.look]))[stream.look]
            if isinstance(found, AppError):
                raise found
            await self.announcements.follow(stream.channels)
        except BaseException:
            self.close(stream)
            raise

    def close(self, stream: PageStream) -> None:
        """Forget a stream."""
        stream.end()
        session_key = stream.look.session_key
        self._sessions[session_key] -= 1
        if not self._sessions[session_key]:
            del self._sessions[session_key]
        discard(self._streams, stream.look, stream)
        for channel in stream.channels:
            discard(self._listeners, channel, stream)

    def end_all(self) -> None:
        """Let every stream end, and open no more."""
        self._is_ending = True
        for streams in self._streams.values():
            for stream in streams:
                stream.end()

    def keepers(self) -> Sequence[Callable[[], Awaitable[None]]]:
        """Return the listening, the reading and the looking after rights."""
        return self.announcements.run, self._again.run, self.keep_rights

    def hears(self) -> bool:
        """Return whether announcements come in."""
        return self.announcements.have_stood_for(0)

    async def look(self, looks: Collection[Look]) -> None:
        """Read how these pages stand, and show it to their streams."""
        if looks:
            await self._ask(looks)
            streams = [stream for look in looks for stream in self._streams.get(look, ())]
            channels = {channel for stream in streams for channel in stream.channels}
            await self.announcements.follow(channels)

    async def keep_rights(self) -> None:
        """For ever: read all pages again from time to time."""
        while True:
            await asyncio.sleep(self._pace.check_s)
            await self.announcements.leave_all_but(self._listeners.keys())
            self._again.ask(self._streams)

    def hear(self, channel: str, text: str) -> None:
        """Take an announcement: a change to tell of, and perhaps of rights."""
        streams = self._listeners.get(channel, set())
        if channel.startswith((TEAM_PREFIX, PERSON_PREFIX)):
            self._again.ask(stream.look for stream in streams)
        if not channel.startswith(PERSON_PREFIX):
            for stream in streams:
                stream.changed()

    def _joined(self, channel: str) -> None:
        self._again.ask(stream.look for stream in self._listeners.get(channel, ()))

    async def _read_and_show(self, looks: Collection[Look]) -> Mapping[Look, PageState | AppError]:
        found = await self._read(looks)
        for look, state in found.items():
            streams = self._streams.get(look, ())
            if isinstance(state, AppError):
                for stream in streams:
                    stream.refuse(state)
            # A page of thousands has as many channels, and mostly nothing changed.
            elif any(stream.state != state for stream in streams):
                self._show(streams, state, _channels(look, state))
        return found

    def _show(
        self, streams: Iterable[PageStream], state: PageState, channels: frozenset[str]
    ) -> None:
        for stream in streams:
            for gone in stream.channels - channels:
                discard(self._listeners, gone, stream)
            for fresh in channels - stream.channels:
                self._listeners.setdefault(fresh, set()).add(stream)
            stream.show(state, channels)


def _channels(look: Look, state: PageState) -> frozenset[str]:
    """Return where changes of a page are announced."""
    rows = (panel_channel(athlete_id) for athlete_id in state.athletes)
    return frozenset((team_channel(look.team_id), person_channel(state.viewer_id), *rows))
