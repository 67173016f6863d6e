"""The client: keep-alive HTTP over many connections from one process, by readiness.

Requests are made beforehand and answers are only cut, never parsed, so that the client is
not what is measured. Runs as a child process (`python -m bench.load`): jobs come in on
standard input and outcomes go out, each as its length and MessagePack.
"""

import selectors
import socket
import struct
import subprocess
import sys
import time
from collections import deque
from itertools import cycle
from pathlib import Path
from typing import BinaryIO

import msgspec

_LENGTH = struct.Struct(">I")
_PATIENCE_S = 60.0


class Job(msgspec.Struct):
    """What to send: each connection's requests in order, over and over with ``cycle``.

    Ends when one connection has no request left, or after ``seconds``; what is under way is
    waited for. ``look_for`` is counted in the answers.
    """

    port: int
    requests: list[list[bytes]]
    seconds: float = 30.0
    cycle: bool = False
    look_for: bytes = b""
    keep: bool = False
    more_ports: tuple[int, ...] = ()  # of the same service: connections take turns


class Outcome(msgspec.Struct):
    """What came back; ``failed`` holds the first answer that was not a 200."""

    elapsed_s: float
    latencies_s: list[float]
    found: int
    bytes_in: int
    client_cpu_s: float
    failed: bytes = b""
    answers: list[bytes] = []

    @property
    def rate(self) -> float:
        """Requests per second over all connections."""
        return len(self.latencies_s) / self.elapsed_s


class _Connection:
    def __init__(self, port: int, requests: list[bytes]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.queue = deque(requests)
        self.unsent: memoryview = memoryview(b"")
        self.answer = bytearray()
        self.length: int | None = None
        self.sent_at = 0.0

    def begin(self, *, cycle: bool) -> None:
        request = self.queue.popleft()
        if cycle:
            self.queue.append(request)
        self.unsent, self.length = memoryview(request), None
        self.answer.clear()
        self.sent_at = time.perf_counter()
        self.send()

    def send(self) -> None:
        try:
            while self.unsent:
                self.unsent = self.unsent[self.socket.send(self.unsent) :]
        except BlockingIOError:
            return

    def receive(self) -> bool:
        """Take what is there; return whether the answer is whole."""
        try:
            while part := self.socket.recv(262_144):
                self.answer += part
                if self._is_whole():
                    return True
        except BlockingIOError:
            return False
        raise ConnectionError("The server closed a connection that was to be kept.")

    def _is_whole(self) -> bool:
        if self.length is None:
            end = self.answer.find(b"\r\n\r\n")
            if end < 0:
                return False
            head = bytes(self.answer[:end]).lower()
            _, found, rest = head.partition(b"content-length:")
            self.length = end + 4 + int(rest.split(b"\r\n", 1)[0]) if found else -1
        if self.length < 0:
            return self.answer.endswith(b"\r\n0\r\n\r\n")  # sent in chunks
        return len(self.answer) >= self.length


def drive(job: Job) -> Outcome:
    """Run one job to its end."""
    ports = cycle((job.port, *job.more_ports))
    connections = [_Connection(next(ports), requests) for requests in job.requests]
    outcome = Outcome(0.0, [], 0, 0, 0.0)
    started, cpu = time.perf_counter(), time.process_time()
    with selectors.DefaultSelector() as selector:
        for each in connections:
            selector.register(each.socket, selectors.EVENT_READ, each)
            _go_on(each, job, selector)
        busy = len(connections)
        ending = False
        while busy:
            ready = selector.select(_PATIENCE_S)
            if not ready:
                raise TimeoutError("The server did not answer within a minute.")
            for key, events in ready:
                connection: _Connection = key.data
                if events & selectors.EVENT_WRITE:
                    connection.send()
                    _watch(connection, selector)
                if events & selectors.EVENT_READ and connection.receive():
                    _note(connection, job, outcome)
                    late = time.perf_counter() - started > job.seconds
                    ending = ending or late or not connection.queue or bool(outcome.failed)
                    if ending:
                        busy -= 1
                    else:
                        _go_on(connection, job, selector)
    outcome.elapsed_s = time.perf_counter() - started
    outcome.client_cpu_s = time.process_time() - cpu
    for each in connections:
        each.socket.close()
    return outcome


def _go_on(connection: _Connection, job: Job, selector: selectors.BaseSelector) -> None:
    connection.begin(cycle=job.cycle)
    if connection.unsent:
        _watch(connection, selector)


def _watch(connection: _Connection, selector: selectors.BaseSelector) -> None:
    events = selectors.EVENT_READ | (selectors.EVENT_WRITE if connection.unsent else 0)
    selector.modify(connection.socket, events, connection)


def _note(connection: _Connection, job: Job, outcome: Outcome) -> None:
    outcome.latencies_s.append(time.perf_counter() - connection.sent_at)
    outcome.bytes_in += len(connection.answer)
    if job.look_for:
        outcome.found += connection.answer.count(job.look_for)
    if job.keep:
        outcome.answers.append(bytes(connection.answer).partition(b"\r\n\r\n")[2])
    if not connection.answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201")) and not outcome.failed:
        outcome.failed = bytes(connection.answer[:600])


class Client:
    """The child process; usable from ``with`` to the end of the block."""

    def __enter__(self) -> "Client":
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.load"],
            cwd=Path(__file__).resolve().parent.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def run(self, job: Job) -> Outcome:
        """Run a job in the child. Raises ``RuntimeError`` when an answer was not a 200."""
        assert self._process.stdin is not None  # noqa: S101 (asked for as pipes)
        assert self._process.stdout is not None  # noqa: S101
        _put(self._process.stdin, msgspec.msgpack.encode(job))
        answer = _take(self._process.stdout)
        if answer is None:
            raise RuntimeError("The client process ended; its error is above.")
        outcome = msgspec.msgpack.decode(answer, type=Outcome)
        if outcome.failed:
            raise RuntimeError(f"Not a 200: {outcome.failed.decode(errors='replace')}")
        return outcome


def _put(stream: BinaryIO, message: bytes) -> None:
    stream.write(_LENGTH.pack(len(message)) + message)
    stream.flush()


def _take(stream: BinaryIO) -> bytes | None:
    head = stream.read(_LENGTH.size)
    return stream.read(_LENGTH.unpack(head)[0]) if len(head) == _LENGTH.size else None


def main() -> None:
    """Serve jobs until standard input ends."""
    while (message := _take(sys.stdin.buffer)) is not None:
        outcome = drive(msgspec.msgpack.decode(message, type=Job))
        _put(sys.stdout.buffer, msgspec.msgpack.encode(outcome))


if __name__ == "__main__":
    main()
