"""One round trip in its three steps: prepare from the store, deliver once, take the answer in."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from msgspec import Raw

from phone import wire
from phone.clock import Clock
from phone.errors import SignedOut
from phone.ids import uuid7
from phone.intake import Accepted
from phone.model import PendingOp
from phone.outbox import ENVELOPE_ROOM
from phone.store import Store
from phone.transport import Transport, decode

_Shape = TypeVar("_Shape")


@dataclass(frozen=True, slots=True)
class Limits:
    """What this app asks for, and what one of its requests may hold."""

    types: Mapping[str, int]
    page: wire.PageLimits
    max_ops: int
    max_bytes: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """One request ready to go; `request` makes its answer recognisable."""

    request: UUID
    ops: tuple[PendingOp, ...]
    want: tuple[UUID, ...]
    payload: bytes

    @property
    def is_indivisible(self) -> bool:
        """Whether the ops can not be sent in smaller pieces: one op, or one group."""
        return len({op.group or op.op for op in self.ops}) < 2


class Exchange:
    """Asks the server about one store's feed; repeats nothing by itself."""

    def __init__(self, store: Store, transport: Transport, *, limits: Limits, clock: Clock) -> None:
        self.store = store
        self.limits = limits
        self.clock = clock
        self._transport = transport

    def prepare(self, *, max_ops: int | None = None, without: Collection[UUID] = ()) -> Prepared:
        """Build the next request from the store and make it the latest one.

        After a fork nothing is pushed until it is known what the server lost: edits may build
        on it.
        """
        account, place = self.store.account(), self.store.place()
        if account.device is None:
            raise SignedOut("no account on this phone yet")
        most = self.limits.max_ops if max_ops is None else max_ops
        ops = self.store.outbox(
            max_ops=0 if place.forked else most,
            max_bytes=self.limits.max_bytes - ENVELOPE_ROOM,
            without=without,
        )
        request = uuid7(int(self.clock.now().timestamp() * 1000))
        want = self.store.wanted()[: wire.MAX_WANT]
        payload = wire.encode(
            wire.SyncRequest(
                protocol=wire.PROTOCOL,
                request=request,
                device=account.device,
                sent_at=self.clock.stamp(),
                epoch=place.epoch,
                witness=place.witness,
                cursor=place.cursor,
                types=dict(self.limits.types),
                page=self.limits.page,
                want=want,
                ops=[self._with_age(op) for op in ops],
            )
        )
        self.store.begin(request)
        return Prepared(request, tuple(ops), tuple(want), payload)

    def deliver(self, prepared: Prepared) -> wire.SyncResponse:
        """Send a request once and return the answer without looking at whose it is."""
        return self.ask("POST", "sync", wire.SyncResponse, content=prepared.payload)

    def accept(self, prepared: Prepared, answer: wire.SyncResponse) -> Accepted | None:
        """Store an answer whole, or return None if it is not the latest request's."""
        return self.store.accept(answer, sent=[op.op for op in prepared.ops], now=self.clock.now())

    def ask(
        self, method: str, path: str, shape: type[_Shape], *, content: bytes | None = None
    ) -> _Shape:
        """Make one request about this feed; a token no longer taken is forgotten.

        The feed is addressed by its owner's id, so that edits never reach another's account.
        """
        account = self.store.account()
        if account.token is None or account.athlete is None:
            raise SignedOut("sign in first; the outbox is untouched")
        path = f"/v1/athletes/{account.athlete}/{path}"
        try:
            answer = self._transport.send(method, path, content=content, token=account.token)
        except SignedOut:
            self.store.sign_out()
            raise
        return decode(answer, shape)

    def _with_age(self, op: PendingOp) -> Raw:
        """Return an op as it is sent: its own bytes, and its age if that can be told."""
        age = self.clock.age_ms(op.made_ms, op.boot)
        return Raw(op.raw if age is None else op.raw[:-1] + b',"age_ms":%d}' % age)
