"""What the live process reads: who holds a token, and where feeds stand.

Each question is one statement for any number of people, in a transaction of its own, as the
app's role and so under row-level security.
"""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection
from psycopg_pool import AsyncConnectionPool

from apps.accounts.access import HOLDERS, Holder
from apps.sync import selecting_sql, sql
from backend.feed.head import Head

POOL_SIZE = 2  # one for tokens, one for heads: each is asked one statement at a time
PATIENCE_S = 5.0

Pool = AsyncConnectionPool[psycopg.AsyncConnection[tuple[Any, ...]]]


class Database:
    """Reads over a small pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def holders(self, digests: Collection[bytes]) -> dict[bytes, Holder]:
        """Return who holds these tokens; unknown ones are missing."""
        listed = sql.array([f"\\\\x{digest.hex()}" for digest in digests])
        rows = await self._run(HOLDERS, {"digests": listed})
        return {bytes(row[0]): Holder(*row[1:]) for row in rows}

    async def own_heads(self, viewers: Collection[UUID]) -> dict[UUID, dict[UUID, Head]]:
        """Return the head of each of these people's own feed."""
        rows = await self._run(selecting_sql.OWN_HEADS, {"viewers": sql.array(list(viewers))})
        moved = {athlete_id: Head(seq, mark) for athlete_id, seq, mark in rows}
        # A feed not yet used has no row, and is still its owner's.
        return {viewer: {viewer: moved.get(viewer, Head())} for viewer in viewers}

    async def answers(self) -> bool:
        """Return whether the database can be asked."""
        try:
            await self._run("SELECT 1", {})
        except psycopg.Error:
            return False
        return True

    async def _run(self, statement: str, params: dict[str, object]) -> list[tuple[Any, ...]]:
        async with self._pool.connection() as raw, raw.cursor() as cursor:
            await cursor.execute(statement.encode(), params, prepare=True)
            return await cursor.fetchall()


@asynccontextmanager
async def open_database() -> AsyncIterator[Database]:
    """Open the pool on the service's own database; it may be away for now."""
    params = connection.get_connection_params()
    options = {name: params[name] for name in params if name not in ("context", "cursor_factory")}
    pool: Pool = AsyncConnectionPool(
        kwargs={**options, "autocommit": True},
        min_size=1,
        max_size=POOL_SIZE,
        timeout=PATIENCE_S,
        open=False,
    )
    async with pool:
        yield Database(pool)
