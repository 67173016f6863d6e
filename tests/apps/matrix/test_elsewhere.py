"""Ids that are no part of the path: in bodies, in cursors, first and last of a batch."""

import re
import uuid
from typing import Any

import pytest

from tests.apps.insights.recordings import put
from tests.apps.matrix.asking import Wrong
from tests.apps.matrix.cast import FOREIGN, GONE, GRANTED, OF_NOBODY, OWN, Cast, the_cast
from tests.apps.matrix.records import CANARY
from tests.apps.matrix.seeing import may_read, too_much
from tests.apps.matrix.things import MISSING
from tests.apps.sync.test_push import workout
from tests.conftest import counted

NOW = "2026-11-20T08:00:00+00:00"
# Lists that go on by a cursor, and a page of which has one row.
LISTS = (
    "/v1/athletes/me/changes?max_rows=1", "/v1/athletes/me/summaries?limit=1",
    "/v1/athletes/me/workouts?limit=1", "/v1/athletes/me/observations?code=vitd_25oh&limit=1",
    "/v1/athletes/me/fusions?limit=1", "/v1/athletes/me/records/{workout_session}/versions?limit=1",
    "/v1/me/inbox?", "/v1/me/access-log?limit=1",
)  # fmt: skip


@pytest.fixture(scope="module")
def cast() -> Cast:
    """Everybody; what is written here is another athlete's own."""
    return the_cast()


