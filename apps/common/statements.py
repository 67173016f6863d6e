"""SQL on the hot paths: prepared once a connection, several statements in one round trip.

Django never prepares a statement, and psycopg's cursors spend most of a short one in Python,
so these go to the connection's libpq handle. They take part in the caller's transaction, in
Django's errors and in statement counts like any other.
"""

import hashlib
import re
import select
import threading
from binascii import hexlify
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from types import NoneType
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import InvalidSqlStatementName, error_from_result
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus, Format, TransactionStatus

Rows = Sequence[tuple[Any, ...]]
Answer = TypeVar("Answer")
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_GOOD = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)


class Call(NamedTuple):
    """A statement and its parameters.

    The statement is a constant with ``%(name)s`` for parameters. Where nothing else tells a
    parameter's type, the statement casts it.
    """

    statement: str
    params: Mapping[str, Any] = {}


class Question(Generic[Answer]):
    """A statement and how its rows are read; asked alone, or with others by `ask_together`."""

    answer: Answer

    def __init__(self, call: Call, read: Callable[[Rows], Answer]) -> None:
        self.call = call
        self.read = read

    def ask(self) -> Answer:
        """Ask now, and return the answer."""
        return self.read(run_all([self.call])[0])


def ask_together(*questions: Question[Any]) -> None:
    """Ask in order, in one round trip; each question holds its ``answer`` afterwards."""
    found = run_all([question.call for question in questions])
    for question, rows in zip(questions, found, strict=True):
        question.answer = question.read(rows)


class Binary(bytes):
    """A parameter in PostgreSQL's binary form, sent as it is; see `apps.common.binary`."""


BEGIN, COMMIT, ROLLBACK = Call("BEGIN"), Call("COMMIT"), Call("ROLLBACK")
BEGIN_SNAPSHOT = Call("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")


@dataclass
class Ahead:
    """What travels before a statement, in the same round trip; see `transactions.send_ahead`."""

    call: Call
    confirm: Callable[[Rows], None]
    is_confirmed: bool = False


@dataclass
class Waiting:
    """What travels with the next statement, the commit at the latest; see `send_later`."""

    calls: Sequence[Call]
    then: Callable[[list[Rows]], None]


class _Thread(threading.local):
    """What `apps.common.transactions` has open, and on which connection.

    Something can wait only while it writes.
    """

    db: BaseDatabaseWrapper | None = None
    ahead: Ahead | None = None
    begin: Call = BEGIN
    waiting: list[Waiting] | None = None


here = _Thread()


def run(statement: str, params: Mapping[str, Any]) -> Rows:
    """Execute one statement in the current transaction and return its rows."""
    return run_all([Call(statement, params)])[0]


def send_later(calls: Sequence[Call], then: Callable[[list[Rows]], None]) -> None:
    """Execute statements before the next one, the commit at the latest, in its round trip.

    ``then`` is told what they return, before hooks of the commit run; so what must not be
    committed is refused by the statements themselves. Outside of `transactions.writing` they
    are executed now.
    """
    if here.waiting is None:
        then(run_all(calls))
    else:
        here.waiting.append(Waiting(calls, then))


def run_all(calls: Sequence[Call], *, last: Sequence[Call] = ()) -> list[Rows]:
    """Execute statements in order, in one round trip; the first that fails ends it.

    Without a transaction open, all of them together are one. ``last`` goes after them, seen by
    nobody and with nothing to tell.
    """
    # Bound once: each look at `django.db.connections` is a search through context variables.
    db = here.db or connections[DEFAULT_DB_ALIAS]
    db.ensure_connection()
    raw: _Raw = db.connection
    is_outside = raw.pgconn.transaction_status == TransactionStatus.IDLE
    ahead = here.ahead if is_outside else None
    waiting = here.waiting or ()
    if waiting:
        here.waiting = []
        calls = [*(call for each in waiting for call in each.calls), *calls]
    sent = [ahead.call, *calls] if ahead else calls
    for observer in db.execute_wrappers:
        for call in sent:
            # Statement counts of tests see these statements like any other.
            observer(seen, call.statement, call.params, False, {"connection": db})
    begins = is_outside and (db.in_atomic_block or not raw.autocommit)
    with db.wrap_database_errors:
        rows = _trip(raw, [here.begin, *sent, *last] if begins else [*sent, *last])
    rows = rows[begins : begins + len(sent)]
    if ahead is not None:
        ahead.is_confirmed = True
        ahead.confirm(rows.pop(0))
    for each in waiting:
        told, rows = rows[: len(each.calls)], rows[len(each.calls) :]
        each.then(told)
    return rows


def send(calls: Sequence[Call]) -> list[Rows]:
    """Execute statements in one round trip, just these and seen by nobody."""
    db = here.db or connections[DEFAULT_DB_ALIAS]
    with db.wrap_database_errors:
        return _trip(db.connection, calls)


def array(values: Iterable[object]) -> str:
    """Return a PostgreSQL array literal of plain values (ids, numbers, hex, flags)."""
    return "{" + ",".join(["NULL" if value is None else f'"{value}"' for value in values]) + "}"


def ids(values: Iterable[UUID]) -> str:
    """Return a PostgreSQL array literal of UUIDs, in the form that is fastest to make."""
    return "{" + ",".join(["%032x" % value.int for value in values]) + "}"  # noqa: UP031 (faster)


