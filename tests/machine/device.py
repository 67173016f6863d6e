"""One phone of the machine: it can die at any moment, be put back from a backup, be cloned.

The phone itself is the reference client of the package `phone`, with its data in a real file.
"""

import contextlib
import shutil
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from django.utils import timezone

from backend.records import REGISTRY
from phone import NoAnswer, Phone, Store
from phone.exchange import Prepared
from phone.wire import TYPES, PageLimits, SyncResponse
from tests.machine.network import Encoding, Network

PATIENCE = 20
SERVER_OWNED = frozenset(name for name, kind in REGISTRY.items() if kind.owner == "server")


@dataclass(frozen=True)
class Session:
    """What a device got when it signed in."""

    email: str
    athlete: UUID
    device: UUID
    token: str


@dataclass(frozen=True)
class Habits:
    """How a phone behaves: its clock's error, how much it asks for at once, what it speaks."""

    clock_ahead: timedelta = timedelta()
    page_rows: int = 500
    page_bytes: int = 1_048_576
    max_ops: int = 2_000
    encoding: Encoding = None
    types: Mapping[str, int] = field(default_factory=lambda: dict(TYPES))


@dataclass
class Device:
    """A phone in a person's hand. ``held`` is an answer on its way through the air."""

    name: str
    folder: Path
    network: Network
    session: Session
    habits: Habits
    phone: Phone = field(init=False)
    store: Store = field(init=False)
    held: tuple[Prepared, SyncResponse] | None = None
    backup: Path | None = None

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._http = self.network.client(self.name, self.habits.encoding)
        self._open()
        if self.store.account().token is None:
            self.sign_in()

    @property
    def file(self) -> Path:
        """Where the phone keeps its data."""
        return self.folder / "phone.sqlite3"

    def now(self) -> datetime:
        """Return what the phone's own clock shows."""
        zone = UTC
        try:
            return timezone.now().astimezone(zone) + self.habits.clock_ahead
        except OverflowError:
            return datetime(9998, 1, 1, tzinfo=zone)

    def sign_in(self) -> None:
        """Take up the session this device was given."""
        self.store.sign_in(
            email=self.session.email,
            athlete=self.session.athlete,
            device=self.session.device,
            token=self.session.token,
        )

    def close(self) -> None:
        """End the app; nothing is written that was not written before."""
        self.store.close()

    def restart(self) -> None:
        """Switch the phone off and on; an answer in the air is lost with it."""
        self.held = None
        self.close()
        self._open()

    def set_clock(self, ahead: timedelta) -> None:
        """Let the phone's clock go wrong by so much from now on."""
        self.habits = replace(self.habits, clock_ahead=ahead)

    def show_or_hide(self, kind: str) -> None:
        """Update the app to one that knows a record type more, or one less."""
        types = dict(self.habits.types)
        if types.pop(kind, None) is None:
            types[kind] = TYPES[kind]
        self.habits = replace(self.habits, types=types)
        self.restart()

    # Backups and clones

    def save_backup(self) -> None:
        """Back the phone up, as a cloud backup at night does."""
        self.backup = self.folder / "backup.sqlite3"
        self._copy(self.backup)

    def restore_backup(self) -> None:
        """Put the phone back to its backup: what it learned and did since is gone."""
        if self.backup is None:
            return
        self._replace_file(self.backup)

    def clone(self, name: str, folder: Path) -> "Device":
        """Return a second phone with a copy of everything, the device's identity included."""
        folder.mkdir(parents=True, exist_ok=True)
        self._copy(folder / "phone.sqlite3")
        return Device(name, folder, self.network, self.session, self.habits)

    # Talking

    def ask(self) -> bool:
        """Send the next request and keep its answer in the air; False when none came."""
        prepared = self.phone.prepare()
        try:
            self.held = (prepared, self.phone.deliver(prepared))
        except NoAnswer:
            return False
        return True

    def hear(self) -> bool:
        """Take in the answer that is in the air; False when it was no longer wanted."""
        if self.held is None:
            return False
        (prepared, answer), self.held = self.held, None
        return self.phone.accept(prepared, answer) is not None

    def hear_and_die(self, after: int) -> bool:
        """Die while an answer is being stored, before its nth write; False if it was over.

        The file is copied as it lies on the disk at that moment, and the phone wakes up on it.
        """
        if self.held is None:
            return False
        remains = self.folder / "remains"
        shutil.rmtree(remains, ignore_errors=True)
        seen = 0

        def at_statement(_sql: str) -> None:
            nonlocal seen
            seen += 1
            if seen == after:
                remains.mkdir()
                for path in self.folder.glob(f"{self.file.name}*"):
                    shutil.copy(path, remains / path.name)

        self.store._db.set_trace_callback(at_statement)
        try:
            self.hear()
        finally:
            self.store._db.set_trace_callback(None)
        if not remains.exists():
            return False
        self.close()
        for path in self.folder.glob(f"{self.file.name}*"):
            path.unlink()
        for path in remains.iterdir():
            if not path.name.endswith("-shm"):  # rebuilt by whoever opens the file
                path.replace(self.folder / path.name)
        self._open()
        return True

    def versions(self) -> dict[UUID, tuple[int, UUID]]:
        """Return what this phone holds of its owner's records, set aside or not: the newest."""
        held: dict[UUID, tuple[int, UUID]] = {}
        for table in ("record", "held"):
            for row in self.store._db.execute(f"SELECT id, type, rev, v FROM {table}"):
                known = held.get(UUID(row["id"]), (0, None))
                if row["type"] not in SERVER_OWNED and row["rev"] > known[0]:
                    held[UUID(row["id"])] = (row["rev"], UUID(row["v"]))
        return held

    def answered(self) -> set[str]:
        """Return the own ops that the server has taken and whose rows have not come yet."""
        rows = self.store._db.execute(
            "SELECT op FROM outbox WHERE outcome IN ('applied', 'merged')"
        )
        return {row["op"] for row in rows}

    def _open(self) -> None:
        self.store = Store(self.file)
        self.phone = Phone(
            "http://testserver",
            self.store,
            http=self._http,
            types=self.habits.types,
            page=PageLimits(max_rows=self.habits.page_rows, max_bytes=self.habits.page_bytes),
            max_ops=self.habits.max_ops,
            attempts=PATIENCE,
            now=self.now,
            monotonic=time.monotonic,
            sleep=lambda _seconds: None,
            jitter=lambda: 0.5,
            boot=str(uuid4()),
        )

    def _copy(self, target: Path) -> None:
        target.unlink(missing_ok=True)
        with contextlib.closing(sqlite3.connect(target)) as copy:
            self.store._db.backup(copy)

    def _replace_file(self, source: Path) -> None:
        self.held = None
        self.close()
        for path in self.folder.glob(f"{self.file.name}*"):
            path.unlink()
        shutil.copy(source, self.file)
        self._open()
