"""The server's side of a history: what the operator does, the workers, and what the tables say."""

import io
import logging
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import psycopg
import redis
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.db import connections, transaction
from django.test import override_settings
from django.utils import timezone

from apps.accounts import selectors as accounts
from apps.accounts.services.sign_in import open_device
from apps.accounts.services.sign_up import sign_up
from apps.coaching.categories import CONSENT_TEXT_DIGEST, CONSENT_TEXT_VERSION, Category
from apps.coaching.models import ConsentGrant
from apps.coaching.services.teams import create_team
from apps.common.actor import acting_as, snapshot_as
from apps.insights.models import Published
from apps.insights.services import forget as insights
from apps.insights.services.derive import Derivation, derive
from apps.insights.services.publish import publish
from apps.insights.services.recompute import drain, recompute_athlete
from apps.insights.services.snapshot import Snapshot, read_snapshot
from apps.sync.purging import purge_feed
from apps.sync.services import claim_stale, enter_queue
from backend.records import REGISTRY
from config import celery as _broker_app  # noqa: F401 (wake-ups are really published)
from tests.faults.cluster import APP, Backup, Cluster
from tests.faults.proxy import At, Proxy
from tests.faults.switch import let_go, served_by
from tests.machine.device import Session
from tests.machine.network import (
    CommitUnheard,
    CommitUnsent,
    CrashAtCommit,
    CutBefore,
    DatabaseFault,
)

PASSWORD = "correct-horse-battery"
CONSENT_LASTS = timedelta(days=100)


class FeedRow(NamedTuple):
    """A feed's own row."""

    epoch: UUID
    head_seq: int
    head_mark: int
    input_seq: int
    derived_seq: int
    purge_floor: int


class RecordRow(NamedTuple):
    """A record's newest version as stored."""

    type_id: int
    v: UUID
    rev: int
    seq: int
    body: str | None


class LogRow(NamedTuple):
    """One row of the history; ``was_replayed`` for versions a phone gave back."""

    op_id: UUID
    record_id: UUID
    type_id: int
    outcome: int
    rev: int | None
    seq: int | None
    same_as: UUID | None
    body: str | None
    detail: dict[str, Any] | None
    was_replayed: bool


