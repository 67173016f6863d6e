"""The one range of bytes a reader may ask for (RFC 9110, section 14)."""

import re
from dataclasses import dataclass

_ONE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})", re.ASCII)


@dataclass(frozen=True)
class Span:
    """Bytes ``first`` to ``last``, both inside."""

    first: int
    last: int

    @property
    def size(self) -> int:
        """How many bytes these are."""
        return self.last - self.first + 1


class Unsatisfiable(Exception):
    """The range begins behind the end."""


def asked_span(header: str, *, size: int) -> Span | None:
    """Return what a ``Range`` header asks of ``size`` bytes, or None for all of them.

    Anything but one plain range is answered with the whole, as the standard allows: a list
    of a thousand pieces costs nothing. Raises ``Unsatisfiable``.
    """
    found = _ONE.fullmatch(header.strip()) if len(header) <= 64 else None
    if found is None:
        return None
    first, last = found.groups()
    if first:
        start, end = int(first), int(last) if last else size - 1
        if end < start and last:
            return None
        if start >= size:
            raise Unsatisfiable
        return Span(start, min(end, size - 1))
    if not last:
        return None
    if int(last) == 0:
        raise Unsatisfiable
    return Span(max(0, size - int(last)), size - 1)
