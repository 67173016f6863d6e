"""What people add of their own: reminders in their words, and other intervals for rules.

A reminder's words are the person's: they are shown as they are, in the inbox only, and no template
or lint ever reads them. A repeated one has an id for each of its days, so each is answered on its
own; the next day follows the answer, and "not me" ends all of them.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from uuid import UUID

import msgspec

from backend.days import LATEST_YEAR, months_later
from backend.records.ids import server_id
from backend.records.reminder_wish import ReminderWish
from backend.reminding.bounds import LONGEST, is_within
from backend.reminding.case import Ask
from backend.reminding.catalogue import RULES, Rule
from backend.summary.facts import Fact, Facts

OWN_RULE = "rem.own"
OWN_TOPIC = "own"
OWN_INTERVAL = "own_interval"
PRIORITY = 4
LOOKED_BACK = 400  # times of one reminder; older answers are not asked for
# A second value that belongs to another test is due with it.
_GOES_WITH = {"rem.pth_recheck": "rem.vitd_retest_low"}
_TOPICS = frozenset(rule.topic for rule in RULES.values())


class OwnAsk(msgspec.Struct, frozen=True):
    """A reminder in the person's words; ``source`` names the wish and the day of this time."""

    ask: Ask
    topic: str
    title: str
    reason: str


def own_asks(facts: Facts, *, athlete_id: UUID, as_of: date) -> Iterator[OwnAsk]:
    """Yield what stands of each wish: the time that is open, and the last one that was done."""
    answered = _answered(facts)
    for wish in facts.wishes:
        body = wish.body
        if body.title is None or body.due_date is None or not body.counts:
            continue
        topic = body.topic if body.topic in _TOPICS else OWN_TOPIC
        reason = "own" if body.proposed_by is None else "proposed"
        for day in _standing(wish, answered, athlete_id=athlete_id, as_of=as_of):
            source = source_of(wish.record_id, day)
            yield OwnAsk(Ask(day, source), topic or OWN_TOPIC, body.title, reason)


def source_of(wish_id: UUID, day: date) -> UUID:
    """Return what names one time of a wish."""
    return server_id(wish_id, f"reminder-wish/{day.isoformat()}")


def own_intervals(facts: Facts) -> dict[str, int]:
    """Return the days a person set for rules; of several the fewest."""
    found: dict[str, int] = {}
    for wish in facts.wishes:
        rule, days = wish.body.rule, wish.body.interval_days
        if rule is None or days is None or not wish.body.counts or not is_within(rule, days):
            continue
        found[rule] = min(days, found.get(rule, days))
    return found


def moved(rule: Rule, ask: Ask, intervals: dict[str, int]) -> Ask:
    """Return an ask with the person's interval in place of the rule's own.

    Never more than twice as long as the rule has it for them, and never of the first priority.
    """
    days = intervals.get(_GOES_WITH.get(rule.id, rule.id))
    if days is None or ask.since is None or rule.priority == 1:
        return ask
    own = max((ask.due - ask.since).days, 0)
    due = ask.since + timedelta(days=min(days, LONGEST * own))
    if due == ask.due:
        return ask
    return msgspec.structs.replace(ask, due=due, reason=OWN_INTERVAL)


def _answered(facts: Facts) -> dict[UUID, tuple[str, date]]:
    """Return by reminder the deciding answer that ends it and its day."""
    found: dict[UUID, tuple[str, date]] = {}
    for ack in sorted(facts.acks, key=lambda one: (one.body.acted_at, one.record_id)):
        if ack.body.action in ("done", "dismissed"):
            found[ack.body.reminder] = (ack.body.action, ack.day)
        elif ack.body.action == "snoozed":
            found.pop(ack.body.reminder, None)
    return found


def _standing(
    wish: Fact[ReminderWish],
    answered: dict[UUID, tuple[str, date]],
    *,
    athlete_id: UUID,
    as_of: date,
) -> Iterable[date]:
    days = list(_days(wish.body, as_of=as_of))
    if not _repeats(wish.body):
        return days
    for place in range(len(days) - 1, -1, -1):
        source = source_of(wish.record_id, days[place])
        told = answered.get(server_id(athlete_id, f"reminder/{OWN_RULE}/{source}"))
        if told is None:
            continue
        action, on = told
        if action == "dismissed":
            return days[place : place + 1]
        later = [day for day in days[place + 1 :] if day > on]
        return [days[place], *later[:1]]
    return days[:1]


def _repeats(body: ReminderWish) -> bool:
    return body.every_days is not None or body.every_months is not None


def _days(body: ReminderWish, *, as_of: date) -> Iterator[date]:
    """Yield the days of a wish, oldest first: of the past the last few, ahead the next two."""
    first = body.due_date
    if first is None:
        return
    if not _repeats(body):
        yield first
        return
    passed = max((as_of - first).days, 0)
    past = (
        passed // body.every_days if body.every_days else passed // 28 // (body.every_months or 1)
    )
    ahead = 0
    for step in range(max(past - LOOKED_BACK, 0), past + 3):
        day = (
            first + timedelta(days=step * body.every_days)
            if body.every_days
            else months_later(first, step * (body.every_months or 1))
        )
        if day.year > LATEST_YEAR or ahead == 2:
            return
        ahead += day > as_of
        yield day
