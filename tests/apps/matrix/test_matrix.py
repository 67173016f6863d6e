"""The authorization matrix, cell by cell: over HTTP, through the pages, and by the database alone.

A row is an address, a column an actor of the cast. A cell is the answer; what a reading answer
holds is looked at by canaries, one for each category. Refusals are compared, byte for byte, with
those to an id that does not exist.
"""

import json
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from apps.coaching.categories import Category
from apps.common.actor import Wall, acting_as
from tests.apps.coaching.conftest import CANARY as PANEL_CANARY
from tests.apps.matrix.cast import ACTORS, CANARY, COACHES, GRANTED, NOTE, OPENS, Cast, assemble

pytestmark = pytest.mark.xdist_group("matrix")
MISSING = str(uuid.UUID(int=7))
MALFORMED = "nobody"
BROWSERS = tuple(actor for actor in ACTORS if actor not in ("TM", "TN", "TX"))
LEVELS = {Category.LABS.value: {Category.LABS_STATUS.value}}

# A0: nobody; OW: the athlete; OT, AD: no relation; K..: coaches; T..: third parties (see the cast).
# {id} is the athlete; a name alone stands for the id of their record of that type.
API = """
                                                   A0  OW  OT  KD  KL  KS  KA  KN  K0  KU  KP  KR  TM  TN  TX  AD
POST   /v1/athletes/{id}/sync                      401 200 403 403 403 403 403 403 403 403 403 403 401 401 401 403
POST   /v1/athletes/{id}/ops                       401 200 403 403 403 403 403 403 403 403 403 403 401 401 401 403
POST   /v1/athletes/{id}/ops/lookup                401 200 403 403 403 403 403 403 403 403 403 403 401 401 401 403
GET    /v1/athletes/{id}/changes                   401 200 403 403 403 403 403 403 403 403 403 403 401 401 401 403
GET    /v1/athletes/{id}/digest                    401 200 403 403 403 403 403 403 403 403 403 403 401 401 401 403
GET    /v1/athletes/{id}/records/{workout_session} 401 200 403 403 403 403 403 403 403 403 403 403 401 401 401 403
GET    /v1/athletes/{id}/records/{lab_result}      401 200 403 403 403 403 403 403 403 403 403 403 401 401 401 403
GET    /v1/athletes/{id}/records/{dxa_scan}        401 200 403 403 403 403 403 403 403 403 403 403 401 401 401 403
GET    /v1/athletes/{id}/records/{injury}          401 200 403 403 403 403 403 403 403 403 403 403 401 401 401 403
GET    /v1/athletes/{id}/records/{cycle_log}       401 200 403 403 403 403 403 403 403 403 403 403 401 401 401 403
GET    /v1/athletes/{id}/records/{lab_result}/versions 401 200 403 403 403 403 403 403 403 403 403 403 401 401 401 403
GET    /v1/athletes/{id}/blobs/{sha256}            401 200 404 404 404 404 404 404 404 404 404 404 401 401 401 404
GET    /v1/athletes/{id}/summary                   401 200 404 404 404 404 404 404 404 404 404 404 200 403 404 404
GET    /v1/athletes/{id}/summaries                 401 200 404 404 404 404 404 404 404 404 404 404 200 403 404 404
GET    /v1/athletes/{id}/observations?code=vitd_25oh 401 200 404 404 404 404 404 404 404 404 404 404 200 403 404 404
GET    /v1/athletes/{id}/trends/vitd_25oh          401 200 404 404 404 404 404 404 404 404 404 404 200 403 404 404
GET    /v1/athletes/{id}/workouts                  401 200 404 404 404 404 404 404 404 404 404 404 200 200 404 404
GET    /v1/athletes/{id}/fusions                   401 200 404 404 404 404 404 404 404 404 404 404 401 401 401 404
GET    /v1/athletes/{id}/charts/loading            401 200 404 404 404 404 404 404 404 404 404 404 401 401 401 404
GET    /v1/teams/{team}/athletes/{id}              401 404 404 200 200 200 200 200 404 404 404 404 401 401 401 404
POST   /v1/teams/{team}/athletes/{id}/reminder-proposals 401 404 404 403 403 403 201 403 404 404 404 404 401 401 401 404
PUT    /v1/teams/{team}/athletes/{id}/tags         401 404 404 200 200 200 200 200 404 403 404 404 401 401 401 404
POST   /v1/teams/{team}/athletes/{id}/marks        401 404 404 201 201 201 201 201 404 404 404 404 401 401 401 404
GET    /v1/teams/{team}/athletes/{id}/marks        401 404 404 200 200 200 200 200 404 404 404 404 401 401 401 404
POST   /v1/teams/{team}/athletes/{id}/notes        401 404 404 201 201 201 201 201 404 404 404 404 401 401 401 404
GET    /v1/teams/{team}/athletes/{id}/notes        401 404 404 200 200 200 200 200 404 404 404 404 401 401 401 404
GET    /v1/teams/{team}/panel.csv                  401 404 404 200 200 200 200 200 200 200 200 200 401 401 401 404
GET    /v1/teams/{team}/panel                      401 404 404 200 200 200 200 200 200 200 200 200 401 401 401 404
GET    /v1/teams/{team}/coaches                    401 404 404 200 200 200 200 200 200 200 200 200 401 401 401 404
POST   /v1/teams/{team}/invitations                401 404 404 201 201 201 201 201 201 403 201 201 401 401 401 404
GET    /v1/me/grants                               401 200 200 200 200 200 200 200 200 200 200 200 401 401 401 200
POST   /v1/me/grants/{grant}/narrow                401 200 404 404 404 404 404 404 404 404 404 404 401 401 401 404
POST   /v1/me/grants/{grant}/pause                 401 200 404 404 404 404 404 404 404 404 404 404 401 401 401 404
POST   /v1/me/grants/{grant}/resume                401 200 404 404 404 404 404 404 404 404 404 404 401 401 401 404
POST   /v1/me/grants/{grant}/end                   401 200 404 404 404 404 404 404 404 404 404 404 401 401 401 404
GET    /v1/me/access-log                           401 200 200 200 200 200 200 200 200 200 200 200 401 401 401 200
GET    /v1/me/inbox                                401 200 200 200 200 200 200 200 200 200 200 200 401 401 401 200
GET    /v1/me/preferences                          401 200 200 200 200 200 200 200 200 200 200 200 401 401 401 200
GET    /v1/devices                                 401 200 200 200 200 200 200 200 200 200 200 200 401 401 401 200
DELETE /v1/devices/{device}                        401 204 404 404 404 404 404 404 404 404 404 404 401 401 401 404
"""  # fmt: skip
PAGES = """
                                                   A0  OW  OT  KD  KL  KS  KA  KN  K0  KU  KP  KR  AD
/me                                                302 200 200 200 200 200 200 200 200 200 200 200 200
/me/sharing                                        302 200 200 200 200 200 200 200 200 200 200 200 200
/me/inbox                                          302 200 200 200 200 200 200 200 200 200 200 200 200
/coach/teams/{team}                                302 404 404 200 200 200 200 200 200 200 200 200 404
/coach/teams/{team}/settings                       302 404 404 200 200 200 200 200 200 200 200 200 404
/coach/teams/{team}/athletes/{id}                  302 404 404 200 200 200 200 200 404 404 404 404 404
/admin/                                            404 404 404 404 404 404 404 404 404 404 404 404 404
"""  # fmt: skip
BODIES: dict[str, dict[str, Any]] = {
    "sync": {"protocol": 1, "request": str(uuid.uuid4()), "ops": []},
    "ops": {"protocol": 1, "request": str(uuid.uuid4()), "ops": []},
    "lookup": {"ops": []},
    "reminder-proposals": {"title": "Repeat DXA", "due_date": "2027-03-01"},
    "tags": {"tags": ["800 m"]},
    "marks": {"kind": "reviewed", "ending": "monitor"},
    "notes": {"text": "Two easy days."},
    "invitations": {"categories": ["sessions"], "purpose": "Season planning"},
    "narrow": {"categories": ["sessions"]},
}
# What is done to the athlete comes last in each row: it ends what the others are asked.
LAST = "OW"


