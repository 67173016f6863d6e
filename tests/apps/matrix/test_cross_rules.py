"""The rules that hold across the table, where no other test has them for all ways at once."""

import uuid

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.coaching.services.consent import end_grant, narrow_grant
from tests.apps.coaching.conftest import Squad
from tests.apps.integrations.third_party import ThirdParty, read
from tests.apps.matrix.cast import whole
from tests.apps.matrix.records import CANARIES, sync_everything
from tests.apps.matrix.seeing import OPENS
from tests.apps.matrix.ways import known_athlete, squad_of, ways, words_of
from tests.conftest import Person, make_person


@pytest.fixture
def squad() -> Squad:
    """A coach with a team of nobody yet."""
    return squad_of(make_person("Kim Coach"))


@pytest.fixture
def athlete() -> Person:
    """An athlete with records, panel rows and a loading day."""
    return known_athlete()


class TestGrants:
    def test_narrowed_take_types_off_the_next_request_of_every_way(
        self, squad: Squad, athlete: Person
    ) -> None:
        grant = squad.join(athlete)
        before = {name: ask() for name, ask in ways(squad, athlete).items()}
        assert words_of(before["vector"][1]) >= set(OPENS)
        narrow_grant(
            athlete=athlete.user, grant_id=grant.id, categories={"sessions"}, now=timezone.now()
        )
        left = {name: words_of(ask()[1]) for name, ask in ways(squad, athlete).items()}
        assert left.pop("vector") == {"workout_session"}
        assert left == {name: set() for name in left}

    def test_ended_stop_every_way_and_no_cache_answers_for_it(
        self, squad: Squad, athlete: Person
    ) -> None:
        grant = squad.join(athlete)
        first = squad.coach.get(squad.panel)
        tag = {**squad.coach.headers, "If-None-Match": first["ETag"]}
        kept = whole(squad.coach.page.get(f"{squad.page}/athletes/{athlete.id}"))
        assert kept.headers["Cache-Control"] == "no-store"
        end_grant(athlete=athlete.user, grant_id=grant.id, now=timezone.now())
        again = whole(squad.coach.page.get(squad.panel, headers=tag))
        assert (again.status, words_of(again.text)) == (200, set())
        for name, ask in ways(squad, athlete).items():
            status, text = ask()
            assert words_of(text) == set(), name
            assert str(athlete.id) not in text or name == "vector", name
            assert status == 404 or name in (
                "vector",
                "heads",
                "panel",
                "file",
                "roster",
                "fragment",
            )

    def test_never_let_a_stranger_have_not_modified(self, athlete: Person) -> None:
        """The tag of somebody's own answer opens nothing to another."""
        stranger = make_person("Stranger")
        for path in (f"/v1/athletes/{athlete.id}/changes", f"/v1/athletes/{athlete.id}/workouts"):
            mine = whole(athlete.page.get(path, headers=athlete.headers))
            tags = {"If-None-Match": f"{mine.headers.get('ETag', 'W/x')}, *"}
            answer = whole(stranger.page.get(path, headers={**stranger.headers, **tags}))
            assert answer.status in (403, 404)

    @pytest.mark.parametrize("who", ["athlete", "coach"])
    def test_of_a_closed_account_are_dead(self, squad: Squad, who: str) -> None:
        closed = make_person("Closed Account")
        sync_everything(closed, CANARIES)
        squad.join(closed)
        own = squad_of(closed)
        shares = make_person("Shares")
        own.join(shares)
        User.objects.filter(pk=closed.id).update(is_active=False)
        if who == "coach":
            answers = ways(own, shares)
            for name in ("vector", "heads", "panel", "file", "athlete", "notes"):
                assert answers[name]()[0] == 401, name
            assert {answers[name]()[0] for name in ("roster", "page", "review")} == {302}
            return
        for name, ask in ways(squad, closed).items():
            status, text = ask()
            assert words_of(text) == set(), name
            assert status == 404 or name in (
                "vector",
                "heads",
                "panel",
                "file",
                "roster",
                "fragment",
            )


class TestPeople:
    def test_who_coach_and_train_never_mix_their_rights(
        self, squad: Squad, athlete: Person
    ) -> None:
        """Their coach sees nothing of their athletes, their athletes nothing of them."""
        squad.join(athlete)
        coach = squad.coach
        theirs = squad_of(make_person("Coach's Coach"))
        theirs.join(coach)
        for name, ask in ways(theirs, athlete).items():
            status, text = ask()
            assert words_of(text) == set(), name
            assert str(athlete.id) not in text.replace(str(athlete.id), "", 1) or status == 404, (
                name
            )
        feed = {"athlete": str(coach.id)}
        body = {"protocol": 1, "request": str(uuid.uuid4()), "feeds": [feed]}
        (part,) = theirs.coach.post("/v1/feeds/changes", body).json()["feeds"]
        assert (part["status"], words_of(str(part))) == (200, set())
        assert athlete.get(f"/v1/athletes/{coach.id}/changes").status_code == 403
        for path in ("changes", "summary", "workouts", "observations?code=vitd_25oh", "digest"):
            assert words_of(coach.get(f"/v1/athletes/me/{path}").content.decode()) == set()

    def test_lend_a_third_party_no_more_than_their_own(self, squad: Squad, athlete: Person) -> None:
        """A coach's app reads the coach: not whom the coach sees, nor by the coach's addresses."""
        squad.join(athlete)
        token = ThirdParty().connect(squad.coach)["access_token"]
        for path in ("summary", "workouts", "observations?code=vitd_25oh", "trends/vitd_25oh"):
            theirs = read(token, f"/v1/athletes/{athlete.id}/{path}")
            nobodys = read(token, f"/v1/athletes/{uuid.uuid4()}/{path}")
            assert (theirs.status_code, theirs.content) == (404, nobodys.content)
        for path in (squad.panel, f"{squad.panel}.csv", squad.one(athlete.id), "/v1/feeds/heads"):
            assert read(token, path).status_code == 401
        mine = ThirdParty().connect(athlete)["access_token"]
        assert read(mine, "/v1/athletes/me/workouts").status_code == 200
        User.objects.filter(pk=athlete.id).update(is_active=False)
        assert read(mine, "/v1/athletes/me/workouts").status_code == 401
