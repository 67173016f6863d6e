"""Either wall taken away: the app's filters, or the database's policies.

The app without its filters is one that mixes people up: whoever asks, its statements name the
athlete, by whose id the rows would come, while the database is told who really acts.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from django.db import connection
from django.utils import timezone

from apps.coaching import access, panel_sql
from apps.coaching.access import FeedInView, Granted, InView, TeamInView
from apps.coaching.categories import CONSENT_TEXT_VERSION, Category
from apps.coaching.models import AccessLine, ConsentGrant
from apps.common import statements
from apps.common.actor import acting_as
from tests.apps.matrix.cast import Cast

_WALLED = """
SELECT c.relname FROM pg_class c
WHERE c.relrowsecurity AND c.relnamespace = 'public'::regnamespace ORDER BY 1
"""
# What says who acts, and the people themselves, who are behind no wall.
_TRUE, _PEOPLE = "mechanostat.actor", '"accounts_user"'
# The conditions of the roster's own, in SQL.
_OF_THE_ROSTER = "WHERE s.team_id = %(team)s::uuid AND s.archived_at IS NULL"


def walled_tables() -> set[str]:
    """Return the tables behind row-level security."""
    with connection.cursor() as cursor:
        cursor.execute(_WALLED)
        return {name for (name,) in cursor.fetchall()}


@contextmanager
def no_policies(owner_sql: Any) -> Iterator[None]:
    """Switch row-level security off on every table that has it, whatever happens back on."""
    tables = sorted(walled_tables())
    assert len(tables) > 25
    try:
        owner_sql(";".join(f"ALTER TABLE {one} DISABLE ROW LEVEL SECURITY" for one in tables))
        yield
    finally:
        owner_sql(";".join(f"ALTER TABLE {one} ENABLE ROW LEVEL SECURITY" for one in tables))


@contextmanager
def taken_for(asker: uuid.UUID, other: uuid.UUID) -> Iterator[None]:
    """Let every statement that names the asker name another; the database knows who acts."""
    trip = statements._trip

    def mixed_up(raw: Any, calls: Any) -> Any:
        told = [
            call
            if not call.params
            else statements.Call(
                call.statement,
                {**call.params, "actor": str(asker)}
                if _TRUE in call.statement and "actor" in call.params
                else _swapped(call.params, asker, other),
            )
            for call in calls
        ]
        return trip(raw, told)

    def wrapper(execute: Any, statement: Any, params: Any, many: bool, context: Any) -> Any:
        if execute is statements.seen or _PEOPLE in str(statement):
            return execute(statement, params, many, context)
        return execute(statement, _swapped(params, asker, other), many, context)

    with patch.object(statements, "_trip", mixed_up), connection.execute_wrapper(wrapper):
        yield


def _swapped(value: Any, one: uuid.UUID, other: uuid.UUID) -> Any:
    if isinstance(value, dict):
        return {name: _swapped(part, one, other) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return type(value)([_swapped(part, one, other) for part in value])
    if isinstance(value, uuid.UUID):
        return other if value == one else value
    if isinstance(value, str):
        return value.replace(str(one), str(other)).replace(one.hex, other.hex)
    return value


@contextmanager
def everybody_may(cast: Cast) -> Iterator[None]:
    """Let `access` and the roster allow everybody everything of the athlete.

    The log, whose line about somebody who does not share the database refuses, stands. Its
    refusal is a wall of its own; see `unlogged`.
    """
    ends_at = timezone.now() + timedelta(days=1)
    owner = cast.owner.id
    with acting_as(owner):
        grants = ConsentGrant.objects.filter(athlete_id=owner, team_id=cast.team_of("KA"))
        since = grants.latest("granted_at").shared_since

    def granted(team_id: uuid.UUID) -> Granted:
        everything = frozenset(Category)
        return Granted(
            owner, "Owner Athlete", team_id, everything, ends_at, since, CONSENT_TEXT_VERSION
        )

    def any_team(viewer: uuid.UUID, team_id: uuid.UUID) -> InView:
        team = TeamInView(team_id, "A team", "head")
        return InView(team, (team,), {owner: granted(team_id)})

    def anybody(
        viewer: uuid.UUID, athlete_id: uuid.UUID, category: object, *, team_id: Any = None
    ) -> Granted:
        return granted(team_id)

    def every_feed(viewer: uuid.UUID, athletes: Any = None) -> dict[uuid.UUID, FeedInView]:
        grants = (granted(uuid.UUID(cast.team_of("KA"))),)
        return {owner: FeedInView(owner, grants, grants)}

    start = panel_sql.PANEL.index("seen AS MATERIALIZED")
    end = panel_sql.PANEL.index("tagged AS MATERIALIZED")
    everybody = (
        "seen AS MATERIALIZED (SELECT u.id AS athlete_id, u.display_name AS name, "
        "u.display_name AS sorted_name, ARRAY[{}]::text[] AS categories, "
        "now() + interval '1 day' AS ends_at, '{}'::timestamptz AS shared_since, "
        "'2027-02' AS text_version "
        "FROM accounts_user u WHERE u.id = '{}'),\n"
    ).format(", ".join(f"'{one.value}'" for one in Category), since.isoformat(), owner)
    roster = panel_sql.PANEL[:start] + everybody + panel_sql.PANEL[end:]
    seat = "WHERE m.user_id = %(viewer)s::uuid"
    assert seat in roster
    with (
        patch.object(access, "team_in_view", any_team),
        patch.object(access, "athlete_for", anybody),
        patch.object(access, "feeds_in_view", every_feed),
        patch.object(
            panel_sql, "PANEL", roster.replace(seat, "WHERE %(viewer)s::uuid IS NOT NULL")
        ),
    ):
        yield


@contextmanager
def unlogged() -> Iterator[None]:
    """Let looks go on without their line in the log, so that reads must hold alone."""
    with patch.object(AccessLine.objects, "bulk_create", lambda *_, **__: []):
        yield
