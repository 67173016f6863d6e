"""What happened in one history, line by line, and the error that shows it."""

import re
from dataclasses import dataclass, field
from uuid import UUID

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Violated(AssertionError):
    """A promise of the protocol was broken; the message names it and shows the history."""

    def __init__(self, promise: str, told: str, history: "History") -> None:
        self.promise = promise
        text = f"{promise}: {told}\n\nThe history:\n" + "\n".join(history.lines)
        super().__init__(history.readable(text))


@dataclass
class History:
    """The lines so far; ids get short names in the order they turn up."""

    lines: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)

    def note(self, line: str) -> None:
        """Write down what happened."""
        self.lines.append(f"{len(self.lines) + 1:4} {line}")

    def name(self, identifier: UUID | str, name: str) -> None:
        """Show an id by this name from now on."""
        self.names.setdefault(str(identifier), name)

    def readable(self, text: str) -> str:
        """Return a text with names in place of ids."""
        return _UUID.sub(lambda found: self.names.get(found[0], found[0][:8]), text)

    def broken(self, promise: str, told: str) -> Violated:
        """Return the error that a promise is broken."""
        return Violated(promise, told, self)