@pytest.fixture(scope="class")
def cast() -> Cast:
    """Everybody; the tests of a class share them, so only the first class changes anything."""
    return assemble()


def rows(table: str) -> Iterator[tuple[str, dict[str, int]]]:
    """Yield each row's address and its cells by actor."""
    head, *lines = table.strip("\n").splitlines()
    for line in lines:
        cells = re.findall(r"(?<= )\d{3}\b", line)
        address = line[: line.index(f" {cells[0]}")].strip()
        yield address, dict(zip(head.split(), map(int, cells), strict=True))


def filled(cast: Cast, address: str, actor: str, **changed: str) -> str:
    """Return an address with the ids it names."""
    ids = {
        "id": str(cast.owner.id), "team": str(cast.team_of(actor)), "sha256": cast.sha256,
        "grant": str(cast.grants["KD"]), "device": str(cast.owner.device_id),
    }  # fmt: skip
    return address.format(**{**cast.records, **ids, **changed})


def asked(cast: Cast, actor: str, address: str, **changed: str) -> Any:
    """Make the request of a row."""
    method, path = filled(cast, address, actor, **changed).split()
    body = BODIES.get(path.rpartition("/")[2]) if method in ("POST", "PUT") else None
    return cast.ask(actor, method, path, {} if body is None and method == "POST" else body)


