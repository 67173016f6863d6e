"""The catalogue of bad input, one table: each answer exact, nothing else changed, nothing echoed."""

import gzip
import json
import resource
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import zstandard
from django.test import Client

from tests.apps.sync.ops import feed, lab, workout
from tests.conftest import Person, make_person

JSON = "application/json"
REQUEST = "0197a2c4-11aa-7c10-9d0e-2b7f9a4e6d01"
OP = "0197a2c3-5c11-7b62-8a55-0f6c0a2f9e11"
MIB = 1024 * 1024
CANARY = "CANARY-SECRET-417317"


@dataclass(frozen=True)
class Case:
    """One input: the bytes, how they are declared, and the answer they must get."""

    name: str
    body: bytes | Callable[[], bytes]
    status: int = 400
    code: str = "malformed-request"
    media: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RowCase:
    """One edit inside an otherwise good request, and what becomes of it."""

    name: str
    set: str  # JSON text of one workout field, or of the whole edit when it starts with a brace
    code: str | None = "invalid"  # None: applied
    pointer: str | None = None


def envelope(*ops: str, **members: str) -> bytes:
    """Return a request's text from the texts of its parts."""
    parts = {"protocol": "1", "request": f'"{REQUEST}"', "ops": f"[{','.join(ops)}]", **members}
    return ("{" + ",".join(f'"{name}":{value}' for name, value in parts.items()) + "}").encode()


def op_text(edit: str, *, op: str = OP, kind: str = "workout_session") -> str:
    """Return an op's text around the text of its edit."""
    return (
        f'{{"op":"{op}","type":"{kind}","id":"{uuid.uuid4()}","action":"put","base":null,'
        f'"schema":9,"set":{edit}}}'
    )


def edit_text(extra: str = "") -> str:
    """Return a good workout's text with more members."""
    text = json.dumps(workout(canary=CANARY)["set"])
    return text[:-1] + (f",{extra}" if extra else "") + "}"


def zip_bomb() -> bytes:
    """Return less than 1 MiB of gzip that inflates to 512 MiB."""
    return gzip.compress(b" " * (512 * MIB), 9)


