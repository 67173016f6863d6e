"""Reads the examples of a guide and compares what they promise with what a server says.

An example is a fenced block of kind ``http``: a request (method, path, header lines, an empty
line, a body) or the answer to the one before (a status, an empty line, a body). Values a client
makes up stand in requests as they are sent. Values only the server knows are bound where they
first stand in an answer, and mean the same ever after. Lines like ``<!-- step: worker -->`` say
what happens between two examples.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_PARTS = re.compile(
    r"<!-- step: (?P<step>\w+) -->|^```http\n(?P<block>.*?)^```$", re.MULTILINE | re.DOTALL
)
_WORDS = re.compile(r'"([^"]{4,})"')

ELIDED = "…"
# Of these values only the kind is promised: times and clocks.
FREE = frozenset({"expires_at", "server_time", "clock_offset_ms", "next_poll_s", "as_of"})
# These are the server's to choose, unless the client chose them before.
CHOSEN = frozenset(
    {"athlete_id", "access_token", "device_id", "epoch", "mark", "cursor", "id", "v", "device"}
    | {"seq", "covers_seq", "inputs_seq", "xor", "op", "source_record", "record"}
)


@dataclass(frozen=True)
class Step:
    """Something that happens outside the conversation."""

    name: str


@dataclass(frozen=True)
class Request:
    """An example's request, with where it stands in the guide."""

    method: str
    path: str
    headers: dict[str, str]
    body: str
    line: int


@dataclass(frozen=True)
class Answer:
    """An example's answer."""

    status: int
    body: Any
    line: int


def examples(guide: Path) -> list[Step | Request | Answer]:
    """Return steps, requests and answers in order."""
    text = guide.read_text()
    found: list[Step | Request | Answer] = []
    for part in _PARTS.finditer(text):
        if part["step"]:
            found.append(Step(part["step"]))
            continue
        line = text.count("\n", 0, part.start()) + 2
        head, _, body = part["block"].partition("\n\n")
        first, *headers = head.splitlines()
        if first[:3].isdigit():
            found.append(Answer(int(first[:3]), json.loads(body) if body.strip() else None, line))
        else:
            method, path = first.split()
            told = dict(header.split(": ", 1) for header in headers)
            found.append(Request(method, path, told, body.strip(), line))
    return found


@dataclass
class Meaning:
    """What the guide's values stand for in this run."""

    bound: dict[str | int, str | int] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)

    def spoken(self, text: str) -> str:
        """Return the guide's text with this run's values; note what the client made up."""
        self.sent |= {word for word in _WORDS.findall(text) if word not in self.bound}
        for guide, real in self.bound.items():
            if isinstance(guide, str):
                text = text.replace(guide, str(real))
        return re.sub(r'("seq": )(\d+)', self._number, text)

    def _number(self, found: re.Match[str]) -> str:
        return f"{found[1]}{self.bound.get(int(found[2]), found[2])}"

    def check(self, promised: Any, real: Any, *, at: str = "", key: str = "") -> None:
        """Compare an answer with the guide's; raise ``AssertionError`` where they differ."""
        if isinstance(promised, dict):
            assert isinstance(real, dict), f"{at}: {real!r} is no object"
            for name, value in promised.items():
                if name == ELIDED:
                    continue
                assert name in real, f"{at}: {name!r} is missing in {real!r}"
                self.check(value, real[name], at=f"{at}/{name}", key=name)
        elif isinstance(promised, list):
            assert isinstance(real, list), f"{at}: {real!r} is no list"
            self._check_list(promised, real, at=at, key=key)
        elif key in FREE and promised is not None:
            assert isinstance(real, type(promised) | int), f"{at}: {real!r} is of another kind"
        elif key in CHOSEN and promised is not None and promised not in self.sent:
            assert type(real) is type(promised), f"{at}: {real!r} is of another kind"
            known = self.bound.setdefault(promised, real)
            assert known == real, f"{at}: {promised!r} meant {known!r}, now {real!r}"
        elif promised != ELIDED:
            assert real == promised, f"{at}: {real!r} instead of {promised!r}"

    def _check_list(self, promised: list[Any], real: list[Any], *, at: str, key: str) -> None:
        wanted = [item for item in promised if item != ELIDED]
        if len(wanted) == len(promised):
            assert len(real) == len(promised), f"{at}: {len(real)} items, not {len(promised)}"
        rest = list(real)
        for number, item in enumerate(wanted):
            while True:
                assert rest, f"{at}: nothing like {item!r} in {real!r}"
                candidate, before = rest.pop(0), dict(self.bound)
                try:
                    self.check(item, candidate, at=f"{at}/{number}", key=key)
                    break
                except AssertionError:
                    if len(wanted) == len(promised):
                        raise
                    self.bound = before
