"""A coach who pulls the feeds of two athletes together, as far as each of them shares."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx2

from tests.machine.device import Session
from tests.machine.history import History
from tests.machine.network import Network
from tests.machine.readers import PAGES, Portion, check_limits, within
from tests.machine.server import FeedRow

Places = dict[UUID, str | None]
FEEDS = "http://testserver/v1/feeds/changes"
HEADS = "http://testserver/v1/feeds/heads"


@dataclass
class Coach:
    """Keeps every cursor of every feed, to go on from any of them later."""

    network: Network
    session: Session
    history: History
    athletes: Sequence[UUID]
    cursors: dict[UUID, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._http: httpx2.Client = self.network.client("coach")

    def look(self, *, start: int, portion: Portion, pages: int) -> None:
        """Read a few pages of all feeds, each from its start or from a cursor kept before."""
        places = self.places(start)
        for _ in range(pages):
            told = self.page(places, portion)
            for athlete, page in (told or {}).items():
                places[athlete] = page["cursor"]
                self.cursors.setdefault(athlete, []).append(page["cursor"])
            if not told or all(page["complete"] for page in told.values()):
                return

    def places(self, start: int) -> Places:
        """Return one cursor of each feed, or None for its start."""
        known = {athlete: self.cursors.get(athlete, []) for athlete in self.athletes}
        return {
            athlete: cursors[(start + number) % len(cursors)] if cursors and start else None
            for number, (athlete, cursors) in enumerate(known.items())
        }

    def read_on(self, places: Places, portion: Portion) -> dict[UUID, list[dict[str, Any]]]:
        """Return every row of each feed after its place; no feed that had to start over."""
        places = dict(places)
        found: dict[UUID, list[dict[str, Any]]] = {athlete: [] for athlete in places}
        for _ in range(PAGES):
            pages = self.page(places, portion)
            if pages is None:
                raise self.history.broken("I4 no skipping", "feeds can not be read in peace")
            for athlete in list(places):
                page = pages.get(athlete)
                if page is None or page["reset"]:
                    del places[athlete], found[athlete]
                    continue
                found[athlete] += page["rows"]
                places[athlete] = page["cursor"]
            if all(pages[athlete]["complete"] for athlete in places):
                return found
        raise self.history.broken("I4 no skipping", f"{PAGES} pages of feeds and no end: {places}")

    def page(self, places: Places, portion: Portion) -> dict[UUID, dict[str, Any]] | None:
        """Return one page of each feed that can be read; None when the server can not answer."""
        answer = self._http.post(
            FEEDS,
            json={
                "protocol": 1, "request": str(uuid4()),
                "feeds": [{"athlete": str(a), "cursor": c} for a, c in places.items()],
                "page": {"max_rows": portion.rows, "max_bytes": portion.size},
            },
            headers=self._headers(),
        )  # fmt: skip
        if answer.status_code == 503:
            return None
        assert answer.status_code == 200, answer.text
        parts = answer.json()["feeds"]
        if [part["athlete"] for part in parts] != [str(athlete) for athlete in places]:
            raise self.history.broken("One part for each feed, in order", str(parts))
        pages = {UUID(part["athlete"]): part["page"] for part in parts if part["status"] == 200}
        check_limits(self.history, list(pages.values()), portion)
        return pages

    def heads(self) -> dict[UUID, str]:
        """Return the heads of the athletes' feeds."""
        answer = self._http.get(HEADS, headers=self._headers())
        assert answer.status_code == 200, answer.text
        heads = {UUID(feed["athlete"]): feed["head"] for feed in answer.json()["feeds"]}
        return {athlete: head for athlete, head in heads.items() if athlete in self.athletes}

    def forget(self, athlete: UUID) -> None:
        """Throw the cursors of a feed away."""
        self.cursors.pop(athlete, None)

    def lose_after(self, athlete: UUID, feed: FeedRow | None) -> None:
        """Throw away cursors of a feed into a future that a restore undid."""
        self.cursors[athlete] = within(self.cursors.get(athlete, []), feed)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.session.token}"}
