"""The phone: local edits first, then round trips until both sides agree."""

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Self
from uuid import UUID, uuid4

import httpx2

from phone import clock, wire
from phone.attention import Changes
from phone.clock import Clock
from phone.conversation import Conversation
from phone.editing import Edits
from phone.errors import SignedOut
from phone.exchange import Exchange, Limits, Prepared
from phone.intake import Accepted
from phone.model import Attention, LocalRecord
from phone.report import Event, SyncReport
from phone.session import Sessions
from phone.store import Store
from phone.transport import CLIENT, Transport


def _unheard(event: Event) -> None:
    """Hear an event and do nothing; the report has it too."""


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
        client: str = CLIENT,
        types: Mapping[str, int] = wire.TYPES,
        page: wire.PageLimits | None = None,
        max_ops: int = wire.MAX_OPS,
        max_bytes: int = wire.MAX_INFLATED_BYTES,
        attempts: int | None = None,
        on_event: Callable[[Event], None] = _unheard,
        now: Callable[[], datetime] = clock.wall_clock,
        monotonic: Callable[[], float] = clock.since_boot,
        sleep: Callable[[float], None] = clock.pause,
        jitter: Callable[[], float] = clock.chance,
        boot: str | None = None,
    ) -> None:
        """Connect ``store`` with the server at ``server``.

        Args:
            server: base URL, for example ``https://sync.example``.
            store: the phone's own data; closing it is the caller's affair.
            http: a client to use instead of an own one; it is not closed by `close`.
            client: app, platform and build, as ``app/platform/build``.
            types: record types wanted, with the schema version this app speaks; records of
                other types are dropped from the store.
            page: how much to ask for in one page.
            max_ops: most ops in one request.
            max_bytes: most bytes in one request before compression.
            attempts: give up a request with `Unreachable` after so many; None is never.
            on_event: hears of forks, wipes, failed comparisons and the like as they happen.
            now: wall clock with an offset.
            monotonic: seconds since the device started, only moving forward.
            sleep: waits so many seconds.
            jitter: a number in [0, 1).
            boot: a name for this run of the device; monotonic times compare only within one.
        """
        self.store = store
        self._own_http = http is None
        self._http = http or httpx2.Client(timeout=httpx2.Timeout(30.0, connect=10.0))
        self._clock = Clock(now, monotonic, sleep, jitter, boot or clock.this_boot())
        self._types = dict(types)
        transport = Transport(server, self._http, client=client, now=now)
        self._sessions = Sessions(store, transport)
        self._exchange = Exchange(
            store,
            transport,
            limits=Limits(self._types, page or wire.PageLimits(), max_ops, max_bytes),
            clock=self._clock,
        )
        self._conversation = Conversation(
            self._exchange, client=client, attempts=attempts, on_event=on_event
        )
        store.keep_types(self._types)

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
        told = {"email": email, "password": password, "display_name": display_name, "zone": zone}
        return self._sessions.sign_up({name: text for name, text in told.items() if text})

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
        return self._sessions.sign_in(email, password, name=name, platform=platform)

    def sign_out(self) -> None:
        """End the session. Data and unsent edits stay on the phone."""
        self._sessions.sign_out()

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
        """Create a record or change some of its fields, as `Edits.put`; return the op's id."""
        with self._edits() as edits:
            return edits.put(record_type, record_id, set=set, unset=unset)

    def delete(self, record_type: str, record_id: UUID | str) -> UUID:
        """Delete a record; return the op's id."""
        with self._edits() as edits:
            return edits.delete(record_type, record_id)

    def restore(
        self, record_type: str, record_id: UUID | str, *, body: Mapping[str, Any] | None = None
    ) -> UUID:
        """Undo a deletion, as `Edits.restore`; return the op's id."""
        with self._edits() as edits:
            return edits.restore(record_type, record_id, body=body)

    def group(self) -> contextlib.AbstractContextManager[Edits]:
        """Collect edits that the server stores all together or not at all.

        They enter the outbox in one transaction at the end of the block; an exception in it
        drops them. Raises ``OpTooLarge`` if they fit into no request.
        """
        return self._edits(group=uuid4())

    def records(self, record_type: str | None = None) -> list[LocalRecord]:
        """Return what the person should see, own unsent edits included."""
        return self.store.records(record_type)

    def attention(self) -> list[Attention]:
        """Return the edits the server did not take, until `redo` or `resolve`."""
        return self.store.attention()

    def redo(
        self,
        op: UUID,
        *,
        set: Mapping[str, Any] | None = None,  # noqa: A002 - the protocol's own word
        unset: Sequence[str] = (),
    ) -> list[UUID]:
        """Make an edit on the attention list again, on top of what the server has now.

        Its whole group, and edits that were built on it, are made again too. An edit of a
        record deleted meanwhile brings the record back.
        Args:
            op: the edit on the list.
            set: values instead of those it had.
            unset: fields to remove.
        Returns:
            The ids of the new ops, in order; none if the edit is not on the list.
        """
        return self._redo({op}, Changes(set or {}, unset))

    def redo_all(self, reason: str) -> list[UUID]:
        """Make every edit again that is on the list for ``reason``, for example ``quota``."""
        ops = {item.op for item in self.store.attention() if item.reason == reason}
        return self._redo(ops, Changes())

    def resolve(self, op: UUID) -> None:
        """Take an edit off the attention list, given up or redone by hand."""
        self.store.resolve(op)

    # Talking to the server

    def sync(self) -> SyncReport:
        """Push the outbox and pull until the phone equals the server.

        Retries for as long as ``attempts`` allows. Ops the server wants later stay in the
        outbox and in the report's ``kept``. After the server lost history, gives back what
        this phone holds of it. Once a week compares the whole copy with the server's.
        Raises ``SignedOut``, ``EpochChanged`` (the feed was erased, this phone was wiped),
        ``FeedForked``, ``WrongAthlete``, ``DeviceRevoked``, ``RequestRefused`` and
        ``Unreachable``.
        """
        report = self._conversation.run(push=True)
        self._conversation.compare_if_due(report)
        return report

    def pull(self) -> SyncReport:
        """Pull until the phone equals the server; send no edit."""
        return self._conversation.run(push=False)

    def check(self) -> bool | None:
        """Compare the copy with the server's fingerprints now; load it anew if they differ.

        Returns whether they agree at the end; None if that could not be told.
        """
        return self._conversation.compare(SyncReport())

    def wait_current(self, timeout_s: float) -> wire.Derived:
        """Sync until the server's derived rows include every own edit, and they are here.

        Waits as long between polls as the server asks. Raises ``NotCurrent`` when
        ``timeout_s`` is over or the server gave the computation up.
        """
        return self._conversation.wait_current(timeout_s)

    # The steps of a round trip, public so that a test can lose or reorder them

    def prepare(self, *, max_ops: int | None = None, without: Collection[UUID] = ()) -> Prepared:
        """Build the next request from the store and make it the latest one."""
        return self._exchange.prepare(max_ops=max_ops, without=without)

    def deliver(self, prepared: Prepared) -> wire.SyncResponse:
        """Send a request once and return the answer without looking at whose it is.

        Raises ``NoAnswer`` if it is worth trying again, else what `sync` raises.
        """
        return self._exchange.deliver(prepared)

    def accept(self, prepared: Prepared, answer: wire.SyncResponse) -> Accepted | None:
        """Store an answer whole, or return None if it is not the latest request's."""
        return self._exchange.accept(prepared, answer)

    def _new_edits(self, group: UUID | None = None) -> Edits:
        return Edits(clock=self._clock, types=self._types, group=group)

    @contextlib.contextmanager
    def _edits(self, group: UUID | None = None) -> Iterator[Edits]:
        edits = self._new_edits(group)
        yield edits
        self.store.edit(edits.drafts)

    def _redo(self, ops: Collection[UUID], changes: Changes) -> list[UUID]:
        return self.store.redo(
            ops, changes=changes, new_draft=self._new_edits().again, new_group=uuid4
        )
