"""The base of every refusal by a rule of the core."""

from typing import ClassVar


class CoreError(Exception):
    """A rule of the core refused its input."""

    code: ClassVar[str] = "core.refused"

    def __init__(self, detail: str = "", *, pointer: str = "") -> None:
        super().__init__(detail or (type(self).__doc__ or self.code).strip())
        self.pointer = pointer

    @property
    def detail(self) -> str:
        """What was wrong, for a person; never a measurement."""
        return str(self)
