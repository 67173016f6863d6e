"""A process that syncs a phone in children of its own and has them killed at a given step.

Talks lines of JSON: told ``{"store": path, "kill_at": n}`` it syncs that store in a child that
is killed, by SIGKILL, at the n-th step of its database, and answers whether it was. Told
``{"store": path}`` it syncs to the end and answers with what the phone then holds. Each
transaction that writes has steps before its first write, before its first row of the clean
copy, before its commit and after it.
"""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from phone import Phone, Store
from phone.wire import PageLimits


def main(server: str) -> None:
    """Answer every line until there is none."""
    for line in sys.stdin:
        asked = json.loads(line)
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            told = _live(server, Path(asked["store"]), asked.get("kill_at"))
            os.write(writer, json.dumps(told).encode())
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            said = pipe.read()
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            answer: Any = {"killed_by": os.WTERMSIG(status)}
        else:
            answer = json.loads(said) if said else {"failed": os.WEXITSTATUS(status)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _live(server: str, path: Path, kill_at: int | None) -> dict[str, Any]:
    with (
        Store(path) as store,
        Phone(server, store, attempts=3, page=PageLimits(max_rows=2), max_ops=3) as phone,
    ):
        woken = {str(record.id): record.body for record in phone.records()}
        if kill_at is not None:
            store._db.set_trace_callback(_Killer(kill_at))
        phone.sync()
        return {
            "woken": woken,
            "seen": {str(record.id): record.body for record in phone.records()},
            "pending": sum(record.pending for record in phone.records()),
            "outbox": len(store.outbox()),
            "wanted": len(store.wanted()),
            "forked": store.place().forked,
            "attention": [str(item.op) for item in phone.attention()],
            "versions": {
                str(key): [str(record.v), record.rev]
                for key, record in store.clean_records().items()
                if not record.deleted
            },
        }


class _Killer:
    """Counts steps of transactions that write, and kills its own process at one of them."""

    def __init__(self, kill_at: int) -> None:
        self.left = kill_at
        self.written: set[str] = set()
        self.has_ended = False

    def __call__(self, statement: str) -> None:
        words = statement.split(maxsplit=3)
        is_first = False
        if words[0] in {"INSERT", "UPDATE", "DELETE"}:
            # Before anything is written, and between an answer's results and its rows.
            kind = "row" if words[1:3] == ["INTO", "record"] else "other"
            is_first = kind not in self.written
            self.written.add(kind)
        is_end = statement == "COMMIT" and bool(self.written)
        is_step = is_first or is_end or self.has_ended
        self.has_ended = is_end
        if statement == "COMMIT":
            self.written.clear()
        if is_step:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1])
