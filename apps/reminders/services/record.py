"""What a provider answered, written down: the delivery, its address, the provider."""

import logging
from datetime import datetime, timedelta
from typing import Any

from apps.accounts.services.push import forget_gone_push, stop_push
from apps.common.actor import writing_as
from apps.common.statements import Call, Question, ask_together, run_all
from apps.insights.services.sent import note_calls, noted_question
from apps.reminders import sql
from apps.reminders.addressing import Address
from apps.reminders.models import MAX_UNKNOWN, Delivery
from apps.reminders.services import pauses
from apps.reminders.services.leases import Claim, LeaseLost, deliveries, settle
from apps.reminders.services.spread import fall_back
from apps.reminders.transports.webpush import WebPushTransport
from backend.push.receipt import Outcome, Receipt

logger = logging.getLogger(__name__)

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)
# So many refused addresses of one provider within `pauses.STOPPED_WINDOW_S` are our own mistake.
MANY_STOPPED = 20
MISTAKE_PAUSE_S = 600.0
# What goes to any of a person's addresses, and to another when one fails.
_SHOWN = (Delivery.Kind.REMIND, Delivery.Kind.NUDGE)
_FINAL = (Outcome.REFUSED, Outcome.GONE, Outcome.STOPPED)


def record(
    claim: Claim, address: Address, receipt: Receipt, *, provider: str, now: datetime
) -> None:
    """Write down what came of an attempt.

    The attempt is logged in any case; the delivery changes unless its lease went to somebody
    else meanwhile.
    """
    receipt = _learn_of_address(receipt, address, provider)
    _learn_of_provider(receipt, provider, now=now)
    log = Call(sql.LOG, _attempt(claim, receipt, now=now))
    write = _accept if receipt.outcome is Outcome.ACCEPTED else _settle
    try:
        with writing_as(claim.athlete_id):
            is_ours = write(claim, receipt, log, now=now)
    except LeaseLost:  # just now
        is_ours = False
        run_all([log])
    if not is_ours:
        logger.warning("delivery_lease_lost", extra={"delivery_id": str(claim.delivery_id)})


def _learn_of_provider(receipt: Receipt, provider: str, *, now: datetime) -> None:
    if receipt.outcome is Outcome.ACCEPTED:
        pauses.worked(provider, now=now)
    elif receipt.is_provider_wide:
        pauses.pause(provider, asked_s=receipt.retry_after_s, now=now)


def _learn_of_address(receipt: Receipt, address: Address, provider: str) -> Receipt:
    """Stop an address that is no use; of many at once the fault is ours, and all stay."""
    if address.device_id is None or receipt.outcome not in (Outcome.GONE, Outcome.STOPPED):
        return receipt
    is_gone = receipt.outcome is Outcome.GONE
    if not is_gone and (refused := pauses.count_stopped(provider)) > MANY_STOPPED:
        # The wrong key or environment: pruning would take everybody's push away.
        if refused == MANY_STOPPED + 1:
            told = {"channel": address.channel, "code": receipt.code}
            logger.error("push_misconfigured", extra=told)
        return Receipt(
            outcome=Outcome.LATER,
            code=receipt.code,
            retry_after_s=MISTAKE_PAUSE_S,
            # A browser's push service has many keys to compare with; people bring their own.
            is_provider_wide=address.channel != WebPushTransport.channel,
        )
    device_id, token = address.device_id, address.target.token
    if is_gone:
        forget_gone_push(
            device_id=device_id, token=token, code=receipt.code, gone_at=receipt.gone_at
        )
    else:
        stop_push(device_id=device_id, token=token, code=receipt.code)
    return receipt


def _attempt(claim: Claim, receipt: Receipt, *, now: datetime) -> dict[str, object]:
    return {
        **claim.named,
        "outcome": receipt.outcome.value,
        "code": receipt.code[:32],
        "provider_id": receipt.provider_id[:128],
        "now": now,
    }


def _accept(claim: Claim, receipt: Receipt, log: Call, *, now: datetime) -> bool:
    """Write that it arrived, for the person's feed too; return False when the lease is another's."""
    ours = Question(Call(sql.IS_LEASED, claim.named), bool)
    nudge = (claim.athlete_id, claim.reminder_id, claim.collapse_id)
    noted = noted_question(*nudge)
    ask_together(Question(log, bool), ours, noted)
    if not ours.answer:
        return False
    is_news = claim.kind == Delivery.Kind.REMIND and not noted.answer
    # The queue before the delivery, as who erases a feed takes them.
    notes = note_calls(*nudge, now=now) if is_news else []
    accept = Call(sql.ACCEPT, {**claim.named, "code": receipt.code[:32]})
    if not run_all([*notes, accept])[-1]:
        raise LeaseLost
    return True


def _settle(claim: Claim, receipt: Receipt, log: Call, *, now: datetime) -> bool:
    """Write where the delivery goes from here; return False when the lease is another's."""
    hold = Question(Call(sql.HOLD_LEASE, claim.named), deliveries)
    asked: list[Question[Any]] = [Question(log, bool), hold]
    if receipt.outcome in _FINAL:  # of a person's last two addresses one must see both fail
        asked.insert(0, sql.lock_question(claim.athlete_id))
    ask_together(*asked)
    if not hold.answer:
        return False
    [delivery] = hold.answer
    changes: dict[str, object] = {}
    match receipt.outcome:
        case Outcome.LATER:
            asked_for = timedelta(seconds=receipt.retry_after_s or 0)
            changes["state"] = delivery.resting_state
            if not delivery.unknowns:
                changes["let_go_at"] = None
            changes["due_at"] = now + max(_pause(claim.attempts), asked_for)
        case Outcome.UNKNOWN:
            unknowns = delivery.unknowns + 1
            changes["state"] = Delivery.State.UNCERTAIN
            changes["unknowns"] = unknowns
            changes["due_at"] = now + _pause(unknowns)
            if unknowns >= MAX_UNKNOWN:
                logger.error("delivery_uncertain", extra={"delivery_id": str(claim.delivery_id)})
        case _:
            changes["state"] = Delivery.State.FAILED
    settle(delivery, receipt.code, **changes)
    if delivery.state == Delivery.State.FAILED and delivery.kind in _SHOWN:
        fall_back(delivery, now=now)
    return True


def _pause(attempts: int) -> timedelta:
    """Return how long to wait after a number of attempts: four times longer each time."""
    longer: int = 4 ** min(attempts - 1, 10)
    return min(FIRST_PAUSE * longer, LONGEST_PAUSE)
