"""Addresses of PostgreSQL and Redis: the operator's, or embedded servers started here.

Every entry point calls `ensure_services` before Django reads its settings.
"""

import os
from pathlib import Path

from config import embedded
from config.database import prepare_cluster

PROJECT = Path(__file__).resolve().parent.parent
DATABASE = "mechanostat"
OWNER = "mechanostat_owner"
APP = "mechanostat_app"


def home() -> Path:
    """Return the folder that holds the embedded servers' data."""
    return Path(os.environ.get("MECHANOSTAT_HOME", PROJECT / ".mechanostat"))


def embedded_home() -> Path | None:
    """Return the home of embedded servers to watch, None when the operator's own are used."""
    return home() if os.environ.get("MECHANOSTAT_EMBEDDED") else None


def _is_given(name: str) -> bool:
    """Return whether the operator gave an address, itself or as a file."""
    return name in os.environ or f"{name}_FILE" in os.environ


def ensure_services() -> None:
    """Set ``DATABASE_URL`` and ``REDIS_URL``, starting embedded servers where they are unset."""
    if _is_given("DATABASE_URL") and _is_given("REDIS_URL"):
        return
    servers = embedded.start(home())
    os.environ["MECHANOSTAT_EMBEDDED"] = "1"
    if not _is_given("REDIS_URL"):
        os.environ["REDIS_URL"] = servers.redis_url
        os.environ["BROKER_URL"] = servers.broker_url
    if not _is_given("DATABASE_URL"):
        prepare_cluster(servers.admin_dsn, database=DATABASE)
        os.environ["DATABASE_URL"] = embedded.postgres_url(servers, user=APP, database=DATABASE)
        os.environ["DATABASE_OWNER_URL"] = embedded.postgres_url(
            servers, user=OWNER, database=DATABASE
        )
