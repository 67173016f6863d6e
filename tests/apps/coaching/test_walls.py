"""Each of the two walls alone: the app's filter gone, then the database's policies gone."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from apps.coaching import access
from apps.coaching.access import Granted, InView, TeamInView
from apps.coaching.categories import CONSENT_TEXT_VERSION, Category
from apps.coaching.services import looking
from apps.common.actor import Wall, acting_as
from tests.apps.coaching.conftest import CANARY, Squad
from tests.apps.coaching.test_looking import leaks
from tests.conftest import Person

TABLES = (
    "coaching_consentgrant",
    "coaching_accessline",
    "coaching_accesshead",
    "insights_panelrow",
    "insights_loadday",
    "insights_observation",
    "insights_summary",
    "insights_sessionload",
)


class Scene:
    """A coach, one athlete who shares sessions, and people who share nothing with them."""

    def __init__(self, squad: Squad, other_squad: Squad, filled: Callable[..., Person]) -> None:
        self.squad = squad
        self.sharing = filled("Shares Sessions")
        squad.join(self.sharing, frozenset({"sessions"}))
        self.ended = filled("Ended Sharing")
        grant = squad.join(self.ended)
        self.ended.post(f"/v1/me/grants/{grant.id}/end")
        self.elsewhere = filled("Shares Elsewhere")
        other_squad.join(self.elsewhere)
        self.nobody = filled("Shares Nothing")
        self.all = [self.sharing, self.ended, self.elsewhere, self.nobody]

    def seen(self) -> list[tuple[Person | None, str]]:
        """Return what the API and the pages show the coach, per athlete asked for."""
        coach, squad = self.squad.coach, self.squad
        answers: list[tuple[Person | None, str]] = [
            (None, coach.get(squad.panel).content.decode()),
            (None, coach.page.get(squad.page).content.decode()),
        ]
        for person in self.all:
            path = f"{squad.page}/athletes/{person.id}"
            answers.append((person, coach.get(squad.one(person.id)).content.decode()))
            answers.append((person, coach.page.get(path).content.decode()))
        return answers

    def assert_closed(self) -> None:
        """Assert that only what the one athlete shares was seen."""
        for person, text in self.seen():
            shared = person in (None, self.sharing)
            assert leaks(text, but=frozenset({"sessions"} if shared else set())) == []
        panel = self.squad.coach.get(self.squad.panel).content.decode()
        assert panel.count("CANARYSESSIONS") == 2  # the sentence, and the reason it is from


@pytest.fixture
def scene(squad: Squad, other_squad: Squad, filled: Callable[..., Person]) -> Scene:
    """People who share with the coach, and who do not."""
    return Scene(squad, other_squad, filled)


@pytest.fixture
def open_access(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make access.py allow everybody everything, as a forgotten filter would."""
    team = TeamInView(scene.squad.team.id, scene.squad.team.name, "head")
    ends_at = timezone.now() + timedelta(days=1)
    everybody = {
        person.id: Granted(
            person.id,
            "A name",
            team.id,
            frozenset(Category),
            ends_at,
            ends_at,
            CONSENT_TEXT_VERSION,
        )
        for person in scene.all
    }

    def any_team(viewer: UUID, team_id: UUID) -> InView:
        return InView(team, (team,), everybody)

    def anybody(
        viewer: UUID, athlete_id: UUID, category: Category | None, *, team_id: UUID | None = None
    ) -> Granted:
        return everybody[athlete_id]

    def no_log(**_: object) -> None:
        """The log refuses such lines; here the reads must hold alone."""

    monkeypatch.setattr(access, "team_in_view", any_team)
    monkeypatch.setattr(access, "athlete_for", anybody)
    monkeypatch.setattr(looking, "log_access", no_log)


@pytest.fixture
def no_policies(owner_sql: Callable[..., None]) -> Iterator[None]:
    """Switch row-level security off, whatever happens back on."""
    try:
        for table in TABLES:
            owner_sql(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        yield
    finally:
        for table in TABLES:
            owner_sql(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")


class TestWalls:
    def test_hold_together(self, scene: Scene) -> None:
        scene.assert_closed()

    @pytest.mark.usefixtures("open_access")
    def test_of_the_database_hold_without_the_app(self, scene: Scene) -> None:
        scene.assert_closed()

    @pytest.mark.usefixtures("no_policies")
    def test_of_the_app_hold_without_the_database(self, scene: Scene) -> None:
        scene.assert_closed()
        answer = scene.squad.coach.get(scene.squad.one(scene.nobody.id))
        assert answer.status_code == 404
        log = scene.nobody.get("/v1/me/access-log").json()
        assert (log["lines"], log["head"]["seq"]) == ([], 0)
        assert scene.nobody.get("/v1/me/grants").json() == {"grants": []}

    def test_are_both_there(self, scene: Scene) -> None:
        """Both tests above would pass on empty tables: without either wall, all is seen."""
        with acting_as(scene.nobody.id), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM insights_panelrow")
            assert cursor.fetchone()[0] == len(CANARY)
        with acting_as(scene.squad.coach.id, wall=Wall.COACH), connection.cursor() as cursor:
            cursor.execute("SELECT count(*), min(category) FROM insights_panelrow")
            assert cursor.fetchone() == (1, "sessions")

    @pytest.mark.usefixtures("open_access", "no_policies")
    def test_are_what_hides_it(self, scene: Scene) -> None:
        panel = scene.squad.coach.get(scene.squad.panel).content.decode()
        assert leaks(panel) != []

    def test_are_read_by_index(self, scene: Scene, owner_sql: Callable[..., None]) -> None:
        with acting_as(scene.squad.coach.id, wall=Wall.COACH), connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(
                "EXPLAIN SELECT * FROM insights_panelrow WHERE athlete_id = ANY(%s)",
                [[person.id for person in scene.all]],
            )
            plan = "\n".join(row[0] for row in cursor.fetchall())
        assert "Index Cond: ((athlete_id = ANY" in plan
