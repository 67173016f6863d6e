"""The round trip and the push. They decode once, encode once, and open their own transactions."""

from typing import ClassVar

from django.http import HttpRequest
from django.utils import timezone

from apps.accounts.access import Caller
from apps.common.actor import go_on_as
from apps.common.answers import Answer, encoded
from apps.common.transactions import reading, writing
from apps.sync import clients
from apps.sync.api.base import FeedView
from apps.sync.pages import Pulled
from apps.sync.reader import pull_nothing, pull_page, refuse_future
from apps.sync.writer import Pushed, push_ops
from backend.feed.clocks import offset_ms
from backend.feed.wire import Notice, PushRequest, PushResponse, SyncRequest, SyncResponse


class SyncView(FeedView):
    """A phone's round trip: push, pull a page, and the state of the derived records."""

    takes_old_clients: ClassVar[bool] = True

    def post(self, request: HttpRequest, athlete: str) -> Answer:
        """Apply ops, then answer with results and a page from after the commit."""
        now = timezone.now()
        _ = request.body  # read from the network before anything is opened
        least = clients.missing_build(request.META.get(clients.HEADER, ""))
        pushed: Pushed | None = None
        with reading():
            caller = self.owner(request, athlete, now)
            asked, tainted = self.envelope(request, SyncRequest)
            if asked.ops:
                with writing():
                    pushed = push_ops(
                        athlete_id=caller.athlete_id,
                        device_id=caller.device_id,
                        ops=asked.ops,
                        epoch=asked.epoch,
                        witness=asked.witness,
                        sent_at=asked.sent_at,
                        now=now,
                        tainted=tainted,
                    )
                    refuse_future(asked.cursor, epoch=pushed.epoch, head=pushed.witness.seq)
                go_on_as(caller.athlete_id)
            pulled = _pull(caller, asked, pushed, is_too_old=least is not None)
        return encoded(
            SyncResponse(
                request=asked.request,
                epoch=pulled.epoch,
                witness=pulled.witness,
                results=pushed.results if pushed else (),
                page=pulled.page,
                derived=pulled.derived,
                server_time=now,
                clock_offset_ms=offset_ms(sent_at=asked.sent_at, received_at=now),
                next_poll_s=pulled.next_poll_s,
                notices=(Notice("client-too-old", "after-upgrade", least),) if least else (),
            )
        )


def _pull(
    caller: Caller, asked: SyncRequest, pushed: Pushed | None = None, *, is_too_old: bool
) -> Pulled:
    witness = None if pushed else asked.witness
    if is_too_old:
        return pull_nothing(athlete_id=caller.athlete_id, epoch=asked.epoch, witness=witness)
    verbatim = [result for result in pushed.results if result.status == "applied"] if pushed else []
    return pull_page(
        athlete_id=caller.athlete_id,
        cursor=asked.cursor,
        types=asked.types,
        page=asked.page,
        epoch=asked.epoch,
        witness=witness,
        device_id=caller.device_id,
        echoes=frozenset(result.op for result in verbatim),
        want=frozenset(asked.want),
    )


class OpsView(FeedView):
    """Push only, for senders that keep no copy of the feed."""

    takes_old_clients: ClassVar[bool] = True

    def post(self, request: HttpRequest, athlete: str) -> Answer:
        """Apply ops and answer with their results."""
        now = timezone.now()
        _ = request.body
        with reading():
            caller = self.owner(request, athlete, now)
            asked, tainted = self.envelope(request, PushRequest)
            with writing():
                pushed = push_ops(
                    athlete_id=caller.athlete_id,
                    device_id=caller.device_id,
                    ops=asked.ops,
                    epoch=asked.epoch,
                    witness=None,
                    sent_at=asked.sent_at,
                    now=now,
                    tainted=tainted,
                )
        return encoded(
            PushResponse(
                request=asked.request,
                epoch=pushed.epoch,
                witness=pushed.witness,
                results=pushed.results,
                server_time=now,
            )
        )
