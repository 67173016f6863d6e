"""The live process's statements: many people at once, each row read as its own viewer."""

import asyncio
import uuid
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from apps.accounts.services.sign_in import digest
from apps.sync import selecting_sql, sql
from apps.sync.live.database import Database, open_database
from backend.feed.head import Head
from tests.apps.sync.test_push import workout
from tests.conftest import Person, make_person


def head_after(answer: Any) -> Head:
    """Return the head a sync left."""
    witness = answer.json()["witness"]
    return Head(witness["seq"], int(witness["mark"], 16))


@pytest.fixture(scope="module")
def crowd() -> dict[UUID, Head]:
    """Twenty people with feeds of different lengths."""
    people = [make_person() for _ in range(20)]
    return {
        person.id: head_after(person.sync([workout() for _ in range(number % 3 + 1)]))
        for number, person in enumerate(people)
    }


def with_database(ask: Callable[[Database], Any]) -> Any:
    """Return what ``ask`` gets from the live process's database."""

    async def run() -> Any:
        async with open_database() as database:
            return await ask(database)

    return asyncio.run(run())


class TestHeads:
    def test_of_many_people_are_each_their_own(self, crowd: dict[UUID, Head]) -> None:
        found = with_database(lambda database: database.own_heads(list(crowd)))
        assert found == {viewer: {viewer: head} for viewer, head in crowd.items()}

    def test_of_an_unused_feed_are_zero(self, crowd: dict[UUID, Head]) -> None:
        nobody = uuid.uuid4()
        found = with_database(lambda database: database.own_heads([nobody, *crowd]))
        assert found[nobody] == {nobody: Head()}
        assert len(found) == len(crowd) + 1

    def test_are_behind_the_wall_and_leave_nobody_acting(self, crowd: dict[UUID, Head]) -> None:
        viewers = {"viewers": sql.array(list(crowd))}
        assert len(sql.run(selecting_sql.OWN_HEADS, viewers)) == len(crowd)
        # The same without naming the reader of each row: nothing.
        bare = selecting_sql.OWN_HEADS.replace(
            "set_config('mechanostat.actor', v.viewer::text, true)", "v.viewer"
        )
        assert bare != selecting_sql.OWN_HEADS
        assert list(sql.run(bare, viewers)) == []
        with connection.cursor() as cursor:
            cursor.execute("SELECT coalesce(current_setting('mechanostat.actor', true), '')")
            assert cursor.fetchone() == ("",)


class TestHolders:
    def test_are_found_by_token_and_strangers_are_missing(
        self, athlete: Person, stranger: Person
    ) -> None:
        known = [digest(athlete.token), digest(stranger.token)]
        found = with_database(lambda database: database.holders([*known, digest("nobody's")]))
        assert {key: holder.device_id for key, holder in found.items()} == {
            known[0]: athlete.device_id,
            known[1]: stranger.device_id,
        }
