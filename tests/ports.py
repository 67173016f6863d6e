"""Ports that nobody else is given between their choice and their use.

A port the system chooses may go to any connection or server that starts meanwhile, and servers
that share ports then listen at it both, without a word. So each worker of a run has a block of
its own, below those the system gives out, and goes through it.
"""

import os
import socket
from itertools import count

_FIRST, _OF_A_WORKER, _WORKERS = 20_000, 600, 20
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw-1").removeprefix("gw")) + 1
_start = _FIRST + _worker % _WORKERS * _OF_A_WORKER
_steps = count(os.getpid())  # another run on this machine begins elsewhere


def free_port() -> int:
    """Return a port nobody listens on."""
    for step in _steps:
        port = _start + step % _OF_A_WORKER
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:  # somebody else's, or of a server that just ended
                continue
            return port
    raise AssertionError("there is always a next step")
