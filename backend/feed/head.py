"""Where a feed stands: the newest number given in it and the mark of the commit that gave it."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Head:
    """A feed's newest place; what a `Witness` is to a phone. A feed not yet used is at zero."""

    seq: int = 0
    mark: int = 0

    @property
    def text(self) -> str:
        """The head as it travels: ``seq:mark``, the mark as sixteen hexadecimal digits."""
        return f"{self.seq}:{self.mark:016x}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the head that ``text`` stands for. Raises ``ValueError``."""
        seq, _, mark = text.partition(":")
        return cls(int(seq), int(mark, 16))
