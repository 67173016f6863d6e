"""Readers that only pull: one that keeps every cursor it ever got, in all the ways one can pull."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple
from uuid import uuid4

import httpx2
import msgspec

from backend.feed.cursor import Cursor, decode
from tests.machine.device import Session
from tests.machine.history import History
from tests.machine.network import LINES, Network
from tests.machine.server import FeedRow

PAGES = 400
Way = Literal["page", "lines", "sync"]


class Portion(NamedTuple):
    """How much a reader takes at once, of which types, and how it asks."""

    rows: int = 500
    size: int = 1_048_576  # only `sync` can say so
    way: Way = "page"
    types: tuple[str, ...] = ()  # all of them


@dataclass
class Reader:
    """Pulls and keeps the cursors, to go on from any of them later."""

    network: Network
    session: Session
    history: History
    cursors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._http: httpx2.Client = self.network.client("reader")

    def look(self, *, start: int, portion: Portion, pages: int) -> None:
        """Read a few pages from the start or from a cursor kept before."""
        cursor = self.cursors[start % len(self.cursors)] if self.cursors and start else None
        for _ in range(pages):
            page = self.page(cursor, portion)
            if page is None:
                return
            cursor = page["cursor"]
            self.cursors.append(str(cursor))
            if page["complete"]:
                return

    def read_on(self, cursor: str, portion: Portion) -> list[dict[str, Any]] | None:
        """Return every row from ``cursor`` to the end; None when it has expired."""
        found = []
        place: str | None = cursor
        for _ in range(PAGES):
            page = self.page(place, portion)
            if page is None:
                return None
            found += page["rows"]
            place = page["cursor"]
            if page["complete"]:
                return found
        raise self.history.broken("I4 no skipping", f"{PAGES} pages and no end from {cursor}")

    def page(self, cursor: str | None, portion: Portion) -> dict[str, Any] | None:
        """Return one page, None when the server will not have the cursor or can not answer."""
        answer = (
            self._sync(cursor, portion) if portion.way == "sync" else self._get(cursor, portion)
        )
        if answer.status_code in (410, 503):
            return None
        assert answer.status_code == 200, answer.text
        page = _from_lines(answer.content) if portion.way == "lines" else answer.json()["page"]
        check_limits(self.history, [page], portion)
        return None if page["reset"] else page

    def _get(self, cursor: str | None, portion: Portion) -> httpx2.Response:
        query = {"max_rows": str(portion.rows)}
        query |= {"cursor": cursor} if cursor else {}
        query |= {"types": ",".join(portion.types)} if portion.types else {}
        return self._http.get(
            "http://testserver/v1/athletes/me/changes",
            params=query,
            headers={**self._headers(), "Accept": LINES if portion.way == "lines" else "*/*"},
        )

    def _sync(self, cursor: str | None, portion: Portion) -> httpx2.Response:
        return self._http.post(
            "http://testserver/v1/athletes/me/sync",
            json={
                "protocol": 1, "request": str(uuid4()), "cursor": cursor, "ops": [],
                "types": dict.fromkeys(portion.types, 99) or None,
                "page": {"max_rows": portion.rows, "max_bytes": portion.size},
            },
            headers=self._headers(),
        )  # fmt: skip

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.session.token}"}

    def forget(self) -> None:
        """Throw all cursors away."""
        self.cursors.clear()

    def lose_after(self, feed: FeedRow | None) -> None:
        """Throw away cursors into a future that a restore undid."""
        self.cursors = within(self.cursors, feed)


def check_limits(history: History, pages: Sequence[dict[str, Any]], portion: Portion) -> None:
    """Check that pages sent together hold no more than was asked for, or a single row."""
    rows = [row for page in pages for row in page["rows"]]
    size = sum(len(msgspec.json.encode(row.get("body"))) for row in rows)
    is_bounded = portion.way == "sync"
    if len(rows) > portion.rows or (is_bounded and len(rows) > 1 and size > portion.size):
        raise history.broken(
            "A page keeps its limits", f"{portion}: {len(rows)} rows of {size} bytes"
        )


def within(cursors: Sequence[str], feed: FeedRow | None) -> list[str]:
    """Return the cursors that a feed as restored still knows."""
    head = feed.head_seq if feed else 0
    return [text for text in cursors if place_of(text).furthest <= head]


def place_of(text: str) -> Cursor:
    """Return what a cursor says."""
    found = decode(text)
    assert found is not None, text
    return found


def _from_lines(content: bytes) -> dict[str, Any]:
    """Return a page that came a line at a time."""
    head, *rows, end = (msgspec.json.decode(line) for line in content.splitlines())
    return {
        "phase": head["head"]["phase"], "reset": head["head"]["reset"], "rows": rows,
        "complete": end["end"]["complete"], "cursor": end["end"]["cursor"],
    }  # fmt: skip
