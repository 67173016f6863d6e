"""Reads for third parties and for the athlete who let them in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from oauth2_provider.models import (
    get_refresh_token_model,
)

from apps.common.paging import Place
from apps.insights.selectors import observations_of, sessions_of
from apps.integrations.models import CodeExchange
from apps.integrations.scopes import SCOPES
from backend.readmodels import Observation, SessionLoad

MOST_OBSERVATIONS = 5_000  # of one analyte of one person: daily for over a decade
MOST_TIES = 50  # workouts recorded as starting at the very same instant


@dataclass(frozen=True)
class Connection:
    """A client that an athlete let in, what it may read and until when."""

    client_id: str
    name: str
    allows: tuple[str, ...]
    since: datetime
    until: datetime


def observations_page(
    *, owner: UUID, analyte: str, limit: int, after: Place | None
) -> tuple[list[Observation], Place | None]:
    """Return results newest first, and where the next page begins."""
    if after is None:
        rows = observations_of(owner=owner, analyte=analyte, limit=limit + 1)
    else:
        every = observations_of(owner=owner, analyte=analyte, limit=MOST_OBSERVATIONS)
        rows = [row for row in every if _follows(row.observed_at, row.record_id, after)]
    page = rows[:limit]
    return page, Place(page[-1].observed_at, page[-1].record_id) if len(rows) > limit else None


def sessions_page(
    *, owner: UUID, limit: int, after: Place | None
) -> tuple[list[SessionLoad], Place | None]:
    """Return rated workouts newest first, and where the next page begins."""
    # The selector cuts by start, exclusive; one microsecond more brings ties back.
    before = after.at + timedelta(microseconds=1) if after else None
    found = sessions_of(owner=owner, limit=limit + 1 + (MOST_TIES if after else 0), before=before)
    rows = [row for row in found if after is None or _follows(row.starts_at, row.record_id, after)]
    page = rows[:limit]
    return page, Place(page[-1].starts_at, page[-1].record_id) if len(rows) > limit else None


def _follows(at: datetime, record_id: UUID, place: Place) -> bool:
    """Return whether a row stands after a place: older, or as old with a greater id."""
    return at < place.at or (at == place.at and record_id > place.record_id)


def connections_of(*, owner: UUID) -> list[Connection]:
    """Return clients that can read this athlete's data now, newest first."""
    held = get_refresh_token_model().objects.filter(
        user_id=owner, revoked=None, access_token__isnull=False, application__ended_at=None
    )
    rows = held.values_list(
        "application__client_id", "application__name", "token_family", "access_token__scope"
    )
    begun = dict(
        CodeExchange.objects.filter(token_family__in=[row[2] for row in rows]).values_list(
            "token_family", "exchanged_at"
        )
    )
    lasting = timedelta(days=settings.OAUTH_CONNECTION_DAYS)
    connections = [
        Connection(
            client_id=client_id,
            name=name,
            since=begun[family],
            until=begun[family] + lasting,
            allows=tuple(words for scope, words in SCOPES.items() if scope in scopes.split()),
        )
        for client_id, name, family, scopes in rows
        if family in begun
    ]
    return sorted(connections, key=lambda connection: connection.since, reverse=True)