def in_order(cells: dict[str, int]) -> list[str]:
    """Return the actors of a row, the athlete last."""
    return sorted(cells, key=lambda actor: actor == LAST)


def without_ids(content: bytes) -> str:
    """Return an answer without what names the request or the id that was asked for."""
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", content.decode())
    return re.sub(r'("(request_id|instance|trace)":\s*")[^"]*', r"\1", text)


class TestCells:
    def test_answer_as_written_over_http(self, cast: Cast) -> None:
        wrong = []
        for address, cells in rows(API):
            for actor in in_order(cells):
                status = asked(cast, actor, address).status_code
                if status != cells[actor]:
                    wrong.append((address, actor, cells[actor], status))
        assert wrong == []


class TestOverHttp:
    def test_a_refusal_is_that_of_a_missing_id(self, cast: Cast) -> None:
        wrong = []
        compared = 0
        for address, cells in rows(API):
            names = re.findall(r"{(\w+)}", address)
            if "id" not in names:
                continue
            for actor in in_order(cells):
                if cells[actor] not in (403, 404) or actor == LAST:
                    continue
                real = asked(cast, actor, address)
                missing = asked(cast, actor, address, id=MISSING)
                compared += 1
                # Who reads something of the athlete's may be told that they do not read this.
                knows = cells[actor] == 403 and ("/teams/" in address or actor == "TN")
                same = (real.status_code, without_ids(real.content)) == (
                    missing.status_code, without_ids(missing.content)
                )  # fmt: skip
                if not same and not knows:
                    wrong.append((address, actor, real.content, missing.content))
        assert wrong == []
        assert compared > 150

    def test_a_foreign_record_is_a_missing_one(self, cast: Cast) -> None:
        wrong = []
        other = cast.people["OT"]
        for kind in cast.records:
            answers = [
                other.get(f"/v1/athletes/me/records/{record}")
                for record in (cast.records[kind], MISSING)
            ]
            told = {(one.status_code, without_ids(one.content)) for one in answers}
            if len(told) != 1 or answers[0].status_code != 404:
                wrong.append((kind, told))
        assert wrong == []

    def test_malformed_ids_are_nobodys(self, cast: Cast) -> None:
        wrong = []
        for address, cells in rows(API):
            if "{id}" not in address:
                continue
            for actor in cells:
                status = asked(cast, actor, address, id=MALFORMED).status_code
                if status not in (401, 403, 404):
                    wrong.append((address, actor, status))
        assert wrong == []

    def test_records_read_by_vector_are_those_granted(self, cast: Cast) -> None:
        wrong: list[tuple[object, ...]] = []
        for actor in ACTORS:
            body = {
                "protocol": 1, "request": str(uuid.uuid4()),
                "feeds": [{"athlete": str(cast.owner.id)}],
            }  # fmt: skip
            answer = cast.ask(actor, "POST", "/v1/feeds/changes", body)
            if actor in ("A0", "TM", "TN", "TX"):
                if answer.status_code != 401:
                    wrong.append((actor, answer.status_code))
                continue
            (part,) = answer.json()["feeds"]
            text = json.dumps(part)
            seen = {kind for kind, word in CANARY.items() if word in text}
            may = {kind for kind, category in OPENS.items() if category in GRANTED.get(actor, ())}
            may = set(CANARY) if actor == "OW" else may
            code = {"OW": 200, "KP": 403, "KR": 403, **dict.fromkeys(GRANTED, 200)}.get(actor, 403)
            told = part.get("code")
            expected = {"KP": "consent-revoked", "KR": "consent-revoked"}.get(actor)
            if (seen, part["status"]) != (may, code) or (expected and told != expected):
                wrong.append((actor, seen ^ may, part["status"], told))
            if NOTE in text and actor != "OW":
                wrong.append((actor, NOTE))
        assert wrong == []

    def test_panels_tell_what_is_granted(self, cast: Cast) -> None:
        wrong = []
        for actor in COACHES:
            team = cast.team_of(actor)
            paths = ("panel", f"athletes/{cast.owner.id}")
            for path in (f"/v1/teams/{team}/{one}" for one in paths):
                wrong += told(actor, path, cast.ask(actor, "GET", path).content.decode())
        assert wrong == []

    def test_another_teams_address_opens_nothing(self, cast: Cast) -> None:
        wrong = []
        for actor in COACHES:
            for other in COACHES:
                if cast.team_of(actor) == cast.team_of(other):
                    continue
                for path in ("panel", f"athletes/{cast.owner.id}", "coaches"):
                    answer = cast.ask(actor, "GET", f"/v1/teams/{cast.team_of(other)}/{path}")
                    if answer.status_code != 404:
                        wrong.append((actor, other, path, answer.status_code))
        assert wrong == []

    def test_a_coach_is_an_athlete_like_any_other(self, cast: Cast) -> None:
        """Rights never mix: with the coach's token, `me` is the coach."""
        wrong = []
        for actor in GRANTED:
            coach = cast.people[actor]
            for path in ("changes", "summary", "workouts", "observations?code=vitd_25oh"):
                text = coach.get(f"/v1/athletes/me/{path}").content.decode()
                wrong += [(actor, path, word) for word in CANARY.values() if word in text]
        assert wrong == []


