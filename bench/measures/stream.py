"""Idle streams: what each costs in memory, and how soon it hears of another device's push."""

import re
import selectors
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import psutil

from bench.figures import Reading, quantile
from bench.people import Phone, get, new_op, new_phone, push_request
from bench.stage import PROJECT, Stage, environment, free_port
from config.supervise import Supervisor, read_procfile

WARM = 20
PATIENCE_S = 60.0


@cache
def _phones(count: int) -> tuple[Phone, ...]:
    return tuple(new_phone() for _ in range(count))


def idle_streams(stage: Stage) -> list[Reading]:
    """P13: a fresh live process, so that no earlier round's memory is used again."""
    phones = _phones(stage.scale.streams)
    with live_process(stage) as (port, worker):
        for each in _opened(port, phones[:WARM]):
            each.close()
        time.sleep(1.0)
        before = worker.memory_info().rss
        streams = _opened(port, phones)
        each_kb = (worker.memory_info().rss - before) / len(streams) / 1e3
        answered, woken = _wake_ups(stage, phones, streams)
        whole_mb = worker.memory_info().rss / 1e6
        for stream in streams:
            stream.close()
    return [
        Reading("P13 stream", each_kb, {
            "streams": len(streams), "whole_mb": whole_mb,
            "answered_ms": 1e3 * quantile(answered, 0.5),
            "p50_ms": 1e3 * quantile(woken, 0.5), "p99_ms": 1e3 * quantile(woken, 0.99)}),
    ]  # fmt: skip


def _opened(port: int, phones: tuple[Phone, ...]) -> list[socket.socket]:
    """Open a stream for each phone and wait for its first event."""
    streams = []
    for phone in phones:
        stream = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        stream.sendall(get(phone, "/v1/stream"))
        streams.append(stream)
    for stream in streams:
        _until(stream, b"data: ")
    return streams


def _until(stream: socket.socket, text: bytes) -> None:
    seen = b""
    while text not in seen:
        piece = stream.recv(65_536)
        if not piece:
            raise RuntimeError(f"The stream ended: {seen.decode(errors='replace')}")
        seen += piece


def _wake_ups(
    stage: Stage, phones: tuple[Phone, ...], streams: list[socket.socket]
) -> tuple[list[float], list[float]]:
    """Return, for one push after another, the seconds to its answer and to its event."""
    answered: list[float] = []
    woken: list[float] = []
    with (
        socket.create_connection(("127.0.0.1", stage.port), timeout=PATIENCE_S) as web,
        selectors.DefaultSelector() as selector,
    ):
        for number in range(stage.scale.wake_ups):
            # Another person's each time: a second event of one stream is held back a moment.
            stream = streams[number % len(streams)]
            request = push_request(phones[number % len(phones)], [new_op(number)])
            waited = {web: b"witness", stream: b"data: "}
            for each in waited:
                selector.register(each, selectors.EVENT_READ)
            started = time.perf_counter()
            web.sendall(request)
            while waited:
                for key, _ in selector.select(PATIENCE_S):
                    ready: socket.socket = key.fileobj  # type: ignore[assignment]  # registered above
                    if waited[ready] in ready.recv(65_536):
                        taken = answered if ready is web else woken
                        taken.append(time.perf_counter() - started)
                        selector.unregister(ready)
                        del waited[ready]
    return answered, woken


@contextmanager
def live_process(stage: Stage) -> Iterator[tuple[int, psutil.Process]]:
    """Run the Procfile's live process; yield its port and the process that holds the streams."""
    port = free_port()
    command = re.sub(
        r"\$\{LIVE_PORT:-\d+\}", str(port), read_procfile(PROJECT / "Procfile")["live"]
    )
    log = (stage.home / "live.log").open("a", encoding="utf-8", buffering=1)
    with (
        log,
        Supervisor(
            {"live": command},
            env=environment(workers=1),
            cwd=PROJECT,
            log=lambda line: print(line, file=log),
        ) as supervisor,
    ):
        _wait_for(port)
        server = psutil.Process(supervisor.pids["live"])
        yield port, max(server.children(), key=lambda child: child.memory_info().rss)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                if b'"redis":"ok"' in answer.read():
                    return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.1)
    raise RuntimeError("The live process did not get ready.")
