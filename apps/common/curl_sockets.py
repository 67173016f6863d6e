"""Waiting for libcurl's sockets and its timer, without a limit on the number of descriptors."""

import selectors
import time
from typing import NamedTuple

import pycurl


class Action(NamedTuple):
    """What libcurl is told: news of a descriptor, or that its time has come."""

    descriptor: int
    events: int


class Sockets:
    """The descriptors and the timer that libcurl wants to be woken by."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._due_at: float | None = None

    def watch(self, what: int, descriptor: int, _multi: object, _data: object) -> None:
        """Begin, change or end watching a descriptor, as libcurl says."""
        known = descriptor in self._selector.get_map()
        if what == pycurl.POLL_REMOVE:
            if known:
                self._selector.unregister(descriptor)
            return
        events = 0
        if what in (pycurl.POLL_IN, pycurl.POLL_INOUT):
            events |= selectors.EVENT_READ
        if what in (pycurl.POLL_OUT, pycurl.POLL_INOUT):
            events |= selectors.EVENT_WRITE
        (self._selector.modify if known else self._selector.register)(descriptor, events)

    def set_timer(self, timeout_ms: int) -> None:
        """Note when libcurl wants to be woken although nothing came."""
        self._due_at = None if timeout_ms < 0 else time.monotonic() + timeout_ms / 1_000

    def wait(self, timeout_s: float) -> list[Action]:
        """Return what libcurl is to be told, after at most so many seconds."""
        if self._due_at is not None:
            timeout_s = min(timeout_s, max(0.0, self._due_at - time.monotonic()))
        actions = []
        for key, events in self._selector.select(timeout_s):
            told = pycurl.CSELECT_IN if events & selectors.EVENT_READ else 0
            told |= pycurl.CSELECT_OUT if events & selectors.EVENT_WRITE else 0
            actions.append(Action(key.fd, told))
        if self._due_at is not None and self._due_at <= time.monotonic():
            self._due_at = None
            actions.append(Action(pycurl.SOCKET_TIMEOUT, 0))
        return actions

    def close(self) -> None:
        """Let go of the descriptors."""
        self._selector.close()
