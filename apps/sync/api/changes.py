"""Pull only: a page as JSON, or line by line."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar
from urllib.parse import urlencode

import msgspec
from django.http import HttpRequest
from django.utils import timezone

from apps.common.answers import JSON, Answer, encoded, has_tag
from apps.common.queries import whole_number
from apps.common.transactions import reading
from apps.sync.api.base import FeedView
from apps.sync.pages import Pulled
from apps.sync.reader import pull_page
from backend.feed.reading import StreamEnd, StreamHead, StreamLine
from backend.feed.wire import ChangesResponse, PageRequest

LINES = "application/x-ndjson"
MAX_ROWS = 2_000


class ChangesView(FeedView):
    """What is new after a cursor."""

    parameters: ClassVar[frozenset[str]] = frozenset({"cursor", "types", "max_rows"})
    offers: ClassVar[tuple[str, ...]] = (JSON, LINES)

    def get(self, request: HttpRequest, athlete: str) -> Answer:
        """Answer with the page after the cursor, or 304 when the client has that page."""
        now = timezone.now()
        with reading():
            caller = self.owner(request, athlete, now)
            pulled = pull_page(
                athlete_id=caller.athlete_id,
                cursor=self.query.get("cursor"),
                types=self.query["types"].split(",") if "types" in self.query else None,
                page=PageRequest(
                    max_rows=whole_number(
                        self.query, "max_rows", default=500, least=1, most=MAX_ROWS
                    )
                ),
                device_id=caller.device_id,
                restarts=False,
            )
        tag = self._tag(pulled)
        if has_tag(request, tag):
            answer = Answer(304, {"Cache-Control": "no-store"})
        elif self.media == LINES:
            headers = {"Content-Type": LINES, "Cache-Control": "no-store"}
            answer = Answer(200, headers, _lines(pulled, now))
        else:
            answer = encoded(
                ChangesResponse(
                    epoch=pulled.epoch,
                    witness=pulled.witness,
                    page=pulled.page,
                    derived=pulled.derived,
                    server_time=now,
                    next_poll_s=pulled.next_poll_s,
                )
            )
        answer.headers["ETag"] = tag
        answer.headers["Vary"] = "Accept, Authorization"
        if not pulled.page.complete:
            following = urlencode({**self.query, "cursor": pulled.page.cursor})
            answer.headers["Link"] = f'<{request.path}?{following}>; rel="next"'
        return answer

    def _tag(self, pulled: Pulled) -> str:
        """Return what stands for this page: the feed's state and the question asked."""
        parts = (
            pulled.epoch.int,
            pulled.witness.seq,
            pulled.witness.mark,
            pulled.derived.state,
            pulled.derived.covers_seq,
            pulled.page.reset,
            self.media,
            sorted(self.query.items()),
        )
        return f'W/"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def _lines(pulled: Pulled, now: datetime) -> Iterator[bytes]:
    """Yield a page a line at a time: its head, its rows, its end."""
    page = pulled.page
    encode = msgspec.json.encode
    head = StreamHead(pulled.epoch, pulled.witness, page.phase, page.reset)
    yield encode(StreamLine(head=head)) + b"\n"
    for row in page.rows:
        yield encode(row) + b"\n"
    end = StreamEnd(page.complete, page.cursor, pulled.derived, now, pulled.next_poll_s)
    yield encode(StreamLine(end=end)) + b"\n"
