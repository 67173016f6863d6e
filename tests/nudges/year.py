"""Plays random lives through the real service and through the plain model, and compares."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any

from apps.insights.services.recompute import drain
from apps.reminders.models import Delivery
from apps.reminders.services.collect import collect_person
from apps.reminders.services.deliver import deliver_due
from apps.sync.services import enter_queue
from backend.records.ids import ack_id
from backend.reminding.plan import reminder_id
from tests.apps.reminders.feed import calm, inbox, set_profile
from tests.apps.reminders.postbox import Postbox
from tests.conftest import Person, make_person
from tests.nudges.lives import BEGINS, Event, life
from tests.nudges.plain import Ack, Nudge, Plain, Sent, ticks

NEVER = datetime.max.replace(tzinfo=UTC)
KNOWN = {"rem.vitd_retest_low", "rem.pth_after_low_d", "rem.vitd_annual"}


@dataclass
class Played:
    """One person, the model's and the service's, in step."""

    person: Person
    events: list[Event]
    plain: Plain = field(default_factory=Plain)
    results: list[uuid.UUID] = field(default_factory=list)
    wakes_at: datetime = NEVER  # nothing can be due for them before

    def rest(self) -> None:
        """Note until when the model need not look."""
        days = [nudge.due for _, nudge in self.plain.waiting()]
        first = datetime.combine(min(days), time(), UTC) if days else NEVER
        self.wakes_at = first - timedelta(days=2) if days else NEVER

    def name_of(self, rule: str, result: int) -> uuid.UUID:
        """Return the id of the reminder of a rule about a result."""
        return reminder_id(self.person.id, rule, self.results[result])


@dataclass
class Year:
    """What all lives came to."""

    athletes: int = 0
    events: int = 0
    expected: int = 0
    mails: int = 0
    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.athletes} athletes, {self.events} events, {self.expected} nudges expected, "
            f"{self.mails} mails, {len(self.missed)} missed or at another instant, "
            f"{len(self.wrong)} that should not be"
        )


def play(
    postbox: Postbox,
    *,
    seeds: Iterable[int],
    days: int,
    tell: Callable[[str], None] = lambda line: None,
) -> Year:
    """Live ``days`` days with one athlete for each seed."""
    calm()
    postbox.received.clear()
    people = [Played(make_person(), life(Random(seed), days=days)) for seed in seeds]  # noqa: S311
    queue = sorted(
        ((event.at, number, event) for number, one in enumerate(people) for event in one.events),
        key=lambda item: (item[0], item[1]),
    )
    last_at = BEGINS + timedelta(days=days)
    done = 0
    for now in ticks(BEGINS, last_at):
        while done < len(queue) and queue[done][0] <= now:
            live(people[queue[done][1]], queue[done][2], now)
            done += 1
        awake = [one for one in people if one.wakes_at <= now]
        midnights(awake, now)
        if Delivery.objects.filter(state="planned", due_at__lte=now).exists():
            deliver_due(now=now, budget_s=600)
        for one in awake:
            one.plain.look(now)
            one.rest()
        if now.hour == now.minute == 0 and now.day == 1:
            tell(f"{now.date()}: {done} of {len(queue)} events, {len(postbox.received)} mails")
    return compare(people, postbox, Year(athletes=len(people), events=done))


def midnights(people: Iterable[Played], now: datetime) -> None:
    """Begin the local day of those for whom it brings something."""
    before = now - timedelta(minutes=15)
    for one in people:
        waiting = one.plain.waiting()
        if not waiting:
            continue
        today = one.plain.local_day(now)
        if today != one.plain.local_day(before) and any(n.due == today for _, n in waiting):
            enter_queue([one.person.id])
            compute(one, now)


def compute(one: Played, now: datetime) -> None:
    """Let the workers do what they would do after a change."""
    drain(now=now)
    assert collect_person(athlete_id=one.person.id, seq=0, now=now)


def live(one: Played, event: Event, now: datetime) -> None:
    """Do what the event says, in both worlds."""
    told, plain = event.told, one.plain
    match event.kind:
        case "result":
            day = now.date() - timedelta(days=1)
            one.results.append(_push_result(one, "vitd_25oh", told["value"], "ng/mL", day))
            plain.results.append((day, told["value"]))
        case "pth":
            day = now.date() - timedelta(days=1)
            _push_result(one, "pth", told["value"], "pg/mL", day)
            plain.pth_days.append(day)
        case "ack":
            _answer(one, told, now)
        case "travel":
            plain.zone = told["zone"]
            _profile(one, zone=plain.zone)
        case _:
            _wish(one, told, now)
    compute(one, now)
    one.rest()


def _answer(one: Played, told: dict[str, Any], now: datetime) -> None:
    result, plain = len(one.results) - 1 - told["back"], one.plain
    if result < 0:
        return
    action, rule = told["action"], told["rule"]
    was_sent = any(s.nudge[:2] == (rule, result) for s in plain.sent)
    if action == "seen" and not was_sent:
        return  # what was seen before it came is told of elsewhere
    until = plain.local_day(now) + timedelta(days=told["days"]) if action == "snoozed" else None
    key, at = one.name_of(rule, result), now.strftime("%Y-%m-%dT%H:%M:%SZ")
    body = {"reminder": str(key), "action": action, "acted_at": at}
    if until is not None:
        body["snooze_until"] = until.isoformat()
    _push(one, "reminder_ack", ack_id(key, action, at), body)
    if action != "seen":
        plain.acknowledge(rule, result, Ack(now, action, until))


def _wish(one: Played, told: dict[str, Any], now: datetime) -> None:
    plain = one.plain
    plain.zone = told.get("zone", plain.zone)
    plain.hour, plain.quiet, plain.per_week = told["hour"], told["quiet"], told["per_week"]
    plain.topics_off, plain.mail_off = frozenset(told["topics_off"]), told["mail_off"]
    pause = timedelta(days=told["pause_days"])
    plain.paused_until = plain.local_day(now) + pause if pause else None
    _profile(
        one,
        zone=plain.zone,
        delivery_hour=plain.hour,
        quiet_hours="{}-{}".format(*plain.quiet) if plain.quiet else "none",
        reminders_per_week=plain.per_week,
        reminder_topics_off=sorted(plain.topics_off),
        reminder_channels_off=["email"] if plain.mail_off else [],
        reminders_paused_until=plain.paused_until.isoformat() if plain.paused_until else None,
    )


def _profile(one: Played, **fields: Any) -> None:
    set_profile(one.person, **fields)


def _push_result(one: Played, analyte: str, value: float, unit: str, day: Any) -> uuid.UUID:
    key = uuid.uuid4()
    body = {
        "analyte": analyte, "value": value, "unit": unit, "status": "final",
        "collected_at": f"{day.isoformat()}T11:00:00Z",
    }  # fmt: skip
    _push(one, "lab_result", key, body, schema=2)
    return key


def _push(one: Played, kind: str, key: uuid.UUID, body: dict[str, Any], schema: int = 1) -> None:
    op = {
        "op": str(uuid.uuid4()), "type": kind, "id": str(key), "action": "put", "base": None,
        "schema": schema, "set": body,
    }  # fmt: skip
    [result] = one.person.sync([op]).json()["results"]
    assert result["status"] in ("applied", "noop"), result


def compare(people: Iterable[Played], postbox: Postbox, year: Year) -> Year:
    """Hold what went out against what the model sent."""
    year.mails = len(postbox.received)
    names = [mail.message["Message-ID"] for mail in postbox.received]
    assert len(set(names)) == len(names), "a mail came twice"
    for one in people:
        rows = Delivery.objects.filter(athlete_id=one.person.id, kind="remind", state="accepted")
        items = inbox(one.person)
        assert {item.rule for item in items.values()} <= KNOWN
        names_of = {
            one.name_of(rule, result): (rule, result)
            for rule in KNOWN
            for result in range(len(one.results))
        }
        real = sorted((*names_of[row.reminder_id], row.let_go_at) for row in rows)
        wanted = sorted((*_key(sent), sent.at) for sent in one.plain.sent)
        year.expected += len(wanted)
        year.missed += [f"{one.person.id}: {key}" for key in wanted if key not in real]
        year.wrong += [f"{one.person.id}: {key}" for key in real if key not in wanted]
    return year


def _key(sent: Sent) -> tuple[str, int]:
    nudge: Nudge = sent.nudge
    return nudge.rule, nudge.result