GOOD = envelope(op_text(edit_text()))
WHOLE = [
    Case("J01 empty", b""),
    *(Case(f"J02 top level {text}", text.encode()) for text in ("null", "[]", "1", '"x"')),
    Case("J03 truncated", GOOD[:-20]),
    Case("J04 two documents", GOOD + GOOD),
    Case("J05 doubled key in the envelope", envelope(protocol="1")[:-1] + b',"protocol":1}'),
    Case("J05 doubled key in an op",
         envelope(op_text(edit_text())[:-1] + ',"action":"delete"}')),
    *(Case(f"J12 {text}", envelope(op_text(edit_text(f'"rpe":{text}'))))
      for text in ("NaN", "Infinity", "-Infinity")),
    Case("J19 nested 100,000 deep", b"[" * 100_000),
    Case("J19 nested 10^6 deep in the envelope", lambda: b'{"protocol":' + b"[" * 10**6),
    Case("J21 nested 5,000 deep in a record",
         envelope(op_text(edit_text('"x":' + "[" * 5_000 + "]" * 5_000)))),
    Case("J22 1 MiB and a byte", lambda: GOOD + b" " * (MIB + 1 - len(GOOD)), 413,
         "request-too-large"),
    Case("J23 gzip bomb", zip_bomb, 413, "request-too-large",
         headers={"Content-Encoding": "gzip"}),
    Case("J23 zstd bomb", lambda: zstandard.compress(b" " * (512 * MIB)), 413,
         "request-too-large", headers={"Content-Encoding": "zstd"}),
    Case("J24 gzip without saying so", gzip.compress(GOOD)),
    Case("J25 two encodings", gzip.compress(GOOD), 415, "unsupported-encoding",
         headers={"Content-Encoding": "br, gzip"}),
    Case("J25 unknown encoding", GOOD, 415, "unsupported-encoding",
         headers={"Content-Encoding": "br"}),
    Case("J26 corrupt gzip", gzip.compress(GOOD)[:-12] + b"xxxxxxxxxxxx",
         headers={"Content-Encoding": "gzip"}),
    Case("J26 gzip and more", gzip.compress(GOOD) + b"x", headers={"Content-Encoding": "gzip"}),
    Case("J26 two gzip members", gzip.compress(GOOD) + gzip.compress(b" "),
         headers={"Content-Encoding": "gzip"}),
    Case("J26 two zstd frames", zstandard.compress(GOOD) + zstandard.compress(b" "),
         headers={"Content-Encoding": "zstd"}),
    Case("J26 zstd and more", zstandard.compress(GOOD) + b"xxxx",
         headers={"Content-Encoding": "zstd"}),
    Case("J28 byte order mark", b"\xef\xbb\xbf" + GOOD),
    Case("J30 UTF-16", GOOD.decode().encode("utf-16"), 415, "unsupported-media-type",
         media="application/json; charset=utf-16"),
    Case("J30 UTF-16 unsaid", GOOD.decode().encode("utf-16")),
    *(Case(f"J32 declared {media!r}", GOOD, 415, "unsupported-media-type", media=media)
      for media in ("application/xml", "", "nonsense", "text/plain")),
    Case("J33 a form", b"protocol=1", 415, "unsupported-media-type",
         media="application/x-www-form-urlencoded"),
    Case("J34 2,001 ops",
         envelope(*(op_text("{}", op=str(uuid.UUID(int=n))) for n in range(2_001))), 413,
         "request-too-large"),
    Case("V21 an op id twice", envelope(op_text("{}"), op_text("{}")), 422, "invalid-envelope"),
    *(Case(f"V25 {name} in the envelope", envelope(**{name: "1"}), 422, "unknown-field")
      for name in ("is_admin", "athlete_id", "seq")),
    Case("V25 a long name in the envelope", envelope(**{"x" * 65 + CANARY: "1"}), 422,
         "unknown-field"),
    Case("another protocol", envelope(protocol="2"), 422, "invalid-envelope"),
    Case("half a surrogate outside the edits", envelope(request=r'"\ud800"')),
    Case("not UTF-8", GOOD[:-2] + b"\xff}"),
]  # fmt: skip
ROWS = [
    RowCase("J06 doubled key in a record", '"rpe":1,"rpe":2', pointer="/set"),
    RowCase("J06 doubled key deep in a record", '"x":[{"a":1,"a":1}]', pointer="/set"),
    RowCase("J07 NUL in a text", r'"title":"a\u0000b"'),
    RowCase("J08 NUL in an unknown value", r'"x":{"y":["a\u0000"]}'),
    RowCase("J10 half a surrogate in a text", r'"title":"a\ud800b"'),
    RowCase("J10 half a surrogate, the low one", r'"title":"\udc00"'),
    RowCase("J11 half a surrogate in an unknown value", r'"x":{"y":"\uD83D"}'),
    *(RowCase(f"J13 {text} as a number", f'"rpe":{text}', pointer="/set/rpe")
      for text in ('"NaN"', '"Infinity"', '"1e400"')),
    RowCase("J14 1e400", '"rpe":1e400'),
    RowCase("J14 1e400 in an unknown field", '"x":1e400'),
    RowCase("J16 2^63", f'"utc_offset_min":{2**63}'),
    RowCase("J17 true as a number", '"rpe":true', pointer="/set/rpe"),
    RowCase("J18 a number as a text", '"rpe":"7.5"', pointer="/set/rpe"),
    RowCase("J20 nested 9 deep", '"x":' + "[" * 8 + "]" * 8, pointer="/set"),
    RowCase("nested 8 deep", '"x":' + "[" * 7 + "]" * 7, code=None),
    RowCase("J35 65 KiB", f'"note":"{"x" * 9_000}","x":"{"y" * 57_000}"', code="too-large"),
    RowCase("J36 10,000 keys",
            '"x":{' + ",".join(f'"{n}":0' for n in range(10_000)) + "}"),
    RowCase("J37 names that mean something elsewhere",
            '"__proto__":{"a":1},"constructor":1,"toString":"x"', code=None),
    RowCase("a whole surrogate pair", r'"title":"\ud83d\ude00"', code=None),
    RowCase("an escaped backslash before what looks like half a surrogate",
            r'"title":"\\ud800"', code=None),
    RowCase("texts that look like keys", r'"title":"\"a\": 1, \"a\": 2"', code=None),
    RowCase("numbers spelled otherwise", '"distance_m":1.50e3,"rpe":7.0', code=None),
]  # fmt: skip


