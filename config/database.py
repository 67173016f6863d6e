"""Roles and the database itself, made once per cluster by its administrator.

Three roles: the owner migrates and owns the tables; the app serves requests and works
queues under row-level security; the coach role is entered by the app for one transaction
(`SET LOCAL ROLE`) and sees what athletes granted.
"""

import psycopg
from psycopg import sql

ROLES = {
    "mechanostat_owner": "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB",
    "mechanostat_app": "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOINHERIT",
    "mechanostat_coach": "NOLOGIN NOSUPERUSER NOBYPASSRLS",
}
# Limits per role; they hold behind a pooler too. `synchronous_commit` on: an acknowledged
# push survives a crash.
LIMITS = {
    "mechanostat_app": {
        "statement_timeout": "20s",
        "lock_timeout": "3s",
        "idle_in_transaction_session_timeout": "10s",
        "synchronous_commit": "on",
        "timezone": "UTC",
        "plan_cache_mode": "force_generic_plan",
        # Pages are read in the order of an index. On few or old statistics a bitmap and a sort
        # look cheaper, and then every page reads the whole rest of a long feed.
        "enable_bitmapscan": "off",
    },
    "mechanostat_owner": {"lock_timeout": "5s", "timezone": "UTC"},
}


def prepare_cluster(admin_dsn: str, *, database: str) -> None:
    """Make the roles and ``database`` if they are not there; safe to repeat and to race."""
    with psycopg.connect(admin_dsn, autocommit=True) as connection:
        # One preparer at a time; session lock, since CREATE DATABASE refuses a transaction.
        connection.execute("SELECT pg_advisory_lock(%s)", [0x4D53])
        for role, attributes in ROLES.items():
            _ensure_role(connection, role, attributes)
        connection.execute("GRANT mechanostat_coach TO mechanostat_app")
        exists = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [database]
        ).fetchone()
        if not exists:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER mechanostat_owner").format(
                    sql.Identifier(database)
                )
            )


def _ensure_role(
    connection: psycopg.Connection[tuple[object, ...]], role: str, attributes: str
) -> None:
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    verb = "ALTER" if known else "CREATE"
    connection.execute(
        sql.SQL("{} ROLE {} {}").format(sql.SQL(verb), sql.Identifier(role), sql.SQL(attributes))
    )
    for setting, value in LIMITS.get(role, {}).items():
        connection.execute(
            sql.SQL("ALTER ROLE {} SET {} = {}").format(
                sql.Identifier(role), sql.Identifier(setting), sql.Literal(value)
            )
        )
