"""A separate peer for the phone: a real HTTP server with a small honest feed, which can lie.

It keeps the protocol's promises in the simplest way (one lock, dictionaries), so that what a
test sees go wrong is the phone's doing or a fault the test ordered.
"""

import gzip
import json
import socket
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from uuid import UUID, uuid4

Json = dict[str, Any]
SERVER_TYPES = {"risk_summary", "reminder", "sync_issue"}


@dataclass(frozen=True)
class Refuse:
    """Answer with a problem before anything is evaluated."""

    status: int
    code: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LoseRequest:
    """Hang up without having looked."""


@dataclass(frozen=True)
class LoseAnswer:
    """Store everything, then hang up."""


@dataclass(frozen=True)
class Garbage:
    """Store everything, then answer 200 with a page that is not ours."""


@dataclass(frozen=True)
class RepeatAnswer:
    """Store everything, then send the answer of the request before."""


Fault = Refuse | LoseRequest | LoseAnswer | Garbage | RepeatAnswer


@dataclass
class Feed:
    """One athlete's records and receipts."""

    epoch: str = field(default_factory=lambda: str(uuid4()))
    head: int = 0
    mark: str = "0" * 16
    records: dict[str, Json] = field(default_factory=dict)
    log: dict[str, Json] = field(default_factory=dict)
    derived: deque[Json] = field(default_factory=deque)
    heeds_want: bool = True
    reset: str | None = None  # start the next page over, for this reason

    def commit(self, row: Json) -> Json:
        """Give the row the next place and make it the record's newest version."""
        self.head += 1
        self.mark = uuid4().hex[:16]
        row["seq"] = self.head
        self.records[row["id"]] = row
        return row

    def server_writes(self, kind: str, body: Json, *, record: str | None = None) -> str:
        """Write a row as the server itself and return the record's id."""
        key = record or str(uuid4())
        known = self.records.get(key)
        self.commit(
            {
                "type": kind,
                "id": key,
                "v": str(uuid4()),
                "rev": known["rev"] + 1 if known else 1,
                "schema": 1,
                "deleted": False,
                "body": body,
                "by": {"actor": "server"},
            }
        )
        return key

    def evaluate(self, op: Json) -> Json:
        """Return the result of one op and remember it."""
        first = self.log.get(op["op"])
        if first is not None:
            result = {**first, "status": "duplicate", "was": first["status"]}
            result.pop("body", None)
            current = self.records.get(first["id"])
            if current is not None and current["v"] != op["op"]:
                result["record"] = current
        else:
            result = self._decide(op)
            self.log[op["op"]] = {**result, "id": op["id"]}
            result.pop("body", None)
        result.pop("id", None)
        return {"op": op["op"], **result}

    def _decide(self, op: Json) -> Json:
        current = self.records.get(op["id"])
        base = self.log.get(op["base"]) if op["base"] else None
        if op["type"] in SERVER_TYPES:
            return {"status": "rejected", "code": "server-owned"}
        if base is not None and base["status"] in {"conflict", "rejected", "blocked"}:
            return {"status": "blocked", "code": "base-failed", "by": op["base"]}
        if current is None:
            return {"status": "noop"} if op["action"] == "delete" else self._store(op, {})
        if current["deleted"]:
            if op["action"] == "restore":
                return self._store(op, current["last"])
            if op["action"] == "delete":
                return {"status": "noop", "v": current["v"]}
            return {"status": "rejected", "code": "deleted", "record": current}
        base_v = base["v"] if base else op["base"]
        if base_v == current["v"]:
            return self._store(op, current["body"])
        if op["action"] == "delete" or op["type"] == "lab_result":
            return {"status": "conflict", "kind": "edited_after_base", "record": current}
        result = self._store(op, current["body"])
        if result["status"] == "noop":
            return result
        return {**result, "status": "merged", "record": self.records[op["id"]]}

    def _store(self, op: Json, before: Json) -> Json:
        known = self.records.get(op["id"])
        deleted = op["action"] == "delete"
        body = {**before, **op.get("set", {})}
        for name in op.get("unset", []):
            body.pop(name, None)
        if known and not known["deleted"] and not deleted and body == known["body"]:
            return {"status": "noop", "v": known["v"], "rev": known["rev"], "seq": known["seq"]}
        row = {
            "type": op["type"],
            "id": op["id"],
            "v": op["op"],
            "rev": known["rev"] + 1 if known else 1,
            "schema": op.get("schema", 1),
            "deleted": deleted,
        }
        row |= {"last": before} if deleted else {"body": body}
        self.commit(row)
        return {"status": "applied", "v": op["op"], "rev": row["rev"], "seq": row["seq"]}

    def page(self, request: Json, results: list[Json]) -> Json:
        """Return the next page after the request's cursor."""
        reset, cursor = None, request["cursor"]
        if cursor is not None and cursor.split("-")[0] not in {"boot", "tail"}:
            reset, cursor = "cursor-unreadable", None
        if self.reset is not None:
            reset, self.reset, cursor = self.reset, None, None
        limit = request["page"]["max_rows"]
        rows = [row for row in self.records.values() if row["type"] in request["types"]]
        if cursor is None:
            cursor = f"boot-{self.head}-{self.head + 1}"
        kind, *numbers = cursor.split("-")
        if kind == "boot":
            head, below = map(int, numbers)
            rows = [row for row in rows if row["seq"] < below and row["seq"] <= head]
            rows = [row for row in rows if not row["deleted"]]
            rows.sort(key=lambda row: -row["seq"])
            cut = rows[:limit]
            if len(rows) > limit:
                after, complete = f"boot-{head}-{cut[-1]['seq']}", False
            else:
                after, complete = f"tail-{head}", head == self.head
        else:
            rows = [row for row in rows if row["seq"] > int(numbers[0])]
            rows.sort(key=lambda row: row["seq"])
            cut = rows[:limit]
            complete = len(rows) <= limit
            after = f"tail-{self.head if complete else cut[-1]['seq']}"
        verbatim = {
            result["op"]
            for result in results
            if (result.get("was") or result["status"]) == "applied"
        }
        shown = [_echo(row) if row["v"] in verbatim else _whole(row) for row in cut]
        if self.heeds_want:
            shown += [_whole(self.records[key]) for key in request["want"] if key in self.records]
        return {
            "phase": kind if kind == "tail" else "bootstrap",
            "reset": reset,
            "complete": complete,
            "cursor": after,
            "rows": shown,
        }


