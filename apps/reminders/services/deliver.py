"""The due engine: lease a delivery, re-check it under lock, send, record.

Sending happens outside any transaction. Between "the server accepted it" and "we wrote that
down" lies a crash nobody can exclude: then the lease runs out, the delivery is `uncertain`,
and it is tried again under the same collapse id, at most twice.
"""

import logging
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from apps.reminders import sql
from apps.reminders.models import MAX_UNKNOWN, Delivery
from apps.reminders.services.links import links_for, stop_link
from apps.reminders.services.recheck import Letter, let_go
from apps.reminders.transports import email
from apps.reminders.transports.email import Outcome, Receipt

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
# Well inside a job's soft limit: one slow server answer on top still ends in time.
BUDGET_S = 8.0
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)


@dataclass(frozen=True)
class Claim:
    """One leased delivery; ``attempts`` tells this lease from a later one."""

    athlete_id: UUID
    delivery_id: UUID
    attempts: int


@dataclass
class Run:
    """What one run of the engine came to, counted by the deliveries' last codes."""

    outcomes: Counter[str] = field(default_factory=Counter)
    is_cut_short: bool = False


def deliver_due(*, now: datetime, budget_s: float = BUDGET_S) -> Run:
    """Send what is due, one at a time, until nothing is, or for ``budget_s`` seconds.

    Any number of engines may run; each delivery is leased by one. When the mail server can not
    be reached the run ends: the rest waits for the next one.
    """
    run = Run()
    ends = time.monotonic() + budget_s
    sql.fetch(sql.LOSE_LEASES, {"now": now})
    while claim := _claim(now=now):
        letter = let_go(
            athlete_id=claim.athlete_id,
            delivery_id=claim.delivery_id,
            attempts=claim.attempts,
            now=now,
        )
        if isinstance(letter, Letter):
            receipt = email.send_update(
                address=letter.address,
                collapse_id=letter.collapse_id,
                links=links_for(
                    athlete_id=claim.athlete_id,
                    reminder_id=letter.reminder_id,
                    due_date=letter.due_date,
                    now=now,
                ),
                stop_link=stop_link(athlete_id=claim.athlete_id, now=now),
                locale=letter.locale,
            )
            _record(claim, receipt, now=now)
            run.outcomes[receipt.code] += 1
            if receipt.is_down:
                break
        else:
            run.outcomes[letter] += 1
        if time.monotonic() >= ends:
            run.is_cut_short = True
            break
    return run


def _claim(*, now: datetime) -> Claim | None:
    rows = sql.fetch(sql.CLAIM, {"now": now, "until": now + LEASE, "limit": 1})
    return Claim(*rows[0]) if rows else None


def _record(claim: Claim, receipt: Receipt, *, now: datetime) -> None:
    """Write down what the mail server said, unless the lease went to somebody else meanwhile."""
    ours = Delivery.objects.filter(
        athlete_id=claim.athlete_id,
        id=claim.delivery_id,
        state=Delivery.State.LEASED,
        attempts=claim.attempts,
    )
    delivery = ours.first()
    if delivery is None:
        logger.warning("delivery_lease_lost", extra={"delivery_id": str(claim.delivery_id)})
        return
    changes: dict[str, object] = {"lease_until": None, "last_code": receipt.code}
    if receipt.outcome is Outcome.ACCEPTED:
        changes["state"] = Delivery.State.ACCEPTED
    elif receipt.outcome is Outcome.REFUSED:
        changes["state"] = Delivery.State.FAILED
    elif receipt.outcome is Outcome.LATER:
        changes |= {
            "state": delivery.resting_state,
            "let_go_at": None,
            "due_at": now + _pause(claim.attempts),
        }
    else:
        unknowns = delivery.unknowns + 1
        changes |= {
            "state": Delivery.State.UNCERTAIN,
            "unknowns": unknowns,
            "due_at": now + _pause(unknowns),
        }
        if unknowns >= MAX_UNKNOWN:
            logger.error("delivery_uncertain", extra={"delivery_id": str(claim.delivery_id)})
    ours.update(**changes)


def _pause(attempts: int) -> timedelta:
    """Return how long to wait after a number of attempts: four times longer each time."""
    longer: int = 4 ** min(attempts - 1, 10)
    return min(FIRST_PAUSE * longer, LONGEST_PAUSE)