def ask(person: Person, path: str, case: Case) -> Any:
    """Send a case's bytes as they are."""
    body = case.body() if callable(case.body) else case.body
    return Client().generic(
        "POST",
        f"/v1/athletes/me/{path}",
        body,
        content_type=case.media,
        headers={"Content-Type": case.media, **person.headers, **case.headers},
    )


@pytest.fixture(scope="module")
def sender() -> Person:
    """One person for the whole table: none of it may leave anything behind."""
    person = make_person()
    person.sync([workout()])
    return person


class TestRequests:
    @pytest.mark.parametrize("path", ["sync", "ops"])
    @pytest.mark.parametrize("case", WHOLE, ids=lambda case: case.name)
    def test_that_are_bad_are_refused_whole(self, sender: Person, path: str, case: Case) -> None:
        before = feed(sender)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        body = case.body() if callable(case.body) else case.body
        made = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
        answer = ask(sender, path, Case(**{**vars(case), "body": body}))
        told = answer.json()
        assert (answer.status_code, told["code"]) == (case.status, case.code)
        assert answer["Content-Type"] == "application/problem+json"
        assert CANARY not in answer.content.decode()
        assert len(answer.content) < 2_000
        assert feed(sender) == before
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory - made
        assert grown < 64 * 1024, "KiB of memory more than before"
        if case.code == "request-too-large":
            assert told["limits"]["max_ops"] == 2_000

    @pytest.mark.parametrize("path", ["sync", "ops"])
    def test_are_named_once_they_could_be_read(self, sender: Person, path: str) -> None:
        for body in (envelope(protocol="2"), envelope(epoch=f'"{uuid.uuid4()}"')):
            assert ask(sender, path, Case("", body)).json()["request"] == REQUEST
        assert "request" not in ask(sender, path, Case("", GOOD[:-1])).json()


class TestEdits:
    @pytest.mark.parametrize("case", ROWS, ids=lambda case: case.name)
    def test_that_are_bad_are_refused_alone(self, athlete: Person, case: RowCase) -> None:
        good = op_text(edit_text(), op=str(uuid.uuid4()))
        text = envelope(op_text(edit_text(case.set)), good)
        answer = ask(athlete, "sync", Case(case.name, text))
        assert answer.status_code == 200, answer.content
        result, other = answer.json()["results"]
        assert other["status"] == "applied"
        if case.code is None:
            assert result["status"] == "applied", result
            return
        assert (result["status"], result["code"]) == ("rejected", case.code)
        if case.pointer is not None:
            assert result["pointers"] == [case.pointer]
        again = ask(athlete, "sync", Case(case.name, text)).json()["results"]
        assert [r["was"] for r in again] == ["rejected", "applied"]
        kept = [row for row in feed(athlete) if row["type"] == "workout_session"]
        assert len(kept) == 1

    def test_on_a_strangers_version_answer_like_on_none(
        self, athlete: Person, stranger: Person
    ) -> None:
        theirs = lab()
        stranger.sync([theirs])
        answers = []
        for base in (theirs["op"], str(uuid.uuid4())):
            edit = {**theirs, "op": str(uuid.uuid4()), "base": base, "set": {"note": "V23"}}
            (result,) = athlete.sync([edit]).json()["results"]
            answers.append({**result, "op": None})
        assert answers[0] == answers[1]
        assert answers[0]["code"] == "unknown-base"
