"""Reads server-sent events (the WHATWG's event stream format) from pieces of any size."""

from collections.abc import Iterator
from dataclasses import dataclass

_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Event:
    """One dispatched event."""

    data: str
    kind: str = "message"


class EventReader:
    """Takes bytes as they come and yields events as soon as they are whole.

    ``retry_ms`` is what the server last said about reconnecting, None before it did.
    """

    def __init__(self) -> None:
        self.retry_ms: int | None = None
        self._rest = b""
        self._began = False
        self._after_cr = False
        self._data: list[str] = []
        self._kind = ""

    def feed(self, piece: bytes) -> Iterator[Event]:
        """Yield the events that ``piece`` completes."""
        for line in self._lines(piece):
            if line:
                self._field(line)
                continue
            if self._data:
                yield Event("\n".join(self._data), self._kind or "message")
            self._data, self._kind = [], ""

    def _lines(self, piece: bytes) -> Iterator[str]:
        """Yield whole lines; they end with CR, LF or both, which may come in two pieces."""
        if self._after_cr and piece:
            piece = piece.removeprefix(b"\n")
            self._after_cr = False
        text = self._rest + piece
        if not self._began:
            if len(text) < len(_MARK) and _MARK.startswith(text):
                self._rest = text
                return
            text, self._began = text.removeprefix(_MARK), True
        self._after_cr = text.endswith(b"\r")
        *lines, self._rest = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        for line in lines:
            yield line.decode("utf-8", "replace")

    def _field(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "data":
                self._data.append(value)
            case "event":
                self._kind = value
            case "retry" if value.isascii() and value.isdecimal():
                self.retry_ms = int(value)
            case _:
                pass  # a comment, or a field of a newer format
