"""The due engine: lease a delivery, re-check it under lock, send, record.

Sending happens outside any transaction. Between "the provider accepted it" and "we wrote that
down" lies a crash nobody can exclude: then the lease runs out, the delivery is `uncertain`,
and it is sent again under the same collapse id, less and less often. What a provider itself
left open is tried again at most twice.
"""

import logging
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from apps.reminders import sql
from apps.reminders.addressing import Address
from apps.reminders.models import ANY
from apps.reminders.services.leases import Claim
from apps.reminders.services.pauses import paused_until
from apps.reminders.services.recheck import Sending, let_go
from apps.reminders.services.record import record
from apps.reminders.transports import Channels
from backend.push.receipt import Receipt

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
# Well inside a job's soft limit: one slow answer on top still ends in time.
BUDGET_S = 8.0
LONGEST_SEND_S = 10.0
MOST_IN_FLIGHT = 100
# So that one browser's push service that does not answer leaves room for the others.
MOST_PER_HOST = 20
# Of a lease's time, so that nothing is sent of which others think that it is over.
BEGIN_WITHIN_S = LEASE.total_seconds() - BUDGET_S - 2 * LONGEST_SEND_S
CLAIM_AT_ONCE = sql.MOST_AT_ONCE
BUSY_S = 0.1


@dataclass
class Run:
    """What one run of the engine came to, counted by the deliveries' last codes."""

    outcomes: Counter[str] = field(default_factory=Counter)
    is_cut_short: bool = False


def deliver_due(*, now: datetime, budget_s: float = BUDGET_S) -> Run:
    """Send what is due until nothing is, or for ``budget_s`` seconds.

    Any number of engines may run; each delivery is leased by one. Many are on their way at a
    time, so that a slow provider holds up nobody else's.
    """
    sql.fetch(sql.LOSE_LEASES, {"now": now})
    with Channels() as channels:
        return _Engine(channels, now=now).run(budget_s)


class _Engine:
    """One run; it is the gate that the last look asks about channels."""

    def __init__(self, channels: Channels, *, now: datetime) -> None:
        self._channels = channels
        self._now = now
        self._in_flight: Counter[str] = Counter()
        self._busy_until_s = 0.0
        self._result = Run()

    @property
    def channels(self) -> frozenset[str]:
        """Names of the configured channels."""
        return frozenset(self._channels.by_name)

    def held_until(self, address: Address, now: datetime) -> datetime | None:
        """Return when the provider may be asked again, None when it may be now."""
        provider = self._provider_of(address)
        if provider not in self.channels and self._in_flight[provider] >= MOST_PER_HOST:
            # It stays due: this run looks again in a moment, another engine may at once.
            self._busy_until_s = time.monotonic() + BUSY_S
            return now
        return paused_until(provider, now)

    def run(self, budget_s: float) -> Run:
        """Claim, send and record."""
        ends = time.monotonic() + budget_s
        is_first = True
        while True:
            is_over = time.monotonic() >= ends and not is_first
            is_busy = time.monotonic() < self._busy_until_s
            begin_by_s = time.monotonic() + BEGIN_WITHIN_S
            claims = (
                [] if is_over or is_busy else self._claim(1 if budget_s <= 0 else CLAIM_AT_ONCE)
            )
            is_first = False
            for claim in claims:
                self._look(claim, begin_by_s=begin_by_s)
            if not claims and not self._in_flight.total() and (is_over or not is_busy):
                break
            if is_over and time.monotonic() >= ends + LONGEST_SEND_S:
                break
            self._channels.turn(0.0 if claims else 0.05)
        self._result.is_cut_short |= is_over
        return self._result

    def _claim(self, most: int) -> list[Claim]:
        room = min(most, MOST_IN_FLIGHT - self._in_flight.total())
        if room <= 0:
            return []
        rows = sql.fetch(
            sql.CLAIM,
            {
                "now": self._now,
                "until": self._now + LEASE,
                "limit": room,
                "channels": [ANY, *sorted(self.channels)],
            },
        )
        return [Claim(*row) for row in rows]

    def _look(self, claim: Claim, *, begin_by_s: float) -> None:
        try:
            found = let_go(claim, now=self._now, gate=self)
            if isinstance(found, Sending) and time.monotonic() > begin_by_s:
                # This process stood still: its lease runs out, and it is sent again.
                found = "too-late"
            if isinstance(found, Sending):
                self._send(claim, found)
                return
        except Exception:  # one person's defect must not keep nudges from the others
            logger.exception("let_go_failed", extra={"delivery_id": str(claim.delivery_id)})
            found = "defect"
        self._result.outcomes[found] += 1

    def _send(self, claim: Claim, sending: Sending) -> None:
        provider = self._provider_of(sending.address)

        def done(receipt: Receipt) -> None:
            self._in_flight[provider] -= 1
            self._result.outcomes[receipt.code] += 1
            try:
                record(claim, sending.address, receipt, provider=provider, now=self._now)
            except Exception:  # what was sent is sent; its lease runs out and it is repeated
                logger.exception("record_failed", extra={"delivery_id": str(claim.delivery_id)})

        transport = self._channels.by_name[sending.address.channel]
        transport.start(sending.letter, sending.address.target, done)
        self._in_flight[provider] += 1

    def _provider_of(self, address: Address) -> str:
        return self._channels.by_name[address.channel].provider_of(address.target)
