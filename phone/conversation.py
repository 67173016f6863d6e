"""Round trip after round trip until phone and server agree, one request in flight at a time."""

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from uuid import UUID

from phone import fork, wire
from phone.backoff import BackOff
from phone.digest import differing
from phone.errors import (
    CursorExpired,
    EpochChanged,
    FeedForked,
    NoAnswer,
    NotCurrent,
    RequestRefused,
    RequestTooLarge,
    Unreachable,
)
from phone.exchange import Exchange, Prepared
from phone.intake import Accepted
from phone.model import PendingOp
from phone.report import Event, Happening, SyncReport

FORKS_IN_ONE_SYNC = 3  # more, and two servers answer in turn
COMPARISONS = 3  # attempts to find the feed at rest


@dataclass(slots=True)
class _Turn:
    """One run's state: what is tried, what waits, what failed."""

    limit: int
    pushes: bool
    back_off: BackOff
    report: SyncReport = field(default_factory=SyncReport)
    later: set[UUID] = field(default_factory=set)  # records whose ops the server wants later
    forks: int = 0
    loaded_again: bool = False

    def put_off(self, ops: Collection[PendingOp]) -> None:
        self.later.update(op.id for op in ops)


class Conversation:
    """Makes round trips until there is nothing left to say."""

    def __init__(
        self,
        exchange: Exchange,
        *,
        client: str,
        attempts: int | None,
        on_event: Callable[[Event], None],
    ) -> None:
        self._exchange = exchange
        self._store = exchange.store
        self._clock = exchange.clock
        self._client = client
        self._attempts = attempts
        self._on_event = on_event
        self._in_flight = threading.Lock()

    def run(self, *, push: bool, deadline: float | None = None) -> SyncReport:
        """Push, if asked to, and pull until the phone equals the server."""
        turn = _Turn(
            limit=self._exchange.limits.max_ops if push else 0,
            pushes=push,
            back_off=BackOff(self._clock, attempts=self._attempts, deadline=deadline),
        )
        with self._in_flight:
            while self._once(turn):
                pass
        report = turn.report
        if report.clock_is_wrong:
            self._tell(report, Happening.CLOCK_WRONG, offset_ms=report.clock_offset_ms)
        return report

    def wait_current(self, timeout_s: float) -> wire.Derived:
        """Sync until the derived rows include every own edit, and are here."""
        deadline = self._clock.monotonic() + timeout_s
        while True:
            report = self.run(push=True, deadline=deadline)
            derived = report.derived
            if derived is not None and self._includes_everything(report, derived):
                return derived
            state = derived.state if derived else "unknown"
            if state == "failed":
                raise NotCurrent("the server gave up computing; a new input starts it again")
            left = deadline - self._clock.monotonic()
            if left <= 0:
                raise NotCurrent(f"derived rows are still {state!r}")
            self._clock.sleep(min(report.next_poll_s, left))

    def _includes_everything(self, report: SyncReport, derived: wire.Derived) -> bool:
        place = self._store.place()
        is_current = derived.state == "current" and derived.covers_seq >= derived.inputs_seq
        is_here = report.complete and not report.kept
        return (
            is_current
            and is_here
            and place.witness is not None
            and place.witness.seq >= place.own_seq
        )

    def compare(self, report: SyncReport) -> bool | None:
        """Compare the copy with the server's fingerprints; load it anew, once, if they differ.

        Returns whether it is right now, or None if that could not be told: the server was
        away, has no fingerprints, or its feed moved on at every attempt.
        """
        outcome = self._differing()
        if outcome:
            self._tell(report, Happening.COPY_DIFFERED, types=outcome)
            self._store.start_over(distrust=True)
            outcome = self._differing()
            if outcome:
                self._tell(report, Happening.COPY_STILL_DIFFERS, types=outcome)
        if outcome is None:
            return None
        self._store.note_compared(now=self._clock.now(), client=self._client)
        return not outcome

    def compare_if_due(self, report: SyncReport) -> None:
        """Compare the copy weekly, and after the app was updated."""
        if report.complete and self._store.must_compare(now=self._clock.now(), client=self._client):
            self.compare(report)

    def _once(self, turn: _Turn) -> bool:
        """Make one attempt; return whether another is due."""
        prepared = self._exchange.prepare(max_ops=turn.limit, without=turn.later)
        try:
            answer = self._exchange.deliver(prepared)
            accepted = self._exchange.accept(prepared, answer)
            if accepted is None:
                raise NoAnswer("the answer belongs to another request")
            if accepted.complete and self._store.place().forked:
                self._give_back(turn)
        except NoAnswer as error:
            turn.back_off.wait(error)
            return True
        except RequestRefused as error:
            return self._recover(turn, prepared, error)
        turn.back_off.reset()
        turn.report.add(answer, accepted)
        turn.put_off([op for op in prepared.ops if op.op in accepted.kept])
        self._tell_beside(turn.report, answer, accepted)
        return self._is_more(turn, prepared, accepted)

    def _is_more(self, turn: _Turn, prepared: Prepared, accepted: Accepted) -> bool:
        has_progress = bool(accepted.moved or accepted.finished or accepted.attention)
        if not accepted.complete and has_progress:
            return True
        may_push = turn.pushes and not self._store.place().forked
        if may_push and self._store.outbox(max_ops=1, without=turn.later):
            return True
        still_wanted = frozenset(self._store.wanted())
        if not still_wanted <= frozenset(prepared.want):
            return True
        if still_wanted and accepted.complete and not turn.loaded_again:
            # The server may look for wanted rows only after the cursor.
            self._store.start_over()
            turn.loaded_again = True
            return True
        return False

    def _recover(self, turn: _Turn, prepared: Prepared, error: RequestRefused) -> bool:
        """Do what the refusal of a whole request asks for; raise it if that is nothing."""
        match error:
            case RequestTooLarge() if prepared.ops and prepared.is_indivisible:
                turn.put_off(prepared.ops)
                turn.report.kept += [op.op for op in prepared.ops]
                return True
            case RequestTooLarge() if prepared.ops:
                turn.limit = len(prepared.ops) // 2
                return True
            case CursorExpired() if self._store.place().cursor is not None:
                self._store.start_over()
                return True
            case FeedForked() if turn.forks < FORKS_IN_ONE_SYNC:
                turn.forks += 1
                self._store.fork()
                self._tell(turn.report, Happening.FORKED)
                return True
            case EpochChanged():
                self._store.erase()
                self._tell(turn.report, Happening.ERASED)
        raise error

    def _give_back(self, turn: _Turn) -> None:
        """Find the versions the server lost and put them first in the outbox."""
        lost = 0
        while asked := self._store.unknown_fate():
            lost += len(self._store.judge(asked, self._standing(asked)))
        if lost:
            self._tell(turn.report, Happening.REPLAYED, versions=lost)

    def _standing(self, versions: list[UUID]) -> dict[UUID, int | None]:
        """Return which versions stand at the server, and under which number."""
        content = wire.encode(wire.LookupRequest(versions))
        try:
            answer = self._exchange.ask("POST", "ops/lookup", wire.LookupResponse, content=content)
        except RequestRefused as error:
            if error.problem.status != 404:
                raise
            return {}  # nothing is known there; to replay a known version does no harm
        return {known.op: known.seq for known in answer.ops if known.status in fork.STANDS}

    def _differing(self) -> list[str] | None:
        """Return the types in which copy and server differ, or None if nobody can tell now."""
        try:
            for _ in range(COMPARISONS):
                is_complete = self.run(push=False).complete
                theirs = self._exchange.ask("GET", "digest", wire.DigestResponse)
                place, ours = self._store.digest()
                if is_complete and place.complete and place.witness == theirs.witness:
                    return differing(ours, theirs.types, self._exchange.limits.types)
        except (NoAnswer, Unreachable):
            return None
        except RequestRefused as error:
            if error.problem.status != 404:
                raise
        return None

    def _tell_beside(
        self, report: SyncReport, answer: wire.SyncResponse, accepted: Accepted
    ) -> None:
        """Tell what stands beside the results; each thing once in a run."""
        told = {event.what for event in report.events}
        for notice in answer.notices:
            if notice.code == Happening.CLIENT_TOO_OLD and Happening.CLIENT_TOO_OLD not in told:
                self._tell(report, Happening.CLIENT_TOO_OLD, min_build=notice.min_build)
        if accepted.over_quota and Happening.OVER_QUOTA not in told:
            self._tell(report, Happening.OVER_QUOTA)

    def _tell(self, report: SyncReport, what: Happening, **detail: object) -> None:
        event = Event(what, detail)
        report.events.append(event)
        self._on_event(event)
