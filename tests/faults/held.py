"""A writer stopped just before its commit, in a thread and on a connection of its own."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.db import connection
from django.utils import timezone

from apps.common.actor import acting_as
from apps.sync.writer import Pushed, push_ops
from backend.feed.wire import Op
from config.embedded.processes import wait_until
from tests.conftest import Person

PATIENCE_S = 300  # a wait ends by what happens; this is for what never does


class RolledBack(Exception):
    """What ends a transaction that is not to be committed."""


@dataclass
class Thread:
    """Work in a thread; what it raised is raised again by `result`."""

    work: Callable[[], Any]
    answer: Any = None
    error: BaseException | None = None

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def is_alive(self) -> bool:
        """Return whether the work goes on."""
        return self._thread.is_alive()

    def result(self) -> Any:
        """Wait for the end and return the answer."""
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive(), "the thread never ends"
        if self.error is not None:
            raise self.error
        return self.answer

    def _run(self) -> None:
        try:
            self.answer = self.work()
        except BaseException as error:
            self.error = error
        finally:
            connection.close()


@dataclass
class HeldPush:
    """A push whose ops are numbered and written, and whose commit waits."""

    person: Person
    ops: list[dict[str, Any]]
    commits: bool = True
    pushed: Pushed | None = None
    backend: int = 0
    _written: threading.Event = field(default_factory=threading.Event)
    _may_end: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._thread = Thread(self._push)
        assert self._written.wait(PATIENCE_S), self._thread.error

    def end(self) -> Pushed:
        """Let it commit, or roll back, and return what it had decided."""
        self._may_end.set()
        self._thread.result()
        assert self.pushed is not None
        return self.pushed

    def _push(self) -> None:
        try:
            with acting_as(self.person.id):
                self.pushed = push_ops(
                    athlete_id=self.person.id,
                    device_id=self.person.device_id,
                    ops=msgspec.json.decode(msgspec.json.encode(self.ops), type=list[Op]),
                    epoch=None,
                    witness=None,
                    sent_at=None,
                    now=timezone.now(),
                )
                self.backend = connection.connection.info.backend_pid
                self._written.set()
                assert self._may_end.wait(PATIENCE_S)
                if not self.commits:
                    raise RolledBack
        except RolledBack:
            return
        finally:
            self._written.set()


@contextmanager
def held(person: Person, *ops: dict[str, Any], commits: bool = True) -> Iterator[HeldPush]:
    """Hold a push before its commit for the length of a block, or until it is told to end."""
    push = HeldPush(person, list(ops), commits)
    try:
        yield push
    finally:
        push.end()


def waits_for(backend: int) -> bool:
    """Wait until some backend waits for ``backend``; False when none ever does."""

    def is_waited_for() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity a WHERE %s = ANY(pg_blocking_pids(a.pid))",
                [backend],
            )
            return bool(cursor.fetchone()[0])

    return wait_until(is_waited_for, timeout_s=PATIENCE_S)