def _echo(row: Json) -> Json:
    return {"id": row["id"], "v": row["v"], "rev": row["rev"], "seq": row["seq"], "echo": True}


def _whole(row: Json) -> Json:
    return {name: value for name, value in row.items() if name != "last"}


class Peer:
    """The server process: accounts, feeds, and the faults a test ordered."""

    def __init__(self) -> None:
        self.faults: deque[Fault] = deque()
        self.max_ops = 2_000
        self.next_poll_s = 3.0
        self.verdicts: dict[str, Json] = {}  # op id -> result to give instead of evaluating
        self.edit_answer: Callable[[Json], None] = lambda answer: None
        self.syncs: list[Json] = []
        self.raw_ops: list[bytes] = []
        self.encodings: list[str | None] = []
        self.headers: list[dict[str, str]] = []
        self.feeds: dict[str, Feed] = {}
        self.accounts: dict[str, str] = {}
        self.tokens: dict[str, str] = {}
        self._last_answer: Json | None = None
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def feed(self, athlete: UUID) -> Feed:
        return self.feeds[str(athlete)]

    def handle(self, method: str, path: str, headers: dict[str, str], body: bytes) -> "_Answer":
        with self._lock:
            if method == "POST" and path.startswith("/v1/auth/sign-"):
                return self._auth(path.rsplit("/", 1)[1], headers, body)
            athlete = self.tokens.get(headers.get("authorization", ""))
            if athlete is None:
                return _problem(401, "token-expired")
            _, _, _, named, action = path.split("/")
            if named not in {athlete, "me"}:
                return _problem(403, "wrong-athlete")
            assert (method, action) == ("POST", "sync")
            return self._sync(self.feeds[athlete], headers, body)

    def _auth(self, action: str, headers: dict[str, str], body: bytes) -> "_Answer":
        if action == "sign-out":
            known = self.tokens.pop(headers.get("authorization", ""), None)
            return _Answer(204, None) if known else _problem(401, "token-expired")
        fields = json.loads(body)
        if action == "sign-up":
            athlete = str(uuid4())
            self.accounts[fields["email"]] = athlete
            self.feeds[athlete] = Feed()
            return _Answer(201, {"athlete_id": athlete})
        if fields["email"] not in self.accounts or fields["password"] == "wrong":
            return _problem(401, "accounts.wrong_credentials")
        token = uuid4().hex
        self.tokens[f"Bearer {token}"] = self.accounts[fields["email"]]
        return _Answer(
            200,
            {
                "access_token": token,
                "device_id": str(uuid4()),
                "athlete_id": self.accounts[fields["email"]],
                "expires_at": "2036-01-01T00:00:00Z",
            },
        )

    def _sync(self, feed: Feed, headers: dict[str, str], body: bytes) -> "_Answer":
        fault = self.faults.popleft() if self.faults else None
        if isinstance(fault, LoseRequest):
            return _HANG_UP
        if isinstance(fault, Refuse):
            return _problem(fault.status, fault.code, fault.headers)
        self.encodings.append(headers.get("content-encoding"))
        self.headers.append(headers)
        plain = gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
        request = json.loads(plain)
        self.syncs.append(request)
        if len(request["ops"]) > self.max_ops:
            return _problem(413, "request-too-large")
        if request["epoch"] not in (None, feed.epoch):
            return _problem(409, "epoch-changed")
        self.raw_ops.append(plain[plain.index(b'"ops":') :])
        before, self._last_answer = self._last_answer, self._answer(feed, request)
        if isinstance(fault, LoseAnswer):
            return _HANG_UP
        if isinstance(fault, Garbage):
            return _Answer(200, {"hotel": "Please accept our terms"})
        if isinstance(fault, RepeatAnswer):
            assert before is not None
            return _Answer(200, before)
        return _Answer(200, self._last_answer)

    def _answer(self, feed: Feed, request: Json) -> Json:
        results = [
            {"op": op["op"], **self.verdicts[op["op"]]}
            if op["op"] in self.verdicts
            else feed.evaluate(op)
            for op in request["ops"]
        ]
        derived = {"state": "current", "covers_seq": feed.head, "inputs_seq": feed.head}
        if feed.derived:
            derived = feed.derived.popleft()
        answer = {
            "request": request["request"],
            "epoch": feed.epoch,
            "witness": {"seq": feed.head, "mark": feed.mark},
            "results": [
                {k: _whole(v) if k == "record" else v for k, v in result.items()}
                for result in results
            ],
            "page": feed.page(request, results),
            "derived": derived,
            "server_time": "2026-03-02T06:14:12.371Z",
            "clock_offset_ms": -12,
            "next_poll_s": self.next_poll_s,
            "something_newer": {"a": 1},
        }
        copy: Json = json.loads(json.dumps(answer))
        self.edit_answer(copy)
        return copy


@dataclass(frozen=True)
class _Answer:
    status: int
    body: Json | None
    headers: dict[str, str] = field(default_factory=dict)


_HANG_UP = _Answer(0, None)


def _problem(status: int, code: str | None, headers: dict[str, str] | None = None) -> _Answer:
    body = None if code is None else {"title": "Refused", "status": status, "code": code}
    return _Answer(status, body, headers or {})


def _handler(peer: Peer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = peer.handle("POST", self.path, headers, body)
            if answer is _HANG_UP:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            content = b"" if answer.body is None else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_args: object) -> None:
            """Keep the test output clean."""

    return Handler
