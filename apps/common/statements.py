"""SQL on the hot paths: prepared once a connection, then only executed.

Django never prepares a statement and psycopg's cursors spend most of a short one in Python, so
these go to the connection's libpq handle. They take part in the caller's transaction, errors
and statement counts like any other.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from django.db import connection
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import InvalidSqlStatementName, error_from_result
from psycopg.pq import ConnStatus, ExecStatus, Format, TransactionStatus

_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_GOOD = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)
_Raw = psycopg.Connection[tuple[Any, ...]]
_prepared: WeakKeyDictionary[_Raw, set[bytes]] = WeakKeyDictionary()


class _Statement:
    """A statement as PostgreSQL is told it: numbered parameters, text in, binary out."""

    def __init__(self, text: str) -> None:
        self.names = list(dict.fromkeys(_PLACEHOLDER.findall(text)))
        numbers = {name: f"${number}" for number, name in enumerate(self.names, 1)}
        self.text = _PLACEHOLDER.sub(lambda found: numbers[found.group(1)], text).encode()
        self.name = b"ms_" + hashlib.sha256(self.text).hexdigest()[:16].encode()
        # As text, a parameter is read as whatever type its place in the statement has.
        self.formats = [PyFormat.TEXT] * len(self.names)


def run(statement: str, params: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
    """Execute one statement in the current transaction and return its rows.

    ``statement`` is a constant with ``%(name)s`` for parameters. Where nothing else tells a
    parameter's type, the statement casts it.
    """
    connection.ensure_connection()
    raw: _Raw = connection.connection
    with connection.wrap_database_errors:
        for observer in connection.execute_wrappers:
            # Statement counts of tests see these statements like any other.
            observer(_seen, statement, params, False, {"connection": connection})
        return _execute(raw, _parsed(statement), params)


def array(values: Sequence[object]) -> str:
    """Return a PostgreSQL array literal of plain values (ids, numbers, hex, flags)."""
    return "{" + ",".join(["NULL" if value is None else f'"{value}"' for value in values]) + "}"


_parsed = cache(_Statement)


def _execute(
    raw: _Raw, statement: _Statement, params: Mapping[str, Any]
) -> Sequence[tuple[Any, ...]]:
    handle = raw.pgconn
    if handle.transaction_status == TransactionStatus.IDLE and not raw.autocommit:
        _checked(handle, handle.exec_(b"BEGIN"))
    known = _prepared.setdefault(raw, set())
    if statement.name not in known:
        _checked(handle, handle.prepare(statement.name, statement.text))
        known.add(statement.name)
    transformer = Transformer(raw)
    values = transformer.dump_sequence([params[name] for name in statement.names], statement.formats)
    try:
        result = _checked(
            handle,
            handle.exec_prepared(statement.name, values, result_format=Format.BINARY),
        )
    except InvalidSqlStatementName:  # somebody said DEALLOCATE ALL: the next request prepares anew
        known.clear()
        raise
    if not result.nfields:
        return []
    transformer.set_pgresult(result, format=Format.BINARY)
    return transformer.load_rows(0, result.ntuples, tuple)


def _checked(handle: Any, result: Any) -> Any:
    """Return a good result, raise what another one says."""
    if result.status in _GOOD:
        return result
    if handle.status == ConnStatus.BAD:
        raise psycopg.OperationalError(f"the connection is lost: {handle.get_error_message()}")
    raise error_from_result(result)


def _seen(*args: object) -> None:
    """Stand in for the execution that follows; wrappers only observe."""
