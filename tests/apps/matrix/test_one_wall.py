"""The whole table with one wall removed at a time: the database alone, and the app alone."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext

import pytest

from tests.apps.coaching.conftest import owner_sql as owner_sql
from tests.apps.matrix import seeing
from tests.apps.matrix.asking import Wrong, ask, every_row, wrong_cells
from tests.apps.matrix.cast import BROWSERS, GRANTED, Cast, assemble
from tests.apps.matrix.standing import moved, standing
from tests.apps.matrix.table import API, PAGES
from tests.apps.matrix.walls import everybody_may, no_policies, taken_for, unlogged, walled_tables

Sql = Callable[..., None]
OTHERS = tuple(actor for actor in BROWSERS if actor not in ("A0", "OW"))
# What is read before anybody is known, or by sweeps, is behind the app's wall alone (ADR 5).
UNWALLED = ("/v1/devices", "/v1/auth", "/v1/teams", "/coach", "/v1/invitations", "/invitations",
            "/me/apps")  # fmt: skip

# A head coach assigns whom they do not see, too: without a grant that opens nothing.
SAYS_NOTHING = {"coaching_assignment"}


@pytest.fixture(scope="class")
def cast() -> Cast:
    """Everybody; those who may write do, so each class has its own."""
    return assemble()


def answer_of(cast: Cast, actor: str, address: str) -> str:
    """Return what is answered; a statement that the database refuses may end in a defect."""
    try:
        return ask(cast, actor, address).text
    except Exception as error:
        return str(error)


def mixed_up(cast: Cast, actor: str) -> Wrong:
    """Return what an actor reads of the athlete where the app takes one for the other."""
    wrong: Wrong = []
    asker, owner = cast.people[actor].id, cast.owner.id
    with taken_for(asker, owner):
        for address, _ in every_row():
            path = address.split()[1]
            if path.startswith(UNWALLED):
                continue
            text = answer_of(cast, actor, address.replace("{id}", "me"))
            reads = actor if "/feeds/" in path else "OT"
            wrong += [(address, actor, word) for word in seeing.too_much(reads, text)]
    return wrong


class TestOfTheDatabaseAlone:
    @pytest.mark.parametrize("actor", OTHERS)
    def test_holds_against_an_app_that_mixes_people_up(self, cast: Cast, actor: str) -> None:
        before = standing(cast.ids)
        assert mixed_up(cast, actor) == []
        assert set(moved(before, standing(cast.ids))) & walled_tables() == set()

    @pytest.mark.parametrize("actor", OTHERS)
    def test_holds_against_an_app_that_allows_everything(self, cast: Cast, actor: str) -> None:
        before, wrong = standing(cast.ids), []
        with everybody_may(cast):
            for address, _ in every_row():
                if "{team}" not in address and "/feeds/" not in address:
                    continue
                is_read = address.startswith("GET") or "/feeds/" in address
                with unlogged() if is_read else nullcontext():
                    text = answer_of(cast, actor, address)
                    wrong += [(address, word) for word in seeing.too_much(actor, text)]
        assert wrong == []
        if actor not in GRANTED:
            assert set(moved(before, standing(cast.ids))) & walled_tables() <= SAYS_NOTHING

    def test_is_what_hides_it(self, cast: Cast, owner_sql: Sql) -> None:
        """Without it the same app tells nearly everything; so the tests above remove a wall."""
        with no_policies(owner_sql):
            seen = mixed_up(cast, "OT")
            with everybody_may(cast), unlogged():
                panel = answer_of(cast, "KD", "GET /v1/teams/{team}/panel")
                feed = answer_of(cast, "KD", "POST /v1/feeds/changes")
        rows = {address for address, _, _ in seen}
        assert {
            "GET /v1/athletes/{id}/changes",
            "GET /me",
            "GET /v1/athletes/{id}/records/{injury}",
        } <= rows
        assert len(seeing.too_much("KD", panel)) >= 5
        assert len(seeing.too_much("KD", feed)) >= 5


class TestOfTheAppAlone:
    @pytest.fixture
    def cast(self, owner_sql: Sql) -> Iterator[Cast]:
        """Everybody, made anew: what is told of them must be what they were made with."""
        made = assemble()
        with no_policies(owner_sql):
            yield made

    @pytest.mark.parametrize("table", [API, PAGES], ids=["http", "pages"])
    def test_refuses_as_written(self, cast: Cast, table: str) -> None:
        assert wrong_cells(cast, table, but_granted=True) == []

    def test_tells_what_is_granted(self, cast: Cast) -> None:
        assert seeing.wrong_feeds(cast) == []
        assert seeing.wrong_panels(cast) == []
        assert seeing.wrong_pages(cast) == []
        assert seeing.wrong_own_answers(cast) == []
