"""Readers that only pull: one that keeps every cursor it ever got, and a stranger."""

from dataclasses import dataclass, field
from typing import Any

import httpx2

from backend.feed.cursor import Cursor, decode
from tests.machine.device import Session
from tests.machine.history import History
from tests.machine.network import Network
from tests.machine.server import FeedRow

PAGES = 200


@dataclass
class Reader:
    """Pulls with ``GET /changes`` and keeps the cursors, to go on from any of them later."""

    network: Network
    session: Session
    history: History
    cursors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._http: httpx2.Client = self.network.client("reader")

    def look(self, *, start: int, rows: int, pages: int) -> None:
        """Read a few pages from the start or from a cursor kept before."""
        cursor = self.cursors[start % len(self.cursors)] if self.cursors and start else None
        for _ in range(pages):
            answer = self.page(cursor, rows)
            if answer is None:
                return
            cursor = answer["page"]["cursor"]
            self.cursors.append(str(cursor))
            if answer["page"]["complete"]:
                return

    def read_on(self, cursor: str, rows: int) -> list[dict[str, Any]] | None:
        """Return every row from ``cursor`` to the end; None when it has expired."""
        found = []
        place: str | None = cursor
        for _ in range(PAGES):
            answer = self.page(place, rows)
            if answer is None:
                return None
            found += answer["page"]["rows"]
            place = answer["page"]["cursor"]
            if answer["page"]["complete"]:
                return found
        raise self.history.broken("I4 no skipping", f"{PAGES} pages and no end from {cursor}")

    def page(self, cursor: str | None, rows: int) -> dict[str, Any] | None:
        """Return one page, None when the server will not have the cursor or can not answer."""
        query = {"max_rows": str(rows), **({"cursor": cursor} if cursor else {})}
        answer = self._http.get(
            "http://testserver/v1/athletes/me/changes",
            params=query,
            headers={"Authorization": f"Bearer {self.session.token}"},
        )
        if answer.status_code in (410, 503):
            return None
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def forget(self) -> None:
        """Throw all cursors away."""
        self.cursors.clear()

    def lose_after(self, feed: FeedRow | None) -> None:
        """Throw away cursors into a future that a restore undid."""
        head = feed.head_seq if feed else 0
        self.cursors = [text for text in self.cursors if _reach(text) <= head]


def place_of(text: str) -> Cursor:
    """Return what a cursor says."""
    found = decode(text)
    assert found is not None, text
    return found


def _reach(text: str) -> int:
    """Return the newest number a cursor says it has heard of."""
    return place_of(text).furthest
