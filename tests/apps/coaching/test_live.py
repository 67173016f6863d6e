"""What coaches are told while they look: shared feeds on phones, news of a team's open page."""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django.utils import timezone

from apps.coaching.announcing import announce_team
from apps.coaching.models import AccessLine, ConsentGrant, TeamMember
from apps.coaching.services.consent import end_grant, narrow_grant
from apps.common.actor import acting_as
from apps.insights.services.recompute import recompute_athlete
from tests.apps.coaching.conftest import Squad
from tests.apps.sync.test_push import workout
from tests.apps.sync.test_stream import NEVER, head_after
from tests.conftest import Person
from tests.live import PATIENCE_S, Live, live_process, reading, until

pytestmark = pytest.mark.processes
HERE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def by_hints() -> Iterator[Live]:
    """A live process that reads nothing by itself: whatever comes, came by an announcement."""
    with live_process(STREAM_CHECK=NEVER, STREAM_POLL=NEVER) as running:
        yield running


@pytest.fixture(scope="module")
def by_rows() -> Iterator[Live]:
    """A live process that reads often."""
    with live_process(STREAM_CHECK="0.3") as running:
        yield running


def cookie(client: Client) -> dict[str, str]:
    """Return the header by which a browser shows its session."""
    name = settings.SESSION_COOKIE_NAME
    return {"Cookie": f"{name}={client.cookies[name].value}"}


@dataclass
class OpenPage:
    """What the stream of an open page told so far."""

    events: list[tuple[str, str]] = field(default_factory=list)
    status: int = 0
    is_over: bool = False

    def count(self, kind: str) -> int:
        """Return how many events of a kind have come."""
        return sum(name == kind for name, _ in self.events)

    def tells(self, kind: str, *, beyond: int = 0) -> None:
        """Wait for an event of a kind, one more than ``beyond``."""
        until(lambda: self.count(kind) > beyond, f"{kind} after {self.events[-3:]}")


def address(live: Live, squad: Squad) -> str:
    """Return where the news of a team's page are."""
    return f"{live.url}{squad.page}/live"


@contextmanager
def open_page(live: Live, squad: Squad, who: Person | None = None) -> Iterator[OpenPage]:
    """Follow a team's page as a browser does, until the end of the block; its first event came."""
    page = OpenPage()
    headers = {**HERE, **cookie((who or squad.coach).page)}
    enough = threading.Event()

    def read() -> None:
        try:
            follow()
        except httpx2.HTTPError:
            if not enough.is_set():  # else the process ended while this waited for a ping
                raise

    def follow() -> None:
        kind = ""
        with httpx2.stream(
            "GET", address(live, squad), headers=headers, timeout=PATIENCE_S
        ) as answer:
            page.status = answer.status_code
            for line in answer.iter_lines():
                if line.startswith("event: "):
                    kind = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    page.events.append((kind, line.removeprefix("data: ")))
                if enough.is_set():
                    return
        page.is_over = True

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        until(lambda: bool(page.events or page.is_over), "the first event")
        yield page
    finally:
        enough.set()
        thread.join(5.0)  # it ends at the next ping


def ask(live: Live, squad: Squad, **headers: str) -> httpx2.Response:
    """Ask for a stream that is refused; return the answer."""
    return httpx2.get(address(live, squad), headers=headers, timeout=PATIENCE_S)


