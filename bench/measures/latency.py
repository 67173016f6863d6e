"""From a push to the summary in the feed, with workers as operators run them, under load."""

import itertools
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from statistics import quantiles
from typing import Any
from uuid import UUID

import psutil
from celery import current_app

from bench.figures import Reading
from bench.people import Phone, new_op, new_phone, push_request
from bench.stage import PROJECT, Stage, environment
from config.schedule import BEAT
from config.supervise import Supervisor, read_procfile

PATIENCE_S = 60.0
CATCH_UP_S = 300.0
LOOK_EVERY_S = 0.005
SETTLED = """
SELECT athlete_id FROM sync_feed WHERE athlete_id = ANY(%s) AND derived_seq >= input_seq
"""


def push_to_summary(stage: Stage) -> list[Reading]:
    """P10: phones push one workout after another; each is timed until it is in the summary."""
    phones = _phones(stage.scale.phones)
    with stage.admin() as database:  # of other measures: a hundred thousand records, many looks
        database.execute("DELETE FROM recompute_queue")
        database.execute("UPDATE coaching_accessplace SET due_at = NULL")
    current_app.control.purge()
    with _workers(stage):
        _catch_up()
        _play(stage, phones, rate=2 * stage.scale.pushes_per_s, seconds=len(phones) / 40)
        _catch_up()
        psutil.cpu_percent()
        waited = _play(stage, phones, rate=stage.scale.pushes_per_s, seconds=stage.scale.latency_s)
        busy = psutil.cpu_percent()
    percentiles = quantiles(waited, n=100)
    return [
        Reading("P10 p50", percentiles[49], {
            "rate": stage.scale.pushes_per_s, "phones": len(phones), "cpu_percent": busy}),
        Reading("P10 p99", percentiles[98], {"pushes": len(waited)}),
    ]  # fmt: skip


@cache
def _phones(count: int) -> tuple[Phone, ...]:
    return tuple(new_phone() for _ in range(count))


@cache
def _numbers() -> Iterator[int]:
    """Return one number after another for all rounds: no phone pushes a workout twice."""
    return itertools.count()


def _catch_up() -> None:
    """Have the workers do whatever is due, so that no push stands behind it."""
    for entry in BEAT.values():
        current_app.send_task(str(entry["task"]), ignore_result=True)
    deadline = time.monotonic() + CATCH_UP_S
    while not _is_idle():
        if time.monotonic() > deadline:
            raise RuntimeError("The workers do not get done with what other measures left.")
        time.sleep(0.2)


def _is_idle() -> bool:
    """Return whether no message waits and no worker is at one; none answers before it is up."""
    with current_app.connection_for_read() as broker:
        channel: Any = broker.default_channel
        if channel.queue_declare("celery").message_count:
            return False
    workers = current_app.control.inspect(timeout=1.0)
    answers = [workers.active(), workers.reserved()]
    return all(each and not any(each.values()) for each in answers)


def _play(stage: Stage, phones: Sequence[Phone], *, rate: float, seconds: float) -> list[float]:
    """Push at a steady rate, each phone in turn; return the seconds until each was summed up."""
    pending: dict[UUID, float] = {}
    waited: list[float] = []
    started = time.perf_counter()
    sent, total, numbers = 0, int(rate * seconds), _numbers()
    with (
        socket.create_connection(("127.0.0.1", stage.port), timeout=PATIENCE_S) as web,
        stage.admin() as database,
    ):
        while sent < total or pending:
            now = time.perf_counter()
            if now - started > seconds + PATIENCE_S:
                raise RuntimeError(f"{len(pending)} pushes were never summed up.")
            phone = phones[sent % len(phones)]
            if sent < total and now - started >= sent / rate and phone.athlete_id not in pending:
                pending[phone.athlete_id] = now
                _push(web, phone, next(numbers))
                sent += 1
            rows = database.execute(SETTLED, [list(pending)]).fetchall() if pending else []
            for (athlete_id,) in rows:
                waited.append(time.perf_counter() - pending.pop(athlete_id))  # type: ignore[arg-type]
            time.sleep(LOOK_EVERY_S)
    return waited


def _push(web: socket.socket, phone: Phone, number: int) -> None:
    web.sendall(push_request(phone, [new_op(number)]))
    answer = b""
    while b"witness" not in answer:
        piece = web.recv(65_536)
        if not piece:
            raise RuntimeError(f"A push was not answered: {answer.decode(errors='replace')}")
        answer += piece


@contextmanager
def _workers(stage: Stage) -> Iterator[None]:
    """Run the Procfile's worker and beat."""
    commands = read_procfile(PROJECT / "Procfile")
    log = (stage.home / "workers.log").open("a", encoding="utf-8", buffering=1)
    with (
        log,
        Supervisor(
            {"worker": commands["worker"], "beat": commands["beat"]},
            env=environment(workers=1),
            cwd=PROJECT,
            log=lambda line: print(line, file=log),
        ),
    ):
        yield
