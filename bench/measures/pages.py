"""Open pages of coaches while phones sync: how late news come, and what each page costs."""

import os
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from uuid import UUID

from django.conf import settings
from django.test import Client, override_settings
from django.utils import timezone

from bench.figures import Reading, quantile
from bench.measures.stream import live_process
from bench.people import Phone, new_op, new_phone, push_request
from bench.stage import Stage

PATIENCE_S = 60.0
ATHLETES = 10  # in each team
SHARED = ("sessions", "loading")
WARM = 5
GATHER_S = 1.2  # news of one page come at most once a second


@dataclass(frozen=True)
class OpenTeam:
    """A team with the cookie of its coach; its athletes' phones."""

    team_id: UUID
    cookie: str
    phones: tuple[Phone, ...]


def open_pages(stage: Stage) -> list[Reading]:
    """P7b: a row is made anew, and its coach's open page hears of it, while phones push."""
    teams = _teams(stage.scale.coaches)
    with live_process(stage) as (port, worker):
        for each in _opened(port, teams[:WARM]):
            each.close()
        time.sleep(1.0)
        before = worker.memory_info().rss
        pages = _opened(port, teams)
        whole = worker.memory_info().rss
        with _phones_sync(stage, teams) as pushed:
            late = [lag for _ in range(stage.scale.page_laps) for lag in _lap(teams, pages)]
            pushes = len(pushed)
        for page in pages:
            page.close()
    return [
        Reading("P7b", 1e3 * quantile(late, 0.99), {
            "pages": len(pages), "p50_ms": 1e3 * quantile(late, 0.5), "events": len(late),
            "rate": stage.scale.pushes_per_s, "pushes": pushes,
            "each_kb": (whole - before) / len(pages) / 1e3, "whole_mb": whole / 1e6}),
    ]  # fmt: skip


def _lap(teams: Sequence[OpenTeam], pages: Sequence[socket.socket]) -> list[float]:
    """Make one row of each team anew; return the seconds from the commit to each page's event."""
    from apps.common.actor import acting_as
    from apps.insights.announcing import announce_panel
    from apps.insights.models import PanelRow

    began, late = time.perf_counter(), []
    for team, page in zip(teams, pages, strict=True):
        _emptied(page)
        athlete_id = team.phones[len(late) % ATHLETES].athlete_id
        with acting_as(athlete_id):
            PanelRow.objects.filter(athlete_id=athlete_id).update(updated_at=timezone.now())
            announce_panel(athlete_id)
            started = time.perf_counter()
        _until(page, b"event: panel")
        late.append(time.perf_counter() - started)
    time.sleep(max(0.0, began + GATHER_S - time.perf_counter()))
    return late


@cache
def _teams(count: int) -> tuple[OpenTeam, ...]:
    return tuple(_new_team() for _ in range(count))


def _new_team() -> OpenTeam:
    from apps.accounts.models import User
    from apps.coaching.services.consent import accept_invitation
    from apps.coaching.services.invitations import invite
    from apps.coaching.services.teams import create_team
    from apps.common.actor import acting_as
    from apps.insights.models import PanelRow

    now = timezone.now()
    coach = User.objects.get(id=new_phone().athlete_id)
    team = create_team(head=coach, name="Bench", now=now)
    invited = invite(
        coach=coach, team_id=team.id, categories=SHARED, purpose="Bench", now=now, max_uses=ATHLETES
    )
    phones = tuple(new_phone() for _ in range(ATHLETES))
    for phone in phones:
        accept_invitation(
            athlete=User.objects.get(id=phone.athlete_id),
            secret=invited.code,
            categories=SHARED,
            ends_at=now + timedelta(days=30),
            now=now,
        )
        with acting_as(phone.athlete_id):
            for category in SHARED:
                PanelRow.objects.create(
                    athlete_id=phone.athlete_id,
                    category=category,
                    part={"band": "steady", "reasons": [], "sparkline": [], "facts": {}},
                    as_of=now.date(),
                    updated_at=now,
                )
    browser = Client()
    # Signed as the service's processes do, whose settings are not this process's.
    with override_settings(SECRET_KEY=os.environ["SECRET_KEY"]):
        browser.force_login(coach)
    name = settings.SESSION_COOKIE_NAME
    return OpenTeam(team.id, f"{name}={browser.cookies[name].value}", phones)


def _opened(port: int, teams: Sequence[OpenTeam]) -> list[socket.socket]:
    """Open each coach's page and wait until it was told how things stand."""
    pages = []
    for team in teams:
        page = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        page.sendall(
            f"GET /coach/teams/{team.team_id}/live HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Sec-Fetch-Site: same-origin\r\nCookie: {team.cookie}\r\n\r\n".encode()
        )
        pages.append(page)
    for page in pages:
        _until(page, b"event: panel")
    time.sleep(GATHER_S)
    return pages


def _until(page: socket.socket, text: bytes) -> None:
    seen = b""
    while text not in seen:
        piece = page.recv(65_536)
        if not piece:
            raise RuntimeError(f"The page's stream ended: {seen.decode(errors='replace')}")
        seen += piece


def _emptied(page: socket.socket) -> None:
    """Take what was told before, such as that Redis is heard of now."""
    page.setblocking(False)
    try:
        while page.recv(65_536):
            continue
    except BlockingIOError:
        pass
    finally:
        page.settimeout(PATIENCE_S)


@contextmanager
def _phones_sync(stage: Stage, teams: Sequence[OpenTeam]) -> Iterator[list[float]]:
    """Have the athletes' phones push, one after another, until the end of the block."""
    over = threading.Event()
    pushed: list[float] = []
    phones = [phone for team in teams for phone in team.phones]

    def push() -> None:
        with socket.create_connection(("127.0.0.1", stage.port), timeout=PATIENCE_S) as web:
            began = time.perf_counter()
            while not over.wait(
                max(0.0, began + len(pushed) / stage.scale.pushes_per_s - time.perf_counter())
            ):
                number = len(pushed)
                web.sendall(push_request(phones[number % len(phones)], [new_op(number)]))
                _until(web, b"witness")
                pushed.append(time.perf_counter())

    thread = threading.Thread(target=push)
    thread.start()
    try:
        yield pushed
    finally:
        over.set()
        thread.join()
