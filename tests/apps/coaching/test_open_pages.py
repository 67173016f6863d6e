"""Open pages that are read together: each as by itself, and nobody waits for all of them."""

import asyncio
import uuid
from collections.abc import Callable, Collection, Mapping
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.sessions import SignedOut, people_of_sessions
from apps.coaching.live import rights
from apps.coaching.live.feeds import SharedHeads
from apps.coaching.live.pages import PageStreams
from apps.coaching.live.rights import Look, PageState, page_states
from apps.coaching.live.stream import PageStream
from apps.coaching.models import Assignment, ConsentGrant
from apps.coaching.services.feeds import shared_heads
from apps.common.actor import acting_as
from apps.common.errors import AppError, NotFound
from apps.sync.live.rereading import AT_ONCE
from apps.sync.live.stream import Pace
from tests.apps.coaching.conftest import Squad
from tests.apps.coaching.panels import put_part
from tests.apps.sync.test_push import workout
from tests.conftest import Person, make_person

NOWHERE = "unix:///nonexistent/redis.sock"
PATIENCE_S = 300.0


def look_of(person: Person, squad: Squad) -> Look:
    """Return a person's browser on a team's page."""
    return Look(person.page.cookies[settings.SESSION_COOKIE_NAME].value, squad.team.id)


def member(squad: Squad, name: str) -> Person:
    """Return an athlete who shares all with the team."""
    person = make_person(name)
    put_part(person)
    squad.join(person)
    return person


class TestPageStates:
    def test_say_signed_out_of_an_account_closed_after_its_session_was_read(
        self, squad: Squad, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def read_and_close(session_keys: Collection[str]) -> dict[str, User | SignedOut]:
            people = people_of_sessions(session_keys)
            User.objects.filter(id=squad.coach.id).update(is_active=False)
            return people

        monkeypatch.setattr(rights, "people_of_sessions", read_and_close)
        look = look_of(squad.coach, squad)
        assert isinstance(page_states([look])[look], SignedOut)

    def test_are_each_as_read_alone_whoever_else_is_read(
        self, squad: Squad, other_squad: Squad, stranger: Person
    ) -> None:
        """Each under its own viewer's wall: the policies look the actor up once a statement."""
        first, second = member(squad, "Ann"), member(squad, "Bo")
        theirs = member(other_squad, "Cy")
        assistant, late = make_person("Assistant"), make_person("Late")
        squad.team.members.create(user=assistant.user, role="assistant", joined_at=timezone.now())
        with acting_as(first.id):
            Assignment.objects.create(
                athlete_id=first.id, team_id=squad.team.id, user_id=assistant.id
            )
            ConsentGrant.objects.filter(athlete_id=first.id).update(granted_at=timezone.now())
        squad.team.members.create(user=late.user, role="head", joined_at=timezone.now())
        looks = {
            "head": look_of(squad.coach, squad),
            "other": look_of(other_squad.coach, other_squad),
            "assistant": look_of(assistant, squad),
            "late": look_of(late, squad),
            "foreign": look_of(other_squad.coach, squad),
            "stranger": look_of(stranger, squad),
            "athlete": look_of(first, squad),
            "no team": Look(look_of(squad.coach, squad).session_key, uuid.uuid4()),
            "nobody": Look("a" * 32, squad.team.id),
        }
        for order in (list(looks), list(reversed(looks))):
            found = page_states([looks[name] for name in order])
            states = {name: found[look] for name, look in looks.items()}
            seen = {
                name: state.athletes if isinstance(state, PageState) else type(state)
                for name, state in states.items()
            }
            assert seen == {
                "head": {first.id, second.id},
                "other": {theirs.id},
                "assistant": {first.id},
                "late": frozenset(),
                "foreign": NotFound,
                "stranger": NotFound,
                "athlete": NotFound,
                "no team": NotFound,
                "nobody": SignedOut,
            }
            for name, look in looks.items():
                alone = page_states([look])[look]
                assert alone == states[name] or type(alone) is type(states[name])

    def test_cost_two_statements_and_a_transaction_each(
        self, squad: Squad, sql_statements: Callable[[], Any]
    ) -> None:
        member(squad, "Ann")
        people = [make_person(f"Coach {number}") for number in range(60)]
        for person in people:
            squad.team.members.create(user=person.user, role="head", joined_at=timezone.now())
        looks = [look_of(person, squad) for person in people]
        with sql_statements() as statements:
            assert len(page_states(looks)) == 60
        assert len(statements) == 2 + 4 * 60  # who acts, one reading, and the transaction's ends


class TestPageStreams:
    def test_open_in_between_while_all_others_are_read(self) -> None:
        """Whoever opens a page waits for one part of those that are due, not for all of them."""
        parts: list[set[Look]] = []

        async def read(looks: Collection[Look]) -> Mapping[Look, PageState | AppError]:
            parts.append(set(looks))
            await asyncio.sleep(0.001)
            state = PageState(uuid.uuid4(), frozenset(), "", (0, None), (0, 0, 0, ""))
            return dict.fromkeys(looks, state)

        def a_stream() -> PageStream:
            return PageStream(Look(uuid.uuid4().hex, uuid.uuid4()), ends_at=float("inf"))

        async def story() -> int:
            pages = PageStreams(Pace(poll_s=1e6, check_s=0.0), read=read, redis_url=NOWHERE)
            await asyncio.gather(*(pages.open(a_stream()) for _ in range(10 * AT_ONCE)))
            assert max(map(len, parts)) <= AT_ONCE
            _, again, rights = pages.keepers()
            keepers = [asyncio.ensure_future(again()), asyncio.ensure_future(rights())]
            parts.clear()
            while not parts:
                await asyncio.sleep(0)
            late = a_stream()
            async with asyncio.timeout(PATIENCE_S):
                await pages.open(late)
            for keeper in keepers:
                keeper.cancel()
            return next(number for number, part in enumerate(parts) if late.look in part)

        assert asyncio.run(story()) <= 2  # one was under way, one was waiting


class TestSharedHeads:
    def test_are_each_as_read_alone_and_written_down_once(
        self, squad: Squad, other_squad: Squad
    ) -> None:
        ann, bo = member(squad, "Ann"), member(other_squad, "Bo")
        ann.sync([workout()])
        shared = SharedHeads()
        readers = [squad.coach.id, other_squad.coach.id, ann.id]
        seen = [asyncio.run(shared(readers)) for _ in range(3)]
        told = {reader: set(heads) for reader, heads in seen[0].items()}
        assert told == {squad.coach.id: {ann.id}, other_squad.coach.id: {bo.id}}
        assert seen[0] == seen[1] == seen[2]
        for person in (ann, bo):
            [line] = person.get("/v1/me/access-log").json()["lines"]
            assert line["what"] == "heads"

    def test_end_with_the_grant_though_the_line_stands(self, squad: Squad) -> None:
        ann, bo = member(squad, "Ann"), member(squad, "Bo")
        now, written = timezone.now(), set[Any]()

        def read() -> set[uuid.UUID]:
            told = shared_heads(readers=[squad.coach.id], now=now, written=written)
            return set(told[squad.coach.id])

        assert read() == read() == {ann.id, bo.id}
        with acting_as(bo.id):
            ConsentGrant.objects.filter(athlete_id=bo.id).update(ended_at=timezone.now())
        assert read() == {ann.id}