@dataclass
class Server:
    """One server, used by many histories one after the other."""

    cluster: Cluster
    app: Any = field(default_factory=WSGIHandler)
    cuts: int = 0
    backup: Backup | None = None
    marks: list[str] = field(default_factory=list)
    halfway: list[tuple[UUID, Snapshot, Derivation]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    _coach: tuple[Session, UUID] | None = None
    _pause: override_settings | None = None
    _broker: redis.Redis = field(default_factory=lambda: redis.from_url(settings.REDIS_URL))
    _admin: psycopg.Connection[tuple[Any, ...]] | None = None

    def __post_init__(self) -> None:
        listener = _Listener(self.failures)
        for name in ("apps.insights.services.recompute", "django.request"):
            logger = logging.getLogger(name)
            logger.setLevel(logging.ERROR)
            logger.propagate = False
            logger.handlers = [listener]

    @property
    def admin(self) -> psycopg.Connection[tuple[Any, ...]]:
        """A superuser's connection, made anew when the server died."""
        if self._admin is None or self._admin.closed or self._admin.broken:
            self._admin = self.cluster.admin()
        return self._admin

    def close(self) -> None:
        """Let go of everything; the server itself runs on."""
        self.hang_up()
        self._broker.close()

    # People

    def person(self) -> Session:
        """Open an account; return a session without a device's token."""
        email = f"{uuid4().hex}@example.org"
        user = sign_up(email=email, password=PASSWORD, display_name="Somebody", zone="UTC")
        return Session(email=email, athlete=user.id, device=uuid4(), token="")

    def session(self, person: Session) -> Session:
        """Register one more device of a person."""
        user = accounts.person(person.athlete)
        assert user is not None
        signed = open_device(
            user=user, installation=uuid4(), name="Phone", platform="machine", now=timezone.now()
        )
        return Session(person.email, person.athlete, signed.device_id, signed.access_token)

    def coach(self) -> Session:
        """Return the session of a coach with a team, the same one for all histories."""
        return self._coached()[0]

    def share(self, athlete: UUID, categories: Sequence[Category]) -> None:
        """Let the coach read these categories of an athlete's records from now on, and no other."""
        changed = self.admin.execute(
            "UPDATE coaching_consentgrant SET categories = %s, ended_at = %s"
            " WHERE athlete_id = %s RETURNING 1",
            [[*map(str, categories)], None if categories else timezone.now(), athlete],
        ).fetchall()
        if changed or not categories:
            return
        now = timezone.now()
        with acting_as(athlete):
            ConsentGrant.objects.create(
                athlete_id=athlete, team_id=self._coached()[1], invitation_id=uuid4(),
                categories=[*map(str, categories)], text_version=CONSENT_TEXT_VERSION,
                text_digest=CONSENT_TEXT_DIGEST, granted_at=now, shared_since=now,
                ends_at=now + CONSENT_LASTS, channel=ConsentGrant.Channel.APP,
            )  # fmt: skip

    def part(self, athletes: Sequence[UUID]) -> None:
        """Let the coach forget athletes whose history is over."""
        self.admin.execute(
            "DELETE FROM coaching_consentgrant WHERE athlete_id = ANY(%s)", [list(athletes)]
        )

    def _coached(self) -> tuple[Session, UUID]:
        if self._coach is None:
            session = self.session(self.person())
            user = accounts.person(session.athlete)
            assert user is not None
            team = create_team(head=user, name="Everybody", now=timezone.now())
            self._coach = session, team.id
        return self._coach

    # Workers

    def recompute(self) -> None:
        """Let a worker bring stale athletes up to date."""
        drain(now=timezone.now())

    def begin_day(self, athlete: UUID) -> None:
        """Do what beat does for one person when midnight has passed since their last recompute."""
        passed = Published.objects.filter(athlete_id=athlete, next_day_at__lte=timezone.now())
        if passed.exists():
            recompute_athlete(athlete_id=athlete, now=timezone.now())

    def begin_recompute(self) -> bool:
        """Let a worker claim, read and compute, and be slow to publish."""
        with transaction.atomic():
            claims = claim_stale(limit=1)
        for claim in claims:
            with snapshot_as(claim.athlete_id):
                snapshot = read_snapshot(claim.athlete_id, now=timezone.now())
            if snapshot is not None:
                derived = derive(claim.athlete_id, snapshot)
                self.halfway.append((claim.athlete_id, snapshot, derived))
        return bool(claims)

    def finish_recompute(self, index: int) -> bool:
        """Let a slow worker publish what it computed; False when it was overtaken."""
        athlete, snapshot, derived = self.halfway.pop(index % len(self.halfway))
        with acting_as(athlete):
            return publish(
                athlete_id=athlete, snapshot=snapshot, derived=derived, now=timezone.now()
            )

    def forget_derived(self, athlete: UUID, types: Sequence[str]) -> None:
        """Take away all that was computed, as if nothing ever had been, and ask for it anew."""
        with acting_as(athlete):
            insights.forget_athlete(athlete)
        numbers = [REGISTRY[name].type_id for name in types]
        self.admin.execute(
            "DELETE FROM sync_record WHERE athlete_id = %s AND type_id = ANY(%s)",
            [athlete, numbers],
        )
        self.admin.execute(
            "UPDATE sync_feed SET derived_seq = 0, derived_as_of = '1970-01-01'"
            " WHERE athlete_id = %s",
            [athlete],
        )
        with transaction.atomic():
            enter_queue([athlete])

    def let_time_pass(self) -> None:
        """End every lease and every pause of the queue, as waiting would."""
        self.admin.execute(
            "UPDATE recompute_queue SET lease_until = NULL, not_before = now() WHERE state = 'open'"
        )

    # The operator

    def back_up(self) -> None:
        """Take a base backup."""
        self.drop_backup()
        self.backup = self.cluster.back_up()

    def drop_backup(self) -> None:
        """Forget the backup and its marks."""
        if self.backup is not None:
            self.cluster.drop(self.backup)
        self.backup, self.marks = None, []

    def mark(self) -> None:
        """Name this moment as one that can be restored to."""
        name = f"mark_{secrets.token_hex(6)}"
        self.cluster.mark(name)
        self.marks.append(name)

    def restore(self, until: str | None) -> None:
        """Restore the base backup, with the log replayed up to a mark."""
        assert self.backup is not None
        self.hang_up()
        self.halfway.clear()  # workers are stopped for a restore
        self.cluster.restore(self.backup, until=until)
        self.drop_backup()

    def crash(self) -> None:
        """Kill PostgreSQL with all it has in memory, and start it again."""
        self.hang_up()
        self.cluster.crash()

    def erase(self, email: str) -> None:
        """Erase a feed, as an operator does: it begins another life."""
        call_command("erase_feed", athlete=email, yes=True, stdout=io.StringIO())

    def purge(self, athlete: UUID, *, later: timedelta) -> int:
        """Purge tombstones as if ``later`` had passed; return how many went."""
        devices = accounts.live_devices_of([athlete]).get(athlete, [])
        now = timezone.now() + later
        return purge_feed(athlete_id=athlete, devices=devices, now=now).tombstones

    def pause_types(self, types: Sequence[str]) -> None:
        """Take ops of some types later, as an operator under load may say; none ends it."""
        if self._pause is not None:
            self._pause.disable()
        self._pause = override_settings(SYNC_PAUSED_TYPES=list(types)) if types else None
        if self._pause is not None:
            self._pause.enable()

    # Faults

    @contextmanager
    def breaks(self, fault: DatabaseFault) -> Iterator[None]:
        """Make a fault of the database happen to the request served in the block."""
        with (
            Proxy.before(self.cluster.socket) as proxy,
            served_by(proxy.url(self.cluster.url(APP))),
        ):
            match fault:
                case CutBefore(statement):
                    proxy.cut_before(statement)
                case CommitUnsent():
                    proxy.cut(At.BEFORE)
                case CommitUnheard():
                    proxy.cut(At.AFTER)
                case CrashAtCommit():
                    proxy.cut(At.SENT, then=self._kill_a_backend)
            yield
            self.cuts += proxy.cuts
        if isinstance(fault, CrashAtCommit):
            self.hang_up()
            self.cluster.wait()

    def _kill_a_backend(self) -> None:
        """Kill -9 the backend that commits: PostgreSQL takes everybody down and recovers."""
        row = self.admin.execute(
            "SELECT pid FROM pg_stat_activity WHERE usename = %s ORDER BY backend_start DESC", [APP]
        ).fetchone()
        if row is not None:
            self.cluster.kill_backend(row[0])

    def hang_up(self) -> None:
        """Close every connection to the server; the next use opens new ones."""
        let_go()
        if self._admin is not None:
            self._admin.close()

    # What the tables say

    def feed(self, athlete: UUID) -> FeedRow | None:
        """Return a feed's row, None before its first use."""
        row = self.admin.execute(
            "SELECT epoch, head_seq, head_mark, input_seq, derived_seq, purge_floor"
            " FROM sync_feed WHERE athlete_id = %s",
            [athlete],
        ).fetchone()
        return FeedRow(*row) if row else None

    def records(self, athlete: UUID) -> dict[UUID, RecordRow]:
        """Return every record of a feed, tombstones included."""
        rows = self.admin.execute(
            "SELECT record_id, type_id, v, rev, seq, body::text FROM sync_record"
            " WHERE athlete_id = %s",
            [athlete],
        ).fetchall()
        return {row[0]: RecordRow(*row[1:]) for row in rows}

    def log(self, athlete: UUID) -> list[LogRow]:
        """Return a feed's whole history, numbered rows first and in order."""
        rows = self.admin.execute(
            "SELECT op_id, record_id, type_id, outcome, rev, seq, same_as, body::text, detail,"
            " op_hash = ''::bytea AND type_id < 64 FROM sync_log"
            " WHERE athlete_id = %s ORDER BY seq NULLS LAST, op_id",
            [athlete],
        ).fetchall()
        return [LogRow(*row) for row in rows]

    def wakes(self) -> int:
        """Return how many messages wait for workers."""
        return int(self._broker.llen("celery"))

    def queue(self, athlete: UUID) -> list[tuple[Any, ...]]:
        """Return an athlete's mark in the queue, if there is one."""
        return self.admin.execute(
            "SELECT need_seq, state, last_code FROM recompute_queue WHERE athlete_id = %s",
            [athlete],
        ).fetchall()


class _Listener(logging.Handler):
    """Keeps what the app says of failures that it outlived."""

    def __init__(self, heard: list[str]) -> None:
        super().__init__(logging.ERROR)
        self.heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        """Keep an error that was an exception nobody foresaw."""
        if record.exc_info and record.exc_info[0] is not None:
            self.heard.append(f"{record.getMessage()}: {self.format(record)}")


def in_thread(work: Callable[[], None]) -> Callable[[], None]:
    """Return ``work`` with its thread's connection given back at the end."""

    def run() -> None:
        try:
            work()
        finally:
            connections["default"].close()

    return run
