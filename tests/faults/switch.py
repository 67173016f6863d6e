"""Pointing Django's connections at another server for a while."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import environ
from django.db import connections

ADDRESS = ("HOST", "PORT", "NAME", "USER", "PASSWORD")


@contextmanager
def served_by(url: str, *, alias: str = "default") -> Iterator[None]:
    """Have the app use the database at ``url``; in this thread and in those it starts."""
    settings: dict[str, Any] = connections.settings[alias]
    before = {name: settings.get(name, "") for name in ADDRESS}
    options = dict(settings.get("OPTIONS", {}))
    given = environ.Env.db_url_config(url)
    let_go(alias)
    settings.update({name: given.get(name, "") for name in ADDRESS})
    settings["OPTIONS"] = {**options, **given.get("OPTIONS", {})}
    try:
        yield
    finally:
        let_go(alias)
        settings.update(before)
        settings["OPTIONS"] = options


@contextmanager
def limits_of_operation() -> Iterator[None]:
    """Have the app's connections stand under its role's limits, not under the tests' long ones."""
    options: dict[str, Any] = connections.settings["default"]["OPTIONS"]
    let_go()
    of_tests = options.pop("options")
    try:
        yield
    finally:
        let_go()
        options["options"] = of_tests


@contextmanager
def impatient() -> Iterator[None]:
    """Have this thread wait for a lock for a moment only, and then be told that it is held."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SET lock_timeout = '50ms'")
    try:
        yield
    finally:
        with connections["default"].cursor() as cursor:
            cursor.execute("RESET lock_timeout")


def let_go(alias: str = "default") -> None:
    """Close this thread's connection and the pool; the next use opens new ones."""
    connection = connections[alias]
    connection.close()
    close_pool = getattr(connection, "close_pool", None)
    if close_pool is not None:
        close_pool()
