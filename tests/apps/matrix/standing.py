"""What stands in every table, past all walls: a count and a sum of each."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from config import embedded
from tests.conftest import DATABASE, HOME

# Pages prolong the sessions of whoever opens them.
APART = ("django_session", "django_migrations")
_TABLES = """
SELECT c.relname, EXISTS (
  SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'athlete_id')
FROM pg_class c
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND c.relnamespace = 'public'::regnamespace AND NOT c.relname = ANY (%s)
ORDER BY 1
"""
# Of people's tables the rows of these alone: earlier tests leave those of thousands.
_THEIRS = sql.SQL("WHERE t.athlete_id = ANY (%(people)s)")
_SUM = sql.SQL(
    "SELECT {name}, count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM {table} t {theirs}"
)
_HOLDING = sql.SQL(
    "SELECT {name} FROM {table} t WHERE (to_jsonb(t) - %(without)s::text[])::text ~ %(word)s"
)


def standing(people: Collection[UUID]) -> dict[str, tuple[int, int]]:
    """Return the count of rows and their sum, by table; equal sums mean equal rows.

    Args:
        people: whose rows are looked at in tables that name an athlete; of others all.
    """
    found = _ask(_SUM, people=list(people))
    return {name: (count, total) for name, count, total in found}


def tables_holding(word: str, *, without: Sequence[str] = ()) -> set[str]:
    """Return the tables in which a pattern of text stands, in other columns than these."""
    return {str(name) for (name,) in _ask(_HOLDING, word=word, without=list(without))}


def rows_of(statement: str) -> list[tuple[Any, ...]]:
    """Return what a statement finds."""
    with admin() as connected:
        return list(connected.execute(statement.encode()))


def admin() -> psycopg.Connection[tuple[Any, ...]]:
    """Connect as the superuser, before whom no wall stands."""
    address = str(embedded.status(HOME)["admin_dsn"])
    return psycopg.connect(address, dbname=DATABASE, autocommit=True)


def _ask(statement: sql.SQL, **params: Any) -> list[tuple[Any, ...]]:
    """Ask the same of every table."""
    with admin() as connected:
        asked = [
            statement.format(
                name=sql.Literal(name),
                table=sql.Identifier(name),
                theirs=_THEIRS if is_of_people else sql.SQL(""),
            )
            for name, is_of_people in connected.execute(_TABLES, [list(APART)])
        ]
        return list(connected.execute(sql.SQL(" UNION ALL ").join(asked), params or None))


def moved(before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]) -> list[str]:
    """Return the tables that changed."""
    return [name for name in after if before.get(name) != after[name]]
