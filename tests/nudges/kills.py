"""Kills the due engine again and again, and counts what phones would have shown."""

import json
import secrets
import subprocess
import sys
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from django.utils import timezone

from apps.accounts.services.push import register_push
from apps.reminders.models import Delivery
from apps.reminders.services.deliver import LEASE
from tests.apps.reminders.feed import calm, remind, reminder, set_profile
from tests.conftest import ROOT, Person, make_person
from tests.nudges.nursery import STEPS
from tests.peers import PATIENCE_S, PushPeer

TICK = LEASE + timedelta(seconds=1)
# Repeats wait longer after many deaths; so many ticks are days.
MOST_TICKS = 3_000
SETTLED = ("accepted", "failed", "cancelled", "expired")


@dataclass
class Tale:
    """What became of one run of kills."""

    reminders: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    posts: int = 0
    lost: list[uuid.UUID] = field(default_factory=list)
    shown_twice: list[str] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        kills = ", ".join(f"{step} {count}" for step, count in self.kills.items())
        return (
            f"{self.reminders} reminders, {self.kills.total()} kills ({kills}), {self.posts} posts, "
            f"{len(self.lost)} lost, {len(self.shown_twice)} shown twice, {dict(self.states)}"
        )


@contextmanager
def nursery(peer: PushPeer) -> Iterator[Callable[..., str]]:
    """Run engines that die as told; the function returns how one ended."""
    command = [sys.executable, "-m", "tests.nudges.nursery", json.dumps(peer.settings)]
    with subprocess.Popen(
        command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        to, back = process.stdin, process.stdout
        assert to is not None
        assert back is not None

        def run(*, now: datetime, step: str = "", nth: int = 1, at_once: int = 5) -> str:
            told = {"now": now.isoformat(), "step": step, "nth": nth, "at_once": at_once}
            to.write(json.dumps(told) + "\n")
            to.flush()
            ended: str = json.loads(back.readline())["ended"]
            return ended

        try:
            yield run
        finally:
            to.close()
            process.wait(timeout=PATIENCE_S)


def nudged(now: datetime) -> tuple[Person, str, uuid.UUID]:
    """Return somebody with a phone and a reminder due: who, the phone's token, the reminder."""
    person, token = make_person(), secrets.token_hex(32)
    set_profile(person, quiet_hours="none", delivery_hour=0)
    register_push(
        user=person.user, device_id=person.device_id, channel="apns", token=token,
        environment="production", now=now,
    )  # fmt: skip
    [key] = remind(person, reminder(due=now.date(), state="due"), now=now)
    return person, token, key


def play(
    peer: PushPeer,
    *,
    reminders: int,
    kills: int,
    seed: int,
    tell: Callable[[str], None] = lambda line: None,
) -> Tale:
    """Make reminders due, kill the engine ``kills`` times, then let it finish."""
    calm()
    random, now, tale = Random(seed), timezone.now(), Tale(reminders=reminders)  # noqa: S311
    tokens = {token: key for _, token, key in (nudged(now) for _ in range(reminders))}
    Delivery.objects.filter(kind="wake").delete()
    with nursery(peer) as run:
        for number in range(kills * 3):
            if tale.kills.total() == kills or not _waiting(now):
                break
            step = STEPS[number % len(STEPS)]
            ended = run(now=now, step=step, nth=random.randint(1, 3), at_once=random.randint(1, 4))
            assert ended in ("killed", "exit 0"), ended
            tale.kills[step] += ended == "killed"
            now += TICK
            if number % 50 == 49:
                tell(f"{tale.kills.total()} of {kills} kills")
        for _ in range(MOST_TICKS):
            if not Delivery.objects.exclude(state__in=SETTLED).exists():
                break
            assert run(now=now) == "exit 0"
            now += TICK
    _count(peer, tokens, tale)
    return tale


def _waiting(now: datetime) -> bool:
    return Delivery.objects.exclude(state__in=SETTLED).exists()


def _count(peer: PushPeer, tokens: dict[str, uuid.UUID], tale: Tale) -> None:
    """Be the phones: a collapse id stands once on a screen, a notification id is shown once."""
    screens: dict[str, set[str]] = defaultdict(set)
    seen: dict[str, set[str]] = defaultdict(set)
    for entry in peer.log("apns"):
        tale.posts += 1
        if entry["answered"] == 200:
            token = entry["key"].removeprefix("apns/")
            screens[token].add(entry["collapse"])
            seen[token].add(entry["body"]["id"])
    for token, key in tokens.items():
        if not screens[token]:
            tale.lost.append(key)
        if len(screens[token]) > 1 or len(seen[token]) > 1:
            tale.shown_twice.append(token)
    tale.states = Counter(Delivery.objects.values_list("state", flat=True))
