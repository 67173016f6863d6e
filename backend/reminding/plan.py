"""What is due for one person, and when."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from backend.days import completed_years
from backend.models import run
from backend.readmodels import Observation
from backend.records.athlete_profile import AthleteProfile
from backend.records.ids import server_id
from backend.records.server_owned import Reminder
from backend.reminding.catalogue import RULES, Rule
from backend.summary.wording import checked, say_date

ADULT_FROM_Y = 18


def reminder_id(athlete_id: UUID, rule: str, source_record: UUID) -> UUID:
    """Return the id of a rule's reminder about one record; the same on every computation."""
    return server_id(athlete_id, f"reminder/{rule}/{source_record}")


def plan(
    *, as_of: date, profile: AthleteProfile, observations: Sequence[Observation]
) -> list[Reminder]:
    """Return the reminders that stand for a person on ``as_of``.

    Only the newest usable result of an analyte counts: a newer one replaces the reminder of
    an older one. None under 18, in pregnancy, or for a topic a clinician looks after; an
    unknown age reads as adult.
    Returns:
        At most one reminder per analyte, ``due`` from its due date on, ``scheduled`` before.
    """
    rule = RULES["rem.vitd_retest_low"]
    newest = max(
        (o for o in observations if o.analyte == "vitd_25oh" and o.usable and o.value is not None),
        key=lambda o: (o.observed_at, str(o.record_id)),
        default=None,
    )
    if newest is None or not applies(rule, profile, as_of=as_of):
        return []
    result = run(
        rule.model,
        {
            "ng_ml": newest.value,
            "result_date": newest.local_date,
            "clinician_managed": is_managed(rule, profile),
        },
    )
    due = result.get("due")
    if not isinstance(due, str):
        return []
    return [_reminder(rule, newest, date.fromisoformat(due), as_of=as_of)]


def applies(rule: Rule, profile: AthleteProfile, *, as_of: date) -> bool:
    """Return whether a rule is meant for this person at all."""
    if profile.pregnant and not rule.applies_in_pregnancy:
        return False
    born = profile.born_date
    minor = born is not None and completed_years(born=born, on=as_of) < ADULT_FROM_Y
    return rule.applies_to_minors or not minor


def is_managed(rule: Rule, profile: AthleteProfile) -> bool:
    """Return whether a clinician looks after the rule's topic."""
    return bool({rule.topic, *rule.also_topics} & set(profile.clinician_managed or ()))


def _reminder(rule: Rule, about: Observation, due: date, *, as_of: date) -> Reminder:
    text = {
        locale: checked(words.format(date=say_date(due, locale)))
        for locale, words in rule.text.items()
    }
    return Reminder(
        rule=rule.id,
        rule_version=rule.rule_version,
        topic=rule.topic,
        due_date=due,
        priority=rule.priority,
        state="due" if as_of >= due else "scheduled",
        reason=rule.reason,
        source_record=about.record_id,
        text=text,
    )
