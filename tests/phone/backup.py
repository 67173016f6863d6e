"""A backup of one athlete's feed and its restore: what came after it is gone, marks included.

Real base backups and their restores are the state machine's; here only the feed's own rows
travel back in time, which is what a phone can see of it.
"""

from dataclasses import dataclass
from uuid import UUID

import psycopg
from psycopg import sql

from apps.common.actor import acting_as
from apps.sync.erasing import erase_feed
from config import embedded
from config.embedded.postgres import SUPERUSER
from tests.conftest import DATABASE, HOME

TABLES = ("sync_feed", "sync_record", "sync_log", "recompute_queue")


@dataclass(frozen=True)
class Backup:
    """A feed's rows, table by table."""

    athlete: UUID
    rows: dict[str, bytes]


def take(athlete: UUID) -> Backup:
    """Return the feed as it stands."""
    with connected() as db, db.cursor() as cursor:
        rows = {}
        for table in TABLES:
            copy = sql.SQL(
                "COPY (SELECT * FROM {} WHERE athlete_id = {}) TO STDOUT (FORMAT BINARY)"
            ).format(sql.Identifier(table), sql.Literal(str(athlete)))
            with cursor.copy(copy) as told:
                rows[table] = b"".join(bytes(part) for part in told)
    return Backup(athlete, rows)


def restore(backup: Backup) -> None:
    """Put the feed back as it stood; whatever was written since is lost."""
    with connected() as db, db.cursor() as cursor:
        cursor.execute("DELETE FROM sync_feed WHERE athlete_id = %s", [backup.athlete])
        cursor.execute("SELECT set_config('mechanostat.feed', %s, true)", [str(backup.athlete)])
        for table, rows in backup.rows.items():
            copy = sql.SQL("COPY {} FROM STDIN (FORMAT BINARY)").format(sql.Identifier(table))
            with cursor.copy(copy) as told:
                told.write(rows)


def forget(athlete: UUID) -> None:
    """Take the feed back to before it was opened, as a restore of an older backup does."""
    with connected() as db:
        db.execute("DELETE FROM sync_feed WHERE athlete_id = %s", [athlete])


def erase(athlete: UUID) -> None:
    """Erase the feed as the service does; its next life has another epoch."""
    with acting_as(athlete):
        erase_feed(athlete)


def connected() -> psycopg.Connection:
    """Open a connection that no wall stands before."""
    servers = embedded.start(HOME)
    return psycopg.connect(embedded.postgres_url(servers, user=SUPERUSER, database=DATABASE))