def by_body(ids: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Return ops that name somebody's things, by what they name."""
    session = ids["workout_session"]
    edit = {"op": str(uuid.uuid4()), "type": "workout_session", "action": "put", "schema": 3}
    ack = {"reminder": ids["reminder"], "action": "done", "acted_at": NOW}
    blob = [{"sha256": ids["sha256"], "size": 4, "media_type": "application/pdf"}]
    return {
        "an edit of a record": {**edit, "id": session, "base": ids["op"], "set": {"rpe": 3}},
        "a base": {**edit, "id": str(uuid.uuid4()), "base": ids["op"], "set": {"rpe": 3}},
        "a deletion": {**edit, "id": session, "base": ids["op"], "action": "delete", "set": {}},
        "a reminder": put("reminder_ack", ack),
        "evidence": put("reminder_ack", {**ack, "reminder": MISSING, "evidence": session}),
        "a file": workout(blobs=blob),
    }


class TestBodies:
    def test_of_a_sync_name_others_things_as_missing_ones(self, cast: Cast) -> None:
        wrong: Wrong = []
        names = ("workout_session", "reminder", "sha256", "op")
        other = cast.people["OT"]
        variants = {
            OWN: {name: cast.named("OT", name) for name in names},
            GONE: {name: cast.named("OT", name, GONE if name != "op" else OWN) for name in names},
        }
        nobodys = {name: cast.named("OT", name, OF_NOBODY) for name in names}
        for variant, ids in variants.items():
            for what in by_body(ids):
                answers = []
                for named in (ids, nobodys | {"op": str(uuid.uuid4())}):
                    with counted() as statements:
                        (result,) = other.sync([by_body(named)[what]]).json()["results"]
                    told = {key: result.get(key) for key in ("status", "code", "pointers", "kind")}
                    answers.append((told, len(statements)))
                if answers[0] != answers[1]:
                    wrong.append((what, variant, answers))
        assert wrong == []

    def test_of_a_sync_open_no_file_by_its_digest(self, cast: Cast) -> None:
        other, digest = cast.people["OT"], cast.named("OT", "sha256")
        other.sync([by_body({"workout_session": MISSING, "reminder": MISSING, "op": MISSING,
                             "sha256": digest})["a file"]])  # fmt: skip
        for sha256 in (digest, "7" * 64):
            assert other.get(f"/v1/athletes/me/blobs/{sha256}").status_code == 404

    def test_of_a_note_are_not_looked_up(self, cast: Cast) -> None:
        """A note about a record one does not see is answered as one about nothing."""
        path = f"/v1/teams/{cast.team_of('KD')}/athletes/{cast.owner.id}/notes"
        answers = set()
        for about in (cast.records["lab_result"], cast.foreign.here["lab_result"], MISSING):
            with counted() as statements:
                answer = cast.ask("KD", "POST", path, {"text": "See this.", "about": about})
            answers.add((answer.status, frozenset(answer.json()), len(statements)))
        assert len(answers) == 1
        assert too_much("KD", cast.ask("KD", "GET", path).text) == []


class TestCursors:
    def test_of_others_open_nothing(self, cast: Cast) -> None:
        """A cursor is a place, never a right: with another's, one reads one's own or nothing."""
        wrong: Wrong = []
        found = 0
        for path in LISTS:
            mine = path.format(workout_session=cast.named("OW", "workout_session"))
            body = cast.ask("OW", "GET", mine).json()
            cursor = body.get("next_cursor") or body.get("page", {}).get("cursor")
            if cursor is None:
                continue
            found += 1
            theirs = path.format(workout_session=cast.named("OW", "workout_session", FOREIGN))
            for actor in ("OT", "KA", "KR", "AD"):
                answer = cast.ask(actor, "GET", f"{theirs}&cursor={cursor}")
                ids = set(re.findall(r"[0-9a-f-]{36}", answer.text))
                leaked = ids & {*cast.records.values(), str(cast.owner.id)}
                if answer.status not in (200, 400, 404, 410, 422) or leaked:
                    wrong.append((actor, path, answer.status, leaked))
                wrong += [(actor, path, word) for word in too_much("OT", answer.text)]
        assert wrong == []
        assert found >= 5

    def test_of_a_wider_grant_open_no_more_records(self, cast: Cast) -> None:
        place = {"athlete": str(cast.owner.id)}

        def pull(actor: str, **more: Any) -> Any:
            body = {"protocol": 1, "request": str(uuid.uuid4()), "feeds": [{**place, **more}]}
            return cast.ask(actor, "POST", "/v1/feeds/changes", body).json()["feeds"][0]

        body = {"protocol": 1, "request": str(uuid.uuid4()), "feeds": [place],
                "page": {"max_rows": 1}}  # fmt: skip
        answer = cast.ask("KA", "POST", "/v1/feeds/changes", body)
        (wide,) = answer.json()["feeds"]
        for actor in GRANTED:
            part = pull(actor, cursor=wide["page"]["cursor"])
            seen = {kind for kind, word in CANARY.items() if word in str(part)}
            assert seen <= may_read(actor), actor
        for actor in ("OT", "K0", "KU", "KP", "KR", "AD"):
            assert pull(actor, cursor=wide["page"]["cursor"])["status"] == 403

    def test_of_another_team_page_nobody_of_it(self, cast: Cast) -> None:
        for sort in ("attention", "name", "last_data", "due"):
            path = f"/v1/teams/{cast.team_of('KA')}/panel?sort={sort}&limit=1"
            cursor = cast.ask("KA", "GET", path).json()["next_cursor"]
            for actor in ("KD", "KR", "OT"):
                other = path.replace(cast.team_of("KA"), cast.team_of(actor))
                text = cast.ask(actor, "GET", f"{other}&cursor={cursor or 'x'}").text
                assert too_much(actor, text) == []


class TestBatches:
    @pytest.mark.parametrize("at", [0, 2])
    def test_of_feeds_answer_for_a_foreign_one_as_for_a_missing_one(
        self, cast: Cast, at: int
    ) -> None:
        answers = []
        for foreign in (MISSING, cast.foreign.here["id"], MISSING):  # the first writes a line
            feeds = [str(cast.people["KD"].id), str(cast.owner.id)]
            feeds.insert(at, foreign)
            body = {"protocol": 1, "request": str(uuid.uuid4()),
                    "feeds": [{"athlete": one} for one in feeds]}  # fmt: skip
            with counted() as statements:
                parts = cast.ask("KD", "POST", "/v1/feeds/changes", body).json()["feeds"]
            assert parts[at].pop("athlete") == foreign
            answers.append((parts, len(statements)))
        assert answers[1] == answers[2]
        assert [part["status"] for part in answers[1][0]].count(200) == 2

    @pytest.mark.parametrize("at", [0, 2])
    def test_of_ops_take_ones_own_and_refuse_the_foreign_as_a_missing_one(
        self, cast: Cast, at: int
    ) -> None:
        answers = []
        for base in (cast.named("OT", "op"), str(uuid.uuid4())):
            ops = [workout(), workout()]
            record = {"workout_session": str(uuid.uuid4()), "reminder": MISSING, "sha256": "7" * 64}
            ops.insert(at, by_body({**record, "op": base})["an edit of a record"])
            results = cast.people["OT"].sync(ops).json()["results"]
            answers.append([(one["status"], one.get("code")) for one in results])
        assert answers[0] == answers[1]
        assert [status for status, _ in answers[0]].count("applied") == 2
        assert answers[0][at][0] != "applied"

    @pytest.mark.parametrize("at", [0, 2])
    def test_of_ops_looked_up_leave_the_foreign_out(self, cast: Cast, at: int) -> None:
        answers = []
        for foreign in (cast.named("OT", "op"), MISSING):
            ops = [cast.foreign.here["op"], str(uuid.uuid4())]
            ops.insert(at, foreign)
            answer = cast.ask("OT", "POST", "/v1/athletes/me/ops/lookup", {"ops": ops})
            answers.append(answer.text.replace(foreign, "").replace(ops[1 if at else 2], ""))
        assert re.sub(r"[0-9a-f-]{36}|\d{4}-[^\"]*Z", "", answers[0]) == re.sub(
            r"[0-9a-f-]{36}|\d{4}-[^\"]*Z", "", answers[1]
        )

    @pytest.mark.parametrize("at", [0, 1])
    def test_of_athletes_to_assign_take_only_those_in_view(self, cast: Cast, at: int) -> None:
        team, assistant = cast.team_of("KD"), cast.named("KD", "coach")
        for foreign in (cast.foreign.here["id"], cast.owned.gone["id"], MISSING):
            athletes = [str(cast.owner.id)]
            athletes.insert(at, foreign)
            answer = cast.ask(
                "KD",
                "PUT",
                f"/v1/teams/{team}/coaches/{assistant}/athletes",
                {"athletes": athletes},
            )
            assert answer.json() == {"athletes": [str(cast.owner.id)]}
