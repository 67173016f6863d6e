"""Who uses the servers: one lock per home, one handle per living process."""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from config.embedded.errors import EmbeddedServerError
from config.embedded.processes import birth_mark

# A first start runs initdb, a start after a crash replays the log: both under the lock.
_LOCK_PATIENCE_S = 300.0
# Stands for "keep running until told otherwise", which no process's end takes back.
_KEPT = 0


@contextlib.contextmanager
def locked(home: Path) -> Iterator[None]:
    """Hold the home's lock; the system lets go of it if this process dies."""
    with (home / "lock").open("a") as file:
        _same_owner(home, home / "lock")
        deadline = time.monotonic() + _LOCK_PATIENCE_S
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise EmbeddedServerError(
                        f"Another process has held {home / 'lock'} for {_LOCK_PATIENCE_S:.0f} s. "
                        "End it and start again."
                    ) from None
                time.sleep(0.05)
        yield


def add(home: Path, *, kept: bool) -> None:
    """Register this process, or a lasting wish, as a user; under the lock."""
    handles = _read(home)
    pid = _KEPT if kept else os.getpid()
    handles[pid] = "" if kept else (birth_mark(pid) or "")
    _write(home, handles)


def drop(home: Path, *, kept: bool) -> None:
    """Take back this process's handle, or the lasting wish; under the lock."""
    handles = _read(home)
    handles.pop(_KEPT if kept else os.getpid(), None)
    _write(home, handles)


def is_kept(home: Path) -> bool:
    """Return whether the servers are to outlive every process that uses them."""
    return _KEPT in _read(home)


def users(home: Path) -> list[int]:
    """Return the living processes that hold a handle; dead ones never count."""
    return sorted(pid for pid in _read(home) if pid != _KEPT)


def _read(home: Path) -> dict[int, str]:
    try:
        stored = json.loads((home / "handles.json").read_text(encoding="utf-8"))
        handles = {int(pid): str(mark) for pid, mark in stored.items()}
    except (FileNotFoundError, ValueError, AttributeError):
        return {}
    return {pid: mark for pid, mark in handles.items() if pid == _KEPT or birth_mark(pid) == mark}


def _write(home: Path, handles: dict[int, str]) -> None:
    unfinished = home / "handles.json.new"
    unfinished.write_text(json.dumps(handles), encoding="utf-8")
    _same_owner(home, unfinished)
    unfinished.replace(home / "handles.json")


def _same_owner(home: Path, path: Path) -> None:
    """Leave a user's home usable for that user after root worked in it."""
    if os.geteuid() == 0:
        owner = home.stat()
        os.chown(path, owner.st_uid, owner.st_gid)
