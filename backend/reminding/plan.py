"""What is due for one person, and when."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from uuid import UUID

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
    last_input: date | None = None,
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
        last_input: local day on which something last came in.
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
    case = Case(about, athlete_id, ordered, first_session, last_input)
    asked = [
        (rule, ask)
        for rule in RULES.values()
        if applies(rule, about) and not is_managed(rule, about) and not is_off(rule, about)
        for ask in ASKS[rule.id](case)
    ]
    asked.sort(key=lambda one: (one[0].priority, one[1].due, one[0].id, str(one[1].source)))
    return list(_opened(asked, about, athlete_id, sent))


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
    asked: Sequence[tuple[Rule, Ask]], about: Situation, athlete_id: UUID, sent: Collection[str]
) -> Iterable[Reminder]:
    """Yield reminders with their states; what is settled or snoozed takes nobody's place."""
    answers = answers_of(about.facts.acks)
    room = INTERVALS.open_most.value
    for rule, ask in asked:
        key = reminder_id(athlete_id, rule.id, ask.source)
        answer = answers.get(key)
        due = due_on(ask.due, answer)
        is_due = about.as_of >= due
        state = state_of(is_due=is_due, answer=answer)
        if state in TAKING_PLACE and rule.priority > URGENT_PRIORITY:
            state = state if room > 0 else "scheduled"
            room -= 1
        if state == "due" and dedupe_key(reminder_id=key, due_date=due) in sent:
            state = "sent"
        yield _reminder(rule, ask, due=due, state=state)


def _reminder(rule: Rule, ask: Ask, *, due: date, state: str) -> Reminder:
    text = {
        locale: checked(
            words.format(date=say_date(due, locale), again=say_date(ask.again or ask.due, locale))
        )
        for locale, words in rule.text.items()
    }
    return Reminder(
        rule=rule.id,
        rule_version=rule.rule_version,
        topic=rule.topic,
        due_date=due,
        priority=rule.priority,
        state=state,
        reason=ask.reason or rule.reason,
        source_record=ask.source,
        text=text,
    )
