"""Who may follow which team's pages, and how these stand; asked anew all through a stream."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.accounts.sessions import person_of_session
from apps.coaching import access
from apps.coaching.categories import Category
from apps.coaching.noted import noted_state
from apps.common.actor import Wall, acting_as
from apps.common.errors import AppError
from apps.insights.selectors import panel_state


@dataclass(frozen=True)
class Look:
    """A browser that has a team's page open."""

    session_key: str
    team_id: UUID


@dataclass(frozen=True)
class PageState:
    """What the page would be made from: while it is the same, so is the page."""

    viewer_id: UUID
    shared: frozenset[tuple[UUID, frozenset[Category]]]
    panel: tuple[int, datetime | None]
    noted: tuple[int, int, int, str]

    @property
    def athletes(self) -> set[UUID]:
        """Return whose rows are on the page."""
        return {athlete_id for athlete_id, _ in self.shared}


def page_states(looks: Collection[Look]) -> dict[Look, PageState | AppError]:
    """Return how each page stands, or why its reader may not look: signed out, or no such team."""
    return {look: _state(look) for look in looks}


def _state(look: Look) -> PageState | AppError:
    try:
        viewer = person_of_session(look.session_key)
        with acting_as(viewer.id, wall=Wall.COACH):
            athletes = access.visible_athletes(viewer.id, look.team_id)
            panel = panel_state(athlete_ids=list(athletes))
            done = noted_state(team_id=look.team_id)
    except AppError as refusal:
        return refusal
    return PageState(viewer.id, frozenset(athletes.items()), panel, done)