class TestThroughPages:
    def test_every_cell_answers_as_written(self, cast: Cast) -> None:
        wrong = []
        for address, cells in rows(PAGES):
            for actor in in_order(cells):
                answer = cast.browse(actor, filled(cast, address, actor))
                if answer.status_code != cells[actor]:
                    wrong.append((address, actor, cells[actor], answer.status_code))
        assert wrong == []

    def test_tell_what_is_granted(self, cast: Cast) -> None:
        wrong = []
        for actor in COACHES:
            team = f"/coach/teams/{cast.team_of(actor)}"
            for path in (team, f"{team}/athletes/{cast.owner.id}", "/me", "/me/sharing"):
                answer = cast.browse(actor, path).content.decode()
                wrong += told(actor, path, answer, is_page=True)
                wrong += [(actor, path, word) for word in (NOTE, *CANARY.values()) if word in answer
                          and not shows(actor, word)]  # fmt: skip
        assert wrong == []


class TestByTheDatabaseAlone:
    """No code of ours between the role and the rows."""

    def seen(self, cast: Cast, actor: str, statement: str) -> set[Any]:
        with acting_as(cast.people[actor].id, wall=Wall.COACH), connection.cursor() as cursor:
            cursor.execute(statement, [cast.owner.id])
            return {row[0] for row in cursor.fetchall()}

    def test_parts_of_the_panel_are_those_granted(self, cast: Cast) -> None:
        for actor in COACHES:
            found = self.seen(
                cast, actor, "SELECT category FROM insights_panelrow WHERE athlete_id = %s"
            )
            assert found == {c.value for c in GRANTED.get(actor, ())}, actor

    def test_records_are_those_granted(self, cast: Cast) -> None:
        for actor in COACHES:
            found = self.seen(
                cast, actor, "SELECT record_id::text FROM sync_record WHERE athlete_id = %s"
            )
            mine = {kind for kind, record in cast.records.items() if record in found}
            may = {kind for kind, category in OPENS.items() if category in GRANTED.get(actor, ())}
            assert mine == may, actor

    @pytest.mark.parametrize(
        ("table", "needs"),
        [
            ("insights_loadday", {Category.LOADING, Category.SESSIONS}),
            ("coaching_consentgrant", set()),
        ],
    )
    def test_more_needs_more(self, cast: Cast, table: str, needs: set[Category]) -> None:
        for actor in COACHES:
            found = self.seen(cast, actor, f"SELECT athlete_id FROM {table} WHERE athlete_id = %s")
            granted = GRANTED.get(actor)
            # An ended grant is seen by the team it was given to; it opens nothing.
            is_told = table == "coaching_consentgrant" and actor in ("KP", "KR")
            assert bool(found) == ((granted is not None and needs <= granted) or is_told), actor

    def test_nothing_else_opens_to_the_role(self, cast: Cast) -> None:
        """A coach's role reads ten tables with personal rows, and no other."""
        with acting_as(cast.people["KA"].id, wall=Wall.COACH), connection.cursor() as cursor:
            cursor.execute(
                "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
                "WHERE c.relkind IN ('r', 'p') AND a.attname = 'athlete_id' "
                "AND c.relnamespace = 'public'::regnamespace "
                "AND has_any_column_privilege(c.oid, 'SELECT') ORDER BY 1"
            )
            assert [row[0] for row in cursor.fetchall()] == [
                "coaching_assignment", "coaching_consentgrant", "coaching_mark",
                "coaching_rostertag", "coaching_sentnote", "insights_loadday", "insights_panelrow", "sync_feed",
                "sync_log", "sync_record",
            ]  # fmt: skip

    def test_nobody_writes_for_the_athlete(self, cast: Cast) -> None:
        for actor in COACHES:
            for statement in (
                "UPDATE coaching_consentgrant SET ends_at = ends_at WHERE athlete_id = %s",
                "DELETE FROM coaching_consentgrant WHERE athlete_id = %s",
                "DELETE FROM sync_record WHERE athlete_id = %s",
                "UPDATE insights_panelrow SET category = category WHERE athlete_id = %s",
                "SELECT at FROM coaching_accessline WHERE athlete_id = %s",
            ):
                with pytest.raises(Exception, match="permission denied"):
                    self.seen(cast, actor, statement)

    def test_a_look_can_not_be_written_in_anothers_name(self, cast: Cast) -> None:
        insert = (
            "INSERT INTO coaching_accessline (athlete_id, id, viewer_id, team_id, what, categories, at)"
            " VALUES (%s, gen_random_uuid(), '{viewer}', '{team}', 'athlete', '{{}}', now())"
        )
        for actor, viewer in (("KA", "KD"), ("K0", "K0"), ("KU", "KU"), ("KP", "KP"), ("KR", "KR")):
            words = {"viewer": cast.people[viewer].id, "team": cast.team_of(actor)}
            with pytest.raises(Exception, match="row-level security"):
                self.seen(cast, actor, insert.format(**words))


def told(actor: str, path: str, text: str, *, is_page: bool = False) -> list[tuple[str, str, str]]:
    """Return the categories whose words stand where they may not."""
    granted = {category.value for category in GRANTED.get(actor, ())}
    is_detail = "/athletes/" in path
    reads = "teams" in path
    found = {name for name, sentence in PANEL_CANARY.items() if sentence in text}
    too_much = found - granted
    # A roster's page says the most pressing reason; everything else says all.
    too_little = granted - found if reads and (is_detail or not is_page) else set()
    return [(actor, path, name) for name in sorted(too_much | too_little)]


def shows(actor: str, word: str) -> bool:
    """Return whether a coach's pages may show a record's canary."""
    return any(
        CANARY[kind] == word and category in GRANTED.get(actor, ())
        for kind, category in OPENS.items()
    )
