"""Phones held by a test: their time is the test's, and waiting costs nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from phone import Phone, Store
from tests.phone.peer import Peer

START = datetime(2026, 3, 2, 6, 14, 12, tzinfo=UTC)
WORKOUT = {"activity": "running", "rpe": 6, "started_at": "2026-03-01T18:00:00+01:00"}
LAB = {"analyte": "vitd_25oh", "value": 41.5, "unit": "nmol/L", "status": "final"}


@dataclass
class Time:
    """A clock that moves only when somebody sleeps."""

    elapsed_s: float = 0.0
    naps: list[float] = field(default_factory=list)
    boot: str = field(default_factory=lambda: str(uuid4()))

    def now(self) -> datetime:
        return START + timedelta(seconds=self.elapsed_s)

    def monotonic(self) -> float:
        return self.elapsed_s

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.elapsed_s += seconds


@contextmanager
def held(
    peer: Peer,
    *,
    email: str | None = None,
    path: Path | None = None,
    time: Time | None = None,
    **options: Any,
) -> Iterator[Phone]:
    """Hold a phone signed in at ``peer``; with ``email`` known, it is that athlete's second."""
    time = time or Time()
    with (
        Store(path) as store,
        Phone(
            peer.url,
            store,
            now=time.now,
            monotonic=time.monotonic,
            sleep=time.sleep,
            boot=time.boot,
            **{"jitter": lambda: 0.5, "attempts": 20, **options},
        ) as phone,
    ):
        email = email or f"{uuid4()}@example.org"
        if email not in peer.accounts:
            phone.sign_up(email, "a good password")
        phone.sign_in(email, "a good password")
        yield phone


def email_of(phone: Phone) -> str:
    email = phone.store.account().email
    assert email is not None
    return email


def bodies(phone: Phone, kind: str | None = None) -> dict[UUID, dict[str, Any]]:
    """What the person sees, by record id."""
    return {record.id: record.body for record in phone.records(kind)}
