"""A network that breaks: passes a connection on until so many bytes went out, then drops it."""

import contextlib
import socket
import struct
import threading
from collections import deque
from collections.abc import Iterable
from typing import Self

RESET = struct.pack("ii", 1, 0)


class BreakingRelay:
    """Stands before a server; each connection may send so many bytes, None for any number."""

    def __init__(self, port: int, *, cuts_after: Iterable[int | None]) -> None:
        self.cuts = 0
        self._target = port
        self._budgets = deque(cuts_after)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._accept)

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            budget = self._budgets.popleft() if self._budgets else None
            server = socket.create_connection(("127.0.0.1", self._target))
            for work in (
                threading.Thread(target=self._out, args=(client, server, budget)),
                threading.Thread(target=self._back, args=(server, client)),
            ):
                work.start()
                self._threads.append(work)

    def _out(self, client: socket.socket, server: socket.socket, budget: int | None) -> None:
        sent = 0
        with contextlib.suppress(OSError):
            while data := client.recv(16_384):
                if budget is not None and sent + len(data) > budget:
                    server.sendall(data[: budget - sent])
                    self.cuts += 1
                    break
                server.sendall(data)
                sent += len(data)
        for end in (client, server):
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _back(self, server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(16_384):
                client.sendall(data)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
