"""Transactions of the hot paths, in as few round trips as they can be.

Django's own spends more on switching modes, and on round trips of its own to begin and end,
than a phone's request needs for its statements. Django takes `writing` for its `atomic`: hooks
run after the commit, a nested `atomic` is a savepoint, cursors take part.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import DEFAULT_DB_ALIAS, DatabaseError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import TransactionManagementError
from psycopg.pq import TransactionStatus

from apps.common.statements import (
    BEGIN,
    COMMIT,
    ROLLBACK,
    Ahead,
    Call,
    Rows,
    here,
    run_all,
    seen,
    send,
)


@contextmanager
def reading() -> Iterator[None]:
    """Let every statement be a transaction, and a snapshot, of its own. Must be outermost."""
    db = connections[DEFAULT_DB_ALIAS]
    if here.db is not None or db.in_atomic_block:
        raise RuntimeError("A transaction is open already.")
    here.db = db
    try:
        yield
        _confirm()
    except Exception:
        _confirm_after_all()
        raise
    finally:
        here.db, here.ahead = None, None


@contextmanager
def writing(*, begin: Call = BEGIN) -> Iterator[None]:
    """Make one transaction of what happens inside, within `reading`.

    It begins in the round trip of its first statement; what was to be sent ahead of that goes
    with it. It ends in the round trip of what waits (`statements.send_later`). What comes after
    in `reading` has to be introduced anew. ``begin`` says of what kind it is.
    """
    db = here.db
    if db is None or db.in_atomic_block:
        raise RuntimeError("Writing has its place in reading, once.")
    db.ensure_connection()  # opening one later would end the block unseen
    db.in_atomic_block, db.autocommit, here.begin = True, False, begin
    db.execute_wrappers.append(_begun)
    here.waiting = []
    try:
        yield
        _confirm()
        _end(db, ROLLBACK if db.needs_rollback else COMMIT)
    except BaseException:
        db.run_on_commit = []
        here.waiting = []
        with suppress(DatabaseError):  # the first error tells more
            _end(db, ROLLBACK)
        raise
    finally:
        here.waiting = None
        db.execute_wrappers.remove(_begun)
        db.in_atomic_block, db.autocommit, here.begin = False, True, BEGIN
        db.needs_rollback = False
        if db.closed_in_transaction:
            db.connection = None
    here.ahead = None
    db.run_and_clear_commit_hooks()


def send_ahead(call: Call, confirm: Callable[[Rows], None]) -> bool:
    """Let ``call`` travel before every statement; return False outside of `reading`.

    Once is enough within `writing`. No row is returned and nothing is committed before
    ``confirm`` has seen what it brought; what it raises counts for more than other refusals.
    """
    if here.db is None:
        return False
    here.ahead = Ahead(call, confirm)
    return True


def _confirm() -> None:
    if here.ahead is not None and not here.ahead.is_confirmed:
        run_all([])


def _confirm_after_all() -> None:
    """Ask what was to be asked first, when the request failed before the answer was known."""
    with suppress(DatabaseError):
        _confirm()


def _end(db: BaseDatabaseWrapper, call: Call) -> None:
    status = db.connection.pgconn.transaction_status if db.connection else None
    if status == TransactionStatus.INERROR and call is COMMIT:
        raise TransactionManagementError("A statement failed: nothing can be committed.")
    if status == TransactionStatus.UNKNOWN and call is COMMIT:
        raise OperationalError("the connection is lost")
    if here.waiting and call is COMMIT:
        run_all([], last=[COMMIT])
    elif status not in (None, TransactionStatus.IDLE, TransactionStatus.UNKNOWN):
        send([call])


def _begun(execute: Any, statement: Any, params: Any, many: bool, context: Any) -> Any:
    """Begin before a cursor's statement, should it be the first; what waits goes before it."""
    if execute is not seen:
        raw = context["connection"].connection
        if here.waiting or raw.pgconn.transaction_status == TransactionStatus.IDLE:
            run_all([])
    return execute(statement, params, many, context)
