"""Planted faults: each takes away what one promise rests on, from the tests' side only.

A pytest plugin: ``pytest -p tests.faults.mutants --mutant unlocked tests/faults/test_locks.py``.
Product code has no switch for any of it.
"""

import os
from collections.abc import Callable
from typing import Any

import psycopg
import pytest


def _changed(text: str, old: str, new: str) -> str:
    """Return ``text`` with something replaced that is really there."""
    assert old in text, f"the fault can not be planted: {old!r} is gone"
    return text.replace(old, new)


def unlocked() -> None:
    """Writers do not lock the feed."""
    from apps.sync import sql

    sql.LOCK = _changed(sql.LOCK, "FOR NO KEY UPDATE", "")


def sequence() -> None:
    """Numbers come from a plain sequence, as of a `bigserial` column."""
    from apps.sync import sql

    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("DROP SEQUENCE IF EXISTS planted_seq")
        owner.execute("CREATE SEQUENCE planted_seq")
        owner.execute("GRANT USAGE ON SEQUENCE planted_seq TO mechanostat_app")
    sql.LOCK = _changed(sql.LOCK, "epoch, head_seq,", "epoch, nextval('planted_seq') - 1,")
    sql.MOVE = _changed(sql.MOVE, "head_seq + %(moved)s", "currval('planted_seq')")


def unwitnessed() -> None:
    """Nobody looks whether the server knows what the phone has seen."""
    from apps.sync import places, writer

    def blind(witness: object) -> dict[str, object]:
        return {"wit_seq": 0, "wit_mark": 0}

    for module in (places, writer):
        assert callable(vars(module)["witness_params"])
        vars(module)["witness_params"] = blind


def device_echo() -> None:
    """A device is sent stubs of whatever it once wrote, not only of this request's ops."""
    from apps.common.statements import run
    from apps.sync.api import views

    pull: Callable[..., Any] = vars(views)["pull_page"]

    def pull_page(**asked: Any) -> Any:
        written = run(
            "SELECT v FROM sync_record WHERE athlete_id = %(athlete)s AND device_id = %(device)s",
            {"athlete": asked["athlete_id"], "device": asked["device_id"]},
        )
        own = {row[0] for row in written}
        return pull(**{**asked, "echoes": asked.get("echoes", frozenset()) | own})

    vars(views)["pull_page"] = pull_page


MUTANTS: dict[str, Callable[[], None]] = {
    plant.__name__: plant for plant in (unlocked, sequence, unwitnessed, device_echo)
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the name of the fault."""
    parser.addoption("--mutant", choices=sorted(MUTANTS), required=True)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Plant it once everything is imported."""
    MUTANTS[session.config.getoption("--mutant")]()
