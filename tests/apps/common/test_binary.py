"""Values sent as binary arrays are the values PostgreSQL reads."""

import uuid
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from apps.common import binary
from apps.common.statements import Binary, run

ID = uuid.UUID("00000000-0000-0000-0000-0000000000ff")
EAST = datetime(2199, 12, 31, 23, 59, 59, 999_999, tzinfo=timezone(timedelta(hours=14)))


@pytest.mark.parametrize(
    ("kind", "sent", "values"),
    [
        ("uuid", binary.of_ids, [ID, None, uuid.UUID(int=2**128 - 1)]),
        ("smallint", lambda v: binary.of_numbers(binary.INT2, v), [-(2**15), None, 2**15 - 1]),
        ("integer", lambda v: binary.of_numbers(binary.INT4, v), [-(2**31), None, 2**31 - 1]),
        ("bigint", lambda v: binary.of_numbers(binary.INT8, v), [-(2**63), None, 2**63 - 1]),
        ("timestamptz", binary.of_instants, [datetime(1900, 1, 1, tzinfo=UTC), None, EAST]),
        ("bytea", lambda v: binary.of_bytes(binary.BYTEA, v), [b"", b"\x00\xff\\", None]),
        ("boolean", binary.of_truths, [True, False]),
        ("uuid", binary.of_ids, []),
    ],
)
def test_are_read_as_they_are(kind: str, sent: Any, values: list[Any]) -> None:
    rows = run(f"SELECT unnest(%(sent)s::{kind}[])", {"sent": sent(values)})
    assert [row[0] for row in rows] == values


def test_texts_and_bodies_are_read_verbatim() -> None:
    bodies = ['{ "a":1.50,"b" : "é\\n\\"" }', "[]", None]
    encoded = [None if body is None else body.encode() for body in bodies]
    rows = run(
        "SELECT text, body::text FROM ROWS FROM (unnest(%(texts)s::text[]), unnest(%(body)s::json[]))"
        " AS c(text, body)",
        {
            "texts": binary.of_bytes(binary.TEXT, encoded),
            "body": binary.of_bytes(binary.JSON, encoded),
        },
    )
    assert [row[0] for row in rows] == [row[1] for row in rows] == bodies


def test_stand_beside_parameters_sent_as_text() -> None:
    sent: dict[str, object] = {"none": None, "ids": binary.of_ids([ID]), "text": "x"}
    assert isinstance(sent["ids"], Binary)
    rows = run("SELECT %(none)s::text, %(ids)s::uuid[], %(text)s::text", sent)
    assert rows == [(None, [ID], "x")]
