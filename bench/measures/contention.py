"""What readers and writers of one feed cost each other."""

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from psycopg import sql

from bench.figures import Reading, quantile
from bench.load import Job
from bench.people import Phone, new_op, new_phone, push_request
from bench.stage import Stage

PAGE_ROWS = 2000
PROBE_S = 0.0005


def lock_held(stage: Stage) -> list[Reading]:
    """For how much of a push its feed is locked: probed from a connection of its own."""
    phone = new_phone()
    scale = stage.scale
    ops = [[new_op(number) for number in range(scale.batch)] for _ in range(scale.batches)]
    requests = [push_request(phone, batch) for batch in ops]
    stage.client.run(Job(stage.port, [[push_request(phone, [new_op()])]], seconds=60.0))
    held: list[bool] = []
    with _meanwhile(lambda: held.append(_is_locked(stage, phone, probing=held))):
        outcome = stage.client.run(Job(stage.port, [requests], seconds=60.0))
    share = sum(held) / len(held)
    each_ms = 1e3 * outcome.elapsed_s / len(outcome.latencies_s)
    return [Reading("Lock", share, {"held_ms": share * each_ms, "push_ms": each_ms})]


_probes = threading.local()


def _is_locked(stage: Stage, phone: Phone, *, probing: list[bool]) -> bool:
    if not probing:
        _probes.admin = stage.admin()
    time.sleep(PROBE_S)
    row = _probes.admin.execute(
        sql.SQL(
            "SELECT 1 FROM sync_feed WHERE athlete_id = {} FOR NO KEY UPDATE SKIP LOCKED"
        ).format(phone.athlete_id)
    ).fetchone()
    return row is None


@contextmanager
def _meanwhile(step: Callable[[], object]) -> Iterator[None]:
    """Repeat ``step`` in another thread while the block runs."""
    ending = threading.Event()

    def repeat() -> None:
        while not ending.is_set():
            step()

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


def bootstrap(stage: Stage) -> list[Reading]:
    """A first load of many records, in peace and while another device writes."""
    phone = _filled(stage)
    peace = _load(stage, phone)
    waits: list[float] = []

    def write() -> None:
        asked = time.perf_counter()
        _ask(writer, push_request(phone, [new_op()]))
        waits.append(time.perf_counter() - asked)

    writer = http.client.HTTPConnection("127.0.0.1", stage.port)
    with _meanwhile(write):
        written = _load(stage, phone)
    writer.close()
    records = stage.scale.bootstrap
    return [
        Reading("Load", peace / written, {
            "rate": records / written, "peace": records / peace,
            "writes": len(waits), "write_ms": 1e3 * quantile(waits, 0.5)}),
    ]  # fmt: skip


_people: dict[int, Phone] = {}


def _filled(stage: Stage) -> Phone:
    """Return somebody with so many records, made once."""
    count = stage.scale.bootstrap
    if count not in _people:
        phone = _people[count] = new_phone()
        pushes = [
            push_request(phone, [new_op(number) for number in range(PAGE_ROWS // 2)])
            for _ in range(2 * count // PAGE_ROWS)
        ]
        stage.client.run(Job(stage.port, [pushes], seconds=600.0))
    return _people[count]


def _load(stage: Stage, phone: Phone) -> float:
    """Return the seconds from no cursor to ``complete``."""
    reader = http.client.HTTPConnection("127.0.0.1", stage.port)
    started = time.perf_counter()
    cursor, rows = "", 0
    while True:
        path = f"/v1/athletes/me/changes?max_rows={PAGE_ROWS}{cursor}"
        reader.request("GET", path, headers={"Authorization": f"Bearer {phone.token}"})
        answer = reader.getresponse().read()
        rows += answer.count(b'"rev":')
        cursor = "&cursor=" + answer.partition(b'"cursor":"')[2].partition(b'"')[0].decode()
        # While others write, the end is where the load's own fixed head was reached.
        if b'"complete":true' in answer or rows >= stage.scale.bootstrap:
            break
    took = time.perf_counter() - started
    reader.close()
    if rows < stage.scale.bootstrap:
        raise RuntimeError(f"The load brought {rows} rows.")
    return took


def _ask(writer: http.client.HTTPConnection, request: bytes) -> None:
    head, _, body = request.partition(b"\r\n\r\n")
    first, *fields = head.decode().split("\r\n")
    method, path, _ = first.split(" ")
    headers = dict(field.split(": ", 1) for field in fields)
    writer.request(method, path, body, headers)
    answer = writer.getresponse()
    if b'"applied"' not in answer.read():
        raise RuntimeError("A write was not taken.")
