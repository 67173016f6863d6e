"""When a person must be nudged, said as plainly as it can be: looked at every quarter of an hour.

Written from the reference alone; shares no code with the service. It knows two rules: a repeat
84 days after a low vitamin D, and parathyroid hormone 14 days after it unless there is one
within 90 days.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

TICK = timedelta(minutes=15)
WEEK = timedelta(days=7)
LOW_NG_ML = 20


class Nudge(NamedTuple):
    """What is sent once: a rule about a result, for a day."""

    rule: str
    result: int
    due: date


class Sent(NamedTuple):
    """A nudge and the instant it went out."""

    nudge: Nudge
    at: datetime


@dataclass(frozen=True)
class Ack:
    """What the person said about a reminder; ``until`` for a snooze."""

    at: datetime
    action: str
    until: date | None = None


@dataclass
class Plain:
    """One person as the model sees them."""

    zone: str = "UTC"
    hour: int = 9
    quiet: tuple[int, int] | None = (22, 7)
    per_week: int = 2
    topics_off: frozenset[str] = frozenset()
    mail_off: bool = False
    paused_until: date | None = None
    results: list[tuple[date, float]] = field(default_factory=list)
    pth_days: list[date] = field(default_factory=list)
    acks: dict[tuple[str, int], Ack] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)

    def acknowledge(self, rule: str, result: int, ack: Ack) -> None:
        """Take an answer: the latest one counts."""
        standing = self.acks.get((rule, result))
        if standing is None or ack.at >= standing.at:
            self.acks[rule, result] = ack

    def planned(self) -> Iterator[tuple[int, Nudge]]:
        """Yield what is planned by the rules, with priorities."""
        if not self.results:
            return
        number = len(self.results) - 1
        day, value = self.results[number]
        if value >= LOW_NG_ML:
            return
        if "vitd_25oh" not in self.topics_off:
            yield 2, Nudge("rem.vitd_retest_low", number, day + timedelta(days=84))
        has_pth = any(abs((pth - day).days) <= 90 for pth in self.pth_days)
        if "pth" not in self.topics_off and not has_pth:
            yield 3, Nudge("rem.pth_after_low_d", number, day + timedelta(days=14))

    def standing(self) -> Iterator[tuple[int, Nudge]]:
        """Yield what is planned and not settled, on the day it was put off to."""
        for priority, nudge in self.planned():
            ack = self.acks.get((nudge.rule, nudge.result))
            if ack is not None and ack.action in ("done", "dismissed"):
                continue
            if ack is not None and ack.until is not None:
                nudge = nudge._replace(due=max(nudge.due, ack.until))
            yield priority, nudge

    def waiting(self) -> list[tuple[int, Nudge]]:
        """Return what was not sent yet, the most pressing first."""
        gone = {sent.nudge for sent in self.sent}
        return sorted((one for one in self.standing() if one[1] not in gone), key=_rank)

    def look(self, now: datetime) -> None:
        """Send what is to be sent at this instant."""
        local = now.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)
        if self.mail_off or self._is_quiet(local):
            return
        for _, nudge in self.waiting():
            day = max(nudge.due, self.paused_until or nudge.due)
            is_time = local >= datetime(day.year, day.month, day.day, self.hour)  # noqa: DTZ001
            recent = sum(one.at > now - WEEK for one in self.sent)
            if is_time and recent < self.per_week:
                self.sent.append(Sent(nudge, now))

    def local_day(self, now: datetime) -> date:
        """Return the person's day."""
        return now.astimezone(ZoneInfo(self.zone)).date()

    def _is_quiet(self, local: datetime) -> bool:
        if self.quiet is None:
            return False
        begins, ends = self.quiet
        if begins < ends:
            return begins <= local.hour < ends
        return local.hour >= begins or local.hour < ends


def _rank(one: tuple[int, Nudge]) -> tuple[int, date]:
    return one[0], one[1].due


def ticks(first: datetime, last: datetime) -> Iterator[datetime]:
    """Yield every quarter of an hour."""
    assert first.tzinfo is UTC
    now = first
    while now <= last:
        yield now
        now += TICK
