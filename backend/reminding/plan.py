"""What is due for one person, and when."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

import msgspec

from backend.days import window
from backend.readmodels import LoadDay
from backend.records.ids import server_id
from backend.records.server_owned import Reminder
from backend.reminding import blood, function, habits, skeleton, training, vitamin_d
from backend.reminding.answers import answers_of, due_on, state_of
from backend.reminding.case import Ask, Case
from backend.reminding.case import Rule as Asks
from backend.reminding.catalogue import RULES, Rule
from backend.reminding.delivery import URGENT_PRIORITY, dedupe_key
from backend.reminding.intervals import INTERVALS
from backend.reminding.own import (
    OWN_RULE,
    OWN_TOPIC,
    moved,
    own_asks,
    own_intervals,
)
from backend.reminding.own import PRIORITY as OWN_PRIORITY
from backend.summary.situation import TREND_DAYS, Situation
from backend.summary.wording import checked, say_date

TAKING_PLACE = ("due", "seen")

ASKS: dict[str, Asks] = {
    **vitamin_d.RULES,
    **blood.RULES,
    **skeleton.RULES,
    **function.RULES,
    **training.RULES,
    **habits.RULES,
}


def reminder_id(athlete_id: UUID, rule: str, source_record: UUID) -> UUID:
    """Return the id of a rule's reminder about one record; the same on every computation."""
    return server_id(athlete_id, f"reminder/{rule}/{source_record}")


def plan(
    about: Situation,
    *,
    athlete_id: UUID,
    weeks: Sequence[LoadDay] = (),
    first_session: date | None = None,
    last_sync: date | None = None,
    sent: Collection[str] = (),
) -> list[Reminder]:
    """Return the reminders that stand for a person, most pressing first.

    Rules read the newest usable observation or record of a kind, so a newer one replaces the
    reminder of an older one; what is planned no longer is for the caller to close. A rule is
    left out under 18 and in pregnancy where it is not made for them, when a clinician looks
    after its topic, and when the person switched its topic off, but for the first priority; an
    unknown age reads as adult.
    Args:
        about: the situation the summary speaks of.
        athlete_id: whose they are; names the sources that are no record.
        weeks: load days in any order; those outside of the last thirteen weeks are left out.
        first_session: day of the first session ever.
        last_sync: local day on which a device last asked for what is new, or sent something.
        sent: names of the nudges that reached the person (`delivery.dedupe_key`).
    Returns:
        ``due`` from the due date on, ``scheduled`` before; at most three are due at a time,
        by priority and then by date, and the first priority is not counted. What is beyond
        stays ``scheduled``. Answers of any device (``reminder_ack``) make one seen, done,
        dismissed, or snoozed until a day.
    """
    first, last = window(ending=about.as_of, days=TREND_DAYS)
    known = (day for day in weeks if first <= day.local_date <= last)
    ordered = tuple(sorted(known, key=lambda day: day.local_date))
    case = Case(about, athlete_id, ordered, first_session, last_sync)
    asked = [*_by_rules(case), *_by_wishes(case)]
    asked.sort(key=lambda one: (one.priority, one.ask.due, one.rule, str(one.ask.source)))
    return list(_opened(asked, about, athlete_id, sent))


class _Asked(msgspec.Struct, frozen=True):
    """What is asked for, before answers and caps; ``title`` stands in place of templates."""

    ask: Ask
    rule: str
    rule_version: int
    topic: str
    priority: int
    reason: str
    templates: Mapping[str, str] = {}
    title: str | None = None


def _by_rules(case: Case) -> Iterable[_Asked]:
    """Yield what the catalogue asks for, at the person's own intervals."""
    about, intervals = case.about, own_intervals(case.about.facts)
    for rule in RULES.values():
        if not applies(rule, about) or is_managed(rule, about) or is_off(rule, about):
            continue
        for asked in ASKS[rule.id](case):
            ask = moved(rule, asked, intervals)
            if about.as_of >= ask.due or not ask.is_silent_before:
                yield _Asked(
                    ask,
                    rule.id,
                    rule.rule_version,
                    rule.topic,
                    rule.priority,
                    ask.reason or rule.reason,
                    rule.text,
                )


def _by_wishes(case: Case) -> Iterable[_Asked]:
    """Yield the person's own reminders, in their words and at any age."""
    about, off = case.about, case.about.profile.reminder_topics_off or ()
    for own in own_asks(about.facts, athlete_id=case.athlete_id, as_of=about.as_of):
        if own.topic not in off and OWN_TOPIC not in off:
            yield _Asked(own.ask, OWN_RULE, 1, own.topic, OWN_PRIORITY, own.reason, title=own.title)


def applies(rule: Rule, about: Situation) -> bool:
    """Return whether a rule is meant for this person at all."""
    if about.profile.pregnant and not rule.applies_in_pregnancy:
        return False
    return rule.applies_to_minors or not about.is_minor


def is_managed(rule: Rule, about: Situation) -> bool:
    """Return whether a clinician looks after the rule's topic."""
    return bool({rule.topic, *rule.also_topics} & set(about.profile.clinician_managed or ()))


def is_off(rule: Rule, about: Situation) -> bool:
    """Return whether the person does not want the rule's topic; the most pressing ones stay."""
    wanted = rule.topic not in (about.profile.reminder_topics_off or ())
    return not wanted and rule.priority > URGENT_PRIORITY


def _opened(
    asked: Sequence[_Asked], about: Situation, athlete_id: UUID, sent: Collection[str]
) -> Iterable[Reminder]:
    """Yield reminders with their states; what is settled or snoozed takes nobody's place."""
    answers = answers_of(about.facts.acks)
    room = INTERVALS.open_most.value
    for one in asked:
        key = reminder_id(athlete_id, one.rule, one.ask.source)
        answer = answers.get(key)
        due = due_on(one.ask.due, answer)
        state = state_of(is_due=about.as_of >= due, answer=answer)
        if state in TAKING_PLACE and one.priority > URGENT_PRIORITY:
            state = state if room > 0 else "scheduled"
            room -= 1
        if state == "due" and dedupe_key(reminder_id=key, due_date=due) in sent:
            state = "sent"
        yield Reminder(
            rule=one.rule,
            rule_version=one.rule_version,
            topic=one.topic,
            due_date=due,
            priority=one.priority,
            state=state,
            reason=one.reason,
            source_record=one.ask.source,
            text=_text(one, due, about.locales),
        )


def _text(one: _Asked, due: date, locales: Sequence[str]) -> dict[str, str]:
    if one.title is not None:
        return dict.fromkeys(locales, one.title)
    again = one.ask.again or one.ask.due
    return {
        locale: checked(words.format(date=say_date(due, locale), again=say_date(again, locale)))
        for locale, words in one.templates.items()
    }
