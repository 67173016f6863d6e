"""The phone: local edits first, then one round trip after another until both sides agree."""

import contextlib
import random
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID

import httpx2
from msgspec import Raw

from phone import wire
from phone.errors import (
    NoAnswer,
    NotCurrent,
    RequestRefused,
    RequestTooLarge,
    SignedOut,
    Unreachable,
    WrongAthlete,
)
from phone.ids import uuid7
from phone.intake import Accepted
from phone.store import ENVELOPE_ROOM, Attention, LocalRecord, PendingOp, Store
from phone.transport import Transport, decode

FIRST_BACK_OFF_S = 2.0
LONGEST_BACK_OFF_S = 900.0

_jitter = random.SystemRandom().random


def wall_clock() -> datetime:
    """Return the device's idea of now, with its own offset; right or wrong, it is only sent."""
    return datetime.fromtimestamp(time.time(), UTC).astimezone()


@dataclass(frozen=True, slots=True)
class Prepared:
    """One request ready to go; `request` makes its answer recognisable."""

    request: UUID
    ops: tuple[PendingOp, ...]
    want: tuple[UUID, ...]
    payload: bytes


@dataclass(slots=True)
class SyncReport:
    """What one `sync` or `pull` did."""

    round_trips: int = 0
    finished: list[UUID] = field(default_factory=list)
    attention: list[UUID] = field(default_factory=list)
    kept: list[UUID] = field(default_factory=list)
    rows: int = 0
    complete: bool = False
    derived: wire.Derived | None = None
    next_poll_s: float = LONGEST_BACK_OFF_S
    clock_offset_ms: int | None = None


