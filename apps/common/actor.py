"""Who acts in a transaction: the setting row-level security reads.

Tables with personal rows are empty outside `acting_as`: the policies compare
`athlete_id` with a setting that lives as long as the transaction.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import Enum
from uuid import UUID

from django.db import DatabaseError, connection, transaction

from apps.common.statements import (
    BEGIN,
    BEGIN_SNAPSHOT,
    COMMIT,
    ROLLBACK,
    Call,
    Rows,
    run_all,
    send,
)
from apps.common.transactions import reading, send_ahead, writing

ACT = "SELECT set_config('mechanostat.actor', %(actor)s, true)"
ACT_AS_COACH = f"{ACT}, set_config('role', 'mechanostat_coach', true)"


class Wall(Enum):
    """The database role a transaction runs under, and so the set of its policies."""

    SELF = "mechanostat_app"
    COACH = "mechanostat_coach"


@contextmanager
def writing_as(actor_id: UUID) -> Iterator[None]:
    """Open a transaction like `acting_as`, in the round trip of its first statement.

    Must be outermost, too.
    """
    with reading():
        go_on_as(actor_id)
        with writing():
            yield


@contextmanager
def snapshot_as(actor_id: UUID) -> Iterator[None]:
    """Open a transaction that reads one instant and writes nothing, as `writing_as` does."""
    with reading():
        go_on_as(actor_id)
        with writing(begin=BEGIN_SNAPSHOT):
            yield


@contextmanager
def acting_as(actor_id: UUID, *, wall: Wall = Wall.SELF) -> Iterator[None]:
    """Open a transaction in which the database shows what ``actor_id`` may see.

    ``Wall.SELF`` shows the actor's own rows; ``Wall.COACH`` what athletes granted to the
    actor's teams. Must be outermost: an actor never changes within a transaction.
    """
    with transaction.atomic(durable=True):
        run_all([Call(ACT_AS_COACH if wall is Wall.COACH else ACT, {"actor": str(actor_id)})])
        yield


def go_on_as(actor_id: UUID) -> None:
    """Let the rest of a `reading` be done by somebody who is known already."""
    send_ahead(Call(ACT, {"actor": str(actor_id)}), lambda rows: None)


def read_as_each(asked: Sequence[tuple[UUID, Call]], *, wall: Wall) -> list[Rows]:
    """Return what each of these people is shown by a statement, all in one round trip.

    Each statement is a transaction of its own with its own actor, as in `acting_as`: policies
    that look the actor up once a statement would answer everybody as the first. Must be
    outermost.
    """
    if connection.in_atomic_block:
        raise RuntimeError("A transaction is open already.")
    act = ACT_AS_COACH if wall is Wall.COACH else ACT
    trip = [
        step
        for actor_id, call in asked
        for step in (BEGIN, Call(act, {"actor": str(actor_id)}), call, COMMIT)
    ]
    try:
        return run_all(trip)[2::4] if trip else []
    except DatabaseError:
        with suppress(DatabaseError):  # the first error tells more
            send([ROLLBACK])
        raise