def numbers(values: Iterable[int | None]) -> str:
    """Return a PostgreSQL array literal of whole numbers."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


class _Statement:
    """A statement as PostgreSQL is told it: numbered parameters, text in, binary out.

    As text, a parameter is read as whatever type its place in the statement has.
    """

    def __init__(self, text: str) -> None:
        self.names = list(dict.fromkeys(_PLACEHOLDER.findall(text)))
        numbers = {name: f"${number}" for number, name in enumerate(self.names, 1)}
        self.text = _PLACEHOLDER.sub(lambda found: numbers[found.group(1)], text).encode()
        self.name = b"ms_" + hashlib.sha256(self.text).hexdigest()[:16].encode()


_Raw = psycopg.Connection[tuple[Any, ...]]
_Step = tuple[bytes, Sequence[Any], Sequence[Format] | None]
_parsed = cache(_Statement)


class _Known:
    """What is kept of a connection: the statements it knows, and what reads their results."""

    def __init__(self, raw: _Raw) -> None:
        self.names: set[bytes] = set()
        # Finds each type's reader once. Of the adapters, since it may not hold the connection.
        self.reader = Transformer(raw.adapters)
        self.answers = select.poll()
        self.answers.register(raw.pgconn.socket, select.POLLIN)


_connections: WeakKeyDictionary[_Raw, _Known] = WeakKeyDictionary()


def _trip(raw: _Raw, calls: Sequence[Call]) -> list[Rows]:
    handle: Any = raw.pgconn
    known = _connections.get(raw)
    if known is None:
        known = _connections[raw] = _Known(raw)
    reader = known.reader
    steps = []
    for call in calls:
        statement = _parsed(call.statement)
        if statement.name not in known.names:
            _check(handle, handle.prepare(statement.name, statement.text))
            known.names.add(statement.name)
        steps.append(_step(raw, statement, call.params))
    if len(steps) == 1:
        results = [handle.exec_prepared(*steps[0], result_format=Format.BINARY)]
    else:
        results = _pipelined(handle, known.answers, steps)
    rows: list[Rows] = []
    for result in results:
        try:
            _check(handle, result)
        except InvalidSqlStatementName as error:  # somebody said DEALLOCATE ALL
            known.names.clear()
            raise psycopg.OperationalError("prepared statements are gone: try again") from error
        if result.nfields and result.ntuples:
            reader.set_pgresult(result, format=Format.BINARY)
            rows.append(reader.load_rows(0, result.ntuples, tuple))
        else:
            rows.append([])
    return rows


def _step(raw: _Raw, statement: _Statement, params: Mapping[str, Any]) -> _Step:
    """Return a statement's name, its parameters as they are sent, and in which form each is."""
    values = [params[name] for name in statement.names]
    forms = None
    if Binary in map(type, values):
        forms = [Format.BINARY if type(value) is Binary else Format.TEXT for value in values]
    try:
        return statement.name, [_SENT_AS[type(value)](value) for value in values], forms
    except KeyError:
        return statement.name, [_sent_as(value, raw) for value in values], forms


def _sent_as(value: object, raw: _Raw) -> Any:
    """Return a value of any type as it is sent; psycopg knows those that are rare here."""
    known = _SENT_AS.get(type(value))
    if known is not None:
        return known(value)
    return Transformer(raw).dump_sequence([value], [PyFormat.TEXT])[0]


def _text(value: str) -> bytes:
    if "\0" in value:  # where libpq would take it to end
        raise psycopg.DataError("a text can not hold NUL")
    return value.encode()


# psycopg finds out anew in each round trip how to write each of these.
_SENT_AS: dict[type, Callable[[Any], bytes | None]] = {
    NoneType: lambda value: None,
    Binary: lambda value: value,
    bool: lambda value: b"t" if value else b"f",
    int: lambda value: b"%d" % value,
    str: _text,
    bytes: lambda value: b"\\x" + hexlify(value),
    UUID: lambda value: b"%032x" % value.int,
    datetime: lambda value: value.isoformat().encode(),
}


def _pipelined(handle: Any, answers: select.poll, steps: Sequence[_Step]) -> list[Any]:
    """Send all, then take one result for each and the mark of the end."""
    handle.enter_pipeline_mode()
    try:
        for step in steps:
            handle.send_query_prepared(*step, result_format=Format.BINARY)
        handle.pipeline_sync()
        if handle.flush():
            _send_rest(handle)
        results: list[Any] = []
        missing = len(steps) + 1
        while missing:
            # libpq would wait in here while every other thread of Python waits too.
            while handle.is_busy():
                answers.poll()
                handle.consume_input()
            result = handle.get_result()
            if result is not None:
                results.append(result)
                missing -= 1
    finally:
        if handle.status == ConnStatus.OK:
            handle.exit_pipeline_mode()
    return results[:-1]


def _send_rest(handle: Any) -> None:
    """Send what was more than the socket takes at once, and take what comes meanwhile."""
    socket = select.poll()
    socket.register(handle.socket, select.POLLIN | select.POLLOUT)
    while handle.flush():
        if socket.poll()[0][1] & ~select.POLLOUT:
            handle.consume_input()


def _check(handle: Any, result: Any) -> None:
    """Raise what a result says that is not a good one."""
    if result is not None and result.status in _GOOD:
        return
    is_lost = result is None or handle.status == ConnStatus.BAD
    # libpq may take a while to call a broken connection one; what has no code is its own word.
    if is_lost or not result.error_field(DiagnosticField.SQLSTATE):
        raise psycopg.OperationalError(f"the connection is lost: {handle.get_error_message()}")
    raise error_from_result(result)


def seen(*args: object) -> None:
    """Stand in for the execution that follows; wrappers only observe."""