class TestSharedFeeds:
    def test_are_told_with_ones_own_from_the_start(
        self, live: Live, squad: Squad, athlete: Person, stranger: Person
    ) -> None:
        squad.join(athlete)
        head = head_after(athlete.sync([workout()]))
        stranger.sync([workout()])
        with reading(live, squad.coach) as reader:
            assert reader.events == [
                {squad.coach.id: "0:0000000000000000", athlete.id: head},
            ]

    def test_are_told_as_they_move_by_announcements_alone(
        self, by_hints: Live, squad: Squad, athlete: Person
    ) -> None:
        squad.join(athlete)
        with reading(by_hints, squad.coach) as reader:
            head = head_after(athlete.sync([workout()]))
            until(lambda: {athlete.id: head} in reader.events, "the athlete's push")

    def test_begin_when_an_athlete_begins_to_share(
        self, by_hints: Live, squad: Squad, athlete: Person
    ) -> None:
        athlete.sync([workout()])
        with reading(by_hints, squad.coach) as reader:
            squad.join(athlete)
            head = head_after(athlete.sync([]))
            until(lambda: {athlete.id: head} in reader.events, "the shared feed")

    def test_end_with_the_grant_while_the_stream_stays(
        self, by_hints: Live, squad: Squad, athlete: Person, people: Any
    ) -> None:
        grant, other = squad.join(athlete), people("Still there")
        squad.join(other)
        with reading(by_hints, squad.coach) as reader:
            end_grant(athlete=athlete.user, grant_id=grant.id, now=timezone.now())
            athlete.sync([workout()])
            known = len(reader.events)
            head = head_after(other.sync([workout()]))
            until(lambda: {other.id: head} in reader.events, "the other athlete's push")
            assert all(athlete.id not in event for event in reader.events[known:])
            assert reader.error is None

    def test_end_when_what_stays_shared_has_no_records(
        self, by_hints: Live, squad: Squad, athlete: Person, people: Any
    ) -> None:
        grant, other = squad.join(athlete), people("Still there")
        squad.join(other)
        with reading(by_hints, squad.coach) as reader:
            narrow_grant(
                athlete=athlete.user,
                grant_id=grant.id,
                categories=["loading"],
                now=timezone.now(),
            )
            athlete.sync([workout()])
            known = len(reader.events)
            head = head_after(other.sync([workout()]))
            until(lambda: {other.id: head} in reader.events, "the other athlete's push")
            assert all(athlete.id not in event for event in reader.events[known:])

    def test_end_without_a_word_of_it_by_reading(
        self, by_rows: Live, squad: Squad, athlete: Person
    ) -> None:
        grant = squad.join(athlete)
        with reading(by_rows, squad.coach) as reader:
            with acting_as(athlete.id):  # as if the announcement was lost
                ConsentGrant.objects.filter(athlete_id=athlete.id, id=grant.id).update(
                    ended_at=timezone.now()
                )
            seen: list[int] = []

            def is_silent() -> bool:
                before = len(reader.events)
                head = head_after(athlete.sync([workout()]))
                reader.comes_to(head_after(squad.coach.sync([workout()])))
                seen.append(sum(head in event.values() for event in reader.events[before:]))
                return seen[-2:] == [0, 0]

            until(is_silent, "the end of the shared feed")

    def test_leave_one_line_a_day_in_the_athletes_log(
        self, by_rows: Live, squad: Squad, athlete: Person
    ) -> None:
        squad.join(athlete)
        with reading(by_rows, squad.coach) as first:
            first.comes_to(head_after(squad.coach.sync([workout()])))
        with reading(by_rows, squad.coach):
            pass
        with acting_as(athlete.id):
            lines = list(AccessLine.objects.filter(athlete_id=athlete.id, what="heads"))
        assert [line.viewer_id for line in lines] == [squad.coach.id]


class TestPageStream:
    def test_tells_that_something_changed_and_nothing_of_it(
        self, by_hints: Live, squad: Squad, athlete: Person
    ) -> None:
        squad.join(athlete)
        athlete.sync([workout()])
        with open_page(by_hints, squad) as page:
            assert page.count("panel") == 1
            recompute_athlete(athlete_id=athlete.id, now=timezone.now())
            page.tells("panel", beyond=1)
        assert all(len(mark) == 16 and int(mark, 16) >= 0 for _, mark in page.events)
        assert len({mark for _, mark in page.events}) == len(page.events)

    @pytest.mark.parametrize("change", ["given", "narrowed", "ended", "marked"])
    def test_tells_of_consent_and_marks_at_once(
        self, by_hints: Live, squad: Squad, athlete: Person, change: str
    ) -> None:
        grant = squad.join(athlete) if change != "given" else None
        with open_page(by_hints, squad) as page:
            known = page.count("panel")
            now = timezone.now()
            if grant is None:
                squad.join(athlete)
            elif change == "narrowed":
                narrow_grant(
                    athlete=athlete.user, grant_id=grant.id, categories=["sessions"], now=now
                )
            elif change == "ended":
                end_grant(athlete=athlete.user, grant_id=grant.id, now=now)
            else:
                announce_team(squad.team.id)
            page.tells("panel", beyond=known)

    def test_hears_of_an_athlete_who_joined_while_it_was_open(
        self, by_hints: Live, squad: Squad, athlete: Person
    ) -> None:
        with open_page(by_hints, squad) as page:
            squad.join(athlete)
            page.tells("panel", beyond=1)

            def hears() -> bool:
                known = page.count("panel")
                athlete.sync([workout()])
                recompute_athlete(athlete_id=athlete.id, now=timezone.now())
                until(lambda: page.count("panel") > known, "the new row")
                return True

            assert hears()

    def test_says_nothing_of_another_team(
        self, by_hints: Live, squad: Squad, other_squad: Squad, athlete: Person
    ) -> None:
        with open_page(by_hints, squad) as page, open_page(by_hints, other_squad) as theirs:
            other_squad.join(athlete)
            theirs.tells("panel", beyond=1)
            announce_team(squad.team.id)
            page.tells("panel", beyond=1)
            assert page.count("panel") == 2

    def test_gathers_quick_changes(self, by_hints: Live, squad: Squad) -> None:
        with open_page(by_hints, squad) as page:
            for _ in range(200):
                announce_team(squad.team.id)
            page.tells("panel", beyond=1)
            assert page.count("panel") < 100

    @pytest.mark.parametrize("change", ["a lost announcement", "a grant that ran out"])
    def test_finds_by_reading_what_nobody_announced(
        self, by_rows: Live, squad: Squad, athlete: Person, change: str
    ) -> None:
        grant = squad.join(athlete)
        with open_page(by_rows, squad) as page:
            known = page.count("panel")
            ends = {"ends_at": timezone.now()} if "ran out" in change else {}
            with acting_as(athlete.id):
                ConsentGrant.objects.filter(athlete_id=athlete.id, id=grant.id).update(
                    **(ends or {"ended_at": timezone.now()})
                )
            page.tells("panel", beyond=known)

    def test_ends_when_the_coach_leaves_the_team(self, by_hints: Live, squad: Squad) -> None:
        with open_page(by_hints, squad) as page:
            TeamMember.objects.filter(team=squad.team, user=squad.coach.user).delete()
            announce_team(squad.team.id)
            page.tells("gone")
            assert page.events[-1] == ("gone", "not-found")
            until(lambda: page.is_over, "the end of the stream")

    def test_ends_when_the_coach_signs_out(self, by_hints: Live, squad: Squad) -> None:
        with open_page(by_hints, squad) as page:
            squad.coach.page.post("/sign-out")
            page.tells("gone")
            assert page.events[-1] == ("gone", "signed-out")
            until(lambda: page.is_over, "the end of the stream")

    @pytest.mark.parametrize("change", ["closed", "new password", "session away"])
    def test_ends_by_reading_when_the_session_is_worth_nothing(
        self, by_rows: Live, squad: Squad, change: str
    ) -> None:
        coach = squad.coach.user
        with open_page(by_rows, squad) as page:
            if change == "closed":
                coach.is_active = False
            elif change == "new password":
                coach.set_password(uuid.uuid4().hex)
            else:
                squad.coach.page.session.delete(
                    squad.coach.page.cookies[settings.SESSION_COOKIE_NAME].value
                )
            coach.save()
            page.tells("gone")
            assert page.events[-1] == ("gone", "signed-out")

    def test_ends_after_its_lifetime_and_says_when_to_come_back(self, squad: Squad) -> None:
        with live_process(STREAM_LIFETIME="1") as live:
            headers = {**HERE, **cookie(squad.coach.page)}
            with httpx2.stream(
                "GET", address(live, squad), headers=headers, timeout=PATIENCE_S
            ) as answer:
                told = "".join(answer.iter_text())
        assert told.startswith("retry: ")
        assert "event: gone" not in told