class Phone:
    """One device of one athlete.

    Edits and reads never touch the network. `sync` does, one request at a time. The clock,
    sleep and jitter are arguments, so a test decides what time is.
    """

    def __init__(
        self,
        server: str,
        store: Store,
        *,
        http: httpx2.Client | None = None,
        types: Mapping[str, int] = wire.TYPES,
        page: wire.PageLimits | None = None,
        max_ops: int = wire.MAX_OPS,
        max_bytes: int = wire.MAX_INFLATED_BYTES,
        attempts: int | None = None,
        now: Callable[[], datetime] = wall_clock,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = _jitter,
    ) -> None:
        """Connect ``store`` with the server at ``server``.

        Args:
            server: base URL, for example ``https://sync.example``.
            store: the phone's own data; closing it is the caller's affair.
            http: a client to use instead of an own one; it is not closed by `close`.
            types: record types wanted, with the schema version this app speaks.
            page: how much to ask for in one page.
            max_ops: most ops in one request.
            max_bytes: most bytes in one request before compression.
            attempts: give up a request with `Unreachable` after so many; None is never.
            now: wall clock with an offset.
            monotonic: seconds that only move forward, for deadlines.
            sleep: waits so many seconds.
            jitter: a number in [0, 1).
        """
        self.store = store
        self._own_http = http is None
        self._http = http or httpx2.Client(timeout=httpx2.Timeout(30.0, connect=10.0))
        self._transport = Transport(server, self._http, now=now)
        self._types = dict(types)
        self._page = page or wire.PageLimits()
        self._max_ops = max_ops
        self._max_bytes = max_bytes
        self._attempts = attempts
        self._now = now
        self._monotonic = monotonic
        self._sleep = sleep
        self._jitter = jitter
        self._in_flight = threading.Lock()

    def close(self) -> None:
        """Close the connections this phone opened itself."""
        if self._own_http:
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    # The account

    @property
    def athlete(self) -> UUID:
        """Whose data this phone holds. Raises ``SignedOut`` if it never signed in."""
        athlete = self.store.account().athlete
        if athlete is None:
            raise SignedOut("no account on this phone yet")
        return athlete

    def sign_up(
        self,
        email: str,
        password: str,
        *,
        display_name: str | None = None,
        zone: str | None = None,
    ) -> UUID:
        """Open an account and return the athlete's id. Signing in is a step of its own."""
        fields = {"email": email, "password": password}
        if display_name is not None:
            fields["display_name"] = display_name
        if zone is not None:
            fields["zone"] = zone
        return decode(self._call("POST", "/v1/auth/sign-up", fields), wire.SignedUp).athlete_id

    def sign_in(
        self,
        email: str,
        password: str,
        *,
        name: str = "Reference phone",
        platform: str = "python",
    ) -> UUID:
        """Sign this device in and return the athlete's id.

        Raises ``WrongAthlete``, with nothing changed, if the store is another athlete's:
        edits made under one account are never sent to another.
        """
        account = self.store.account()
        device = {
            "installation": str(account.installation),
            "name": name,
            "platform": platform,
        }
        answer = self._call(
            "POST", "/v1/auth/sign-in", {"email": email, "password": password, "device": device}
        )
        session = decode(answer, wire.SignedIn)
        owner = account.athlete
        if owner is not None and owner != session.athlete_id:
            with contextlib.suppress(RequestRefused, Unreachable, SignedOut):
                self._call("POST", "/v1/auth/sign-out", token=session.access_token)
            raise WrongAthlete.here(owner=owner, signed_in=session.athlete_id)
        self.store.sign_in(
            email=email,
            athlete=session.athlete_id,
            device=session.device_id,
            token=session.access_token,
        )
        return session.athlete_id

    def sign_out(self) -> None:
        """End the session. Data and unsent edits stay on the phone."""
        with contextlib.suppress(SignedOut):
            self._call("POST", "/v1/auth/sign-out", token=self._token())
        self.store.sign_out()

    def forget(self) -> None:
        """Wipe everything of this athlete from the phone, unsent edits included."""
        self.store.wipe()

    # Edits and reads: local, immediate, possible without any network

    def put(
        self,
        record_type: str,
        record_id: UUID | str,
        *,
        set: Mapping[str, Any] | None = None,  # noqa: A002 - the protocol's own word
        unset: Sequence[str] = (),
    ) -> UUID:
        """Create a record or change some of its fields; return the op's id.

        Fields not named stay as they are, also fields this app does not know. None means
        the same as naming the field in ``unset``.
        """
        fields = {name: value for name, value in (set or {}).items() if value is not None}
        gone = [name for name, value in (set or {}).items() if value is None]
        return self._edit(
            "put", record_type, record_id, fields=fields, unset=[*dict.fromkeys([*unset, *gone])]
        )

    def delete(self, record_type: str, record_id: UUID | str) -> UUID:
        """Delete a record; return the op's id."""
        return self._edit("delete", record_type, record_id)

    def restore(self, record_type: str, record_id: UUID | str) -> UUID:
        """Undo a deletion; the body is back once the server answered. Return the op's id."""
        return self._edit("restore", record_type, record_id)

    def records(self, record_type: str | None = None) -> list[LocalRecord]:
        """Return what the person should see, own unsent edits included."""
        return self.store.records(record_type)

    def attention(self) -> list[Attention]:
        """Return the edits the server did not take, until `resolve`."""
        return self.store.attention()

    def resolve(self, op: UUID) -> None:
        """Take an edit off the attention list, redone as a new op or given up."""
        self.store.resolve(op)

    # Talking to the server

    def sync(self) -> SyncReport:
        """Push the outbox and pull until the phone equals the server.

        Retries for as long as ``attempts`` allows. Ops the server wants later stay in the
        outbox and in the report's ``kept``. Raises ``SignedOut``, ``FeedForked``,
        ``EpochChanged``, ``WrongAthlete``, ``RequestRefused`` and ``Unreachable``.
        """
        return self._run(push=True)

    def pull(self) -> SyncReport:
        """Pull until the phone equals the server; send no edit."""
        return self._run(push=False)

    def wait_current(self, timeout_s: float) -> wire.Derived:
        """Sync until the server's derived rows include every own edit, and they are here.

        Waits as long between polls as the server asks. Raises ``NotCurrent`` when
        ``timeout_s`` is over or the server gave the computation up.
        """
        deadline = self._monotonic() + timeout_s
        while True:
            report = self._run(push=True, deadline=deadline)
            derived, place = report.derived, self.store.place()
            if (
                derived is not None
                and derived.state == "current"
                and derived.covers_seq >= derived.inputs_seq
                and report.complete
                and not report.kept
                and place.witness is not None
                and place.witness.seq >= place.own_seq
            ):
                return derived
            state = derived.state if derived else "unknown"
            if state == "failed":
                raise NotCurrent("the server gave up computing; a new input starts it again")
            left = deadline - self._monotonic()
            if left <= 0:
                raise NotCurrent(f"derived rows are still {state!r}")
            self._sleep(min(report.next_poll_s, left))

    # The steps of a round trip, public so that a test can lose or reorder them

    def prepare(self, *, max_ops: int | None = None, without: Collection[UUID] = ()) -> Prepared:
        """Build the next request from the store and make it the latest one."""
        account, place = self.store.account(), self.store.place()
        if account.device is None:
            raise SignedOut("no account on this phone yet")
        ops = self.store.outbox(
            max_ops=self._max_ops if max_ops is None else max_ops,
            max_bytes=self._max_bytes - ENVELOPE_ROOM,
            without=without,
        )
        now = self._now()
        request = uuid7(int(now.timestamp() * 1000))
        want = self.store.wanted()[: wire.MAX_WANT]
        payload = wire.encode(
            wire.SyncRequest(
                protocol=wire.PROTOCOL,
                request=request,
                device=account.device,
                sent_at=now.isoformat(timespec="milliseconds"),
                epoch=place.epoch,
                witness=place.witness,
                cursor=place.cursor,
                types=self._types,
                page=self._page,
                want=want,
                ops=[Raw(op.raw) for op in ops],
            )
        )
        self.store.begin(request)
        return Prepared(request, tuple(ops), tuple(want), payload)

    def deliver(self, prepared: Prepared) -> wire.SyncResponse:
        """Send a request once and return the answer without looking at whose it is.

        Raises ``NoAnswer`` if it is worth trying again, else what `sync` raises.
        """
        token = self._token()
        try:
            answer = self._transport.send(
                "POST",
                f"/v1/athletes/{self.athlete}/sync",
                content=prepared.payload,
                token=token,
            )
        except SignedOut:
            self.store.sign_out()
            raise
        return decode(answer, wire.SyncResponse)

    def accept(self, prepared: Prepared, answer: wire.SyncResponse) -> Accepted | None:
        """Store an answer whole, or return None if it is not the latest request's."""
        return self.store.accept(answer, sent=[op.op for op in prepared.ops], now=self._now())

    def _edit(
        self,
        action: str,
        record_type: str,
        record_id: UUID | str,
        *,
        fields: Mapping[str, Any] | None = None,
        unset: Sequence[str] = (),
    ) -> UUID:
        now = self._now()
        op = uuid7(int(now.timestamp() * 1000))
        self.store.edit(
            op=op,
            record_type=record_type,
            record_id=UUID(str(record_id)),
            action=action,
            schema=self._types.get(record_type, 1),
            edited_at=now.isoformat(timespec="milliseconds"),
            fields=fields,
            unset=unset,
        )
        return op

    def _run(self, *, push: bool, deadline: float | None = None) -> SyncReport:
        report = SyncReport()
        limit = self._max_ops if push else 0
        later: set[UUID] = set()  # records whose op the server wants another time
        failures = 0
        loaded_again = False
        with self._in_flight:
            while True:
                prepared = self.prepare(max_ops=limit, without=later)
                try:
                    answer = self.deliver(prepared)
                    accepted = self.accept(prepared, answer)
                    if accepted is None:
                        raise NoAnswer("the answer belongs to another request")
                except RequestTooLarge:
                    if not prepared.ops:
                        raise
                    if len(prepared.ops) == 1:
                        later.add(prepared.ops[0].id)
                        report.kept.append(prepared.ops[0].op)
                    else:
                        limit = len(prepared.ops) // 2
                    continue
                except NoAnswer as error:
                    failures += 1
                    self._back_off(failures, error, deadline)
                    continue
                failures = 0
                _add(report, answer, accepted)
                later.update(op.id for op in prepared.ops if op.op in accepted.kept)
                progress = bool(accepted.moved or accepted.finished or accepted.attention)
                if not accepted.complete and progress:
                    continue
                if push and self.store.outbox(max_ops=1, without=later):
                    continue
                still_wanted = frozenset(self.store.wanted())
                if not still_wanted <= frozenset(prepared.want):
                    continue
                if still_wanted and accepted.complete and not loaded_again:
                    # The server looks for wanted rows only after the cursor.
                    self.store.start_over()
                    loaded_again = True
                    continue
                return report

    def _back_off(self, failures: int, error: NoAnswer, deadline: float | None) -> None:
        """Wait 2 s .. 15 min with full jitter, and never less than the server asked for."""
        if self._attempts is not None and failures >= self._attempts:
            raise Unreachable(str(error)) from error
        ceiling = min(LONGEST_BACK_OFF_S, FIRST_BACK_OFF_S * 2.0 ** min(failures - 1, 20))
        wait = max(error.retry_after_s, self._jitter() * ceiling)
        if deadline is not None and self._monotonic() + wait > deadline:
            raise NotCurrent(f"no answer in time: {error}") from error
        self._sleep(wait)

    def _token(self) -> str:
        token = self.store.account().token
        if token is None:
            raise SignedOut("sign in first; the outbox is untouched")
        return token

    def _call(
        self,
        method: str,
        path: str,
        fields: Mapping[str, Any] | None = None,
        *,
        token: str | None = None,
    ) -> httpx2.Response:
        """Make a call that is not part of syncing; it is not repeated by itself."""
        content = None if fields is None else wire.encode(fields)
        try:
            return self._transport.send(method, path, content=content, token=token)
        except NoAnswer as error:
            raise Unreachable(str(error)) from error


def _add(report: SyncReport, answer: wire.SyncResponse, accepted: Accepted) -> None:
    report.round_trips += 1
    report.finished += accepted.finished
    report.attention += accepted.attention
    report.kept += accepted.kept
    report.rows += accepted.rows
    report.complete = accepted.complete
    report.derived = answer.derived
    report.next_poll_s = answer.next_poll_s
    report.clock_offset_ms = answer.clock_offset_ms