class TestPageStreamRefuses:
    def test_whoever_is_not_signed_in(self, live: Live, squad: Squad) -> None:
        name = settings.SESSION_COOKIE_NAME
        for headers in (HERE, {**HERE, "Cookie": f"{name}=nonsense"}, squad.coach.headers):
            answer = ask(live, squad, **headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "signed-out")
            assert "WWW-Authenticate" not in answer.headers

    def test_a_session_that_names_nobody(self, live: Live, squad: Squad) -> None:
        session = squad.coach.page.session
        session[SESSION_KEY] = "not-an-id"
        session.save()
        assert ask(live, squad, **HERE, **cookie(squad.coach.page)).status_code == 401

    def test_everybody_who_is_not_in_the_team(
        self, live: Live, squad: Squad, athlete: Person, stranger: Person, other_squad: Squad
    ) -> None:
        squad.join(athlete)
        for person in (athlete, stranger, other_squad.coach):
            answer = ask(live, squad, **HERE, **cookie(person.page))
            assert (answer.status_code, answer.json()["code"]) == (404, "not-found")

    @pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
    def test_what_another_site_asks(self, live: Live, squad: Squad, site: str) -> None:
        answer = ask(live, squad, **{"Sec-Fetch-Site": site}, **cookie(squad.coach.page))
        assert (answer.status_code, answer.json()["code"]) == (403, "cross-site")

    def test_another_origin_even_of_this_site(self, live: Live, squad: Squad) -> None:
        headers = {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:9"}
        answer = ask(live, squad, **headers, **cookie(squad.coach.page))
        assert (answer.status_code, answer.json()["code"]) == (403, "cross-site")
        assert "Access-Control-Allow-Origin" not in answer.headers

    def test_a_fifth_page_of_one_session(self, live: Live, squad: Squad) -> None:
        with (
            open_page(live, squad),
            open_page(live, squad),
            open_page(live, squad),
            open_page(live, squad),
        ):
            answer = ask(live, squad, **HERE, **cookie(squad.coach.page))
            assert (answer.status_code, answer.json()["code"]) == (429, "too-many-streams")
            assert int(answer.headers["Retry-After"]) >= 60

    def test_more_pages_than_the_process_may_hold(self, squad: Squad, other_squad: Squad) -> None:
        with live_process(STREAMS_PER_PROCESS="1") as live, open_page(live, squad):
            answer = ask(live, other_squad, **HERE, **cookie(other_squad.coach.page))
            assert (answer.status_code, answer.json()["code"]) == (503, "streams-full")

    def test_other_methods_and_other_addresses(self, live: Live, squad: Squad) -> None:
        posted = httpx2.post(
            address(live, squad), headers=cookie(squad.coach.page), timeout=PATIENCE_S
        )
        assert (posted.status_code, posted.headers["Allow"]) == (405, "GET")
        for path in ("/coach/teams/x/live", f"{squad.page}/live/", f"/{squad.page}/live"):
            assert httpx2.get(live.url + path, timeout=PATIENCE_S).status_code == 404
