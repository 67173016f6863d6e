"""The published contract: no drift, an operation for every route, answers that fit it."""

import json
import uuid
from typing import Any

import httpx2
import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from jsonschema import Draft202012Validator

from apps.coaching.services.teams import create_team
from apps.insights.services.recompute import recompute_athlete
from phone.sse import EventReader
from tests.apps.coaching.conftest import Squad
from tests.apps.insights.test_recompute import vitamin_d
from tests.apps.reminders.feed import publish, reminder
from tests.apps.sync.test_push import workout
from tests.conftest import ROOT, Person
from tests.contract.test_permissions import routes
from tests.live import PATIENCE_S, Live

SNAPSHOT = ROOT / "tests" / "contract" / "openapi.json"


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    """The committed contract."""
    return dict(json.loads(SNAPSHOT.read_text()))


class TestContract:
    def test_is_the_committed_one(self) -> None:
        call_command("openapi_snapshot", "--check")

    def test_has_an_operation_for_every_api_route(self, contract: dict[str, Any]) -> None:
        told = {
            (method.upper(), path)
            for path, item in contract["paths"].items()
            for method in item
            if method in {"get", "head", "options", "post", "put", "patch", "delete"}
        }
        answered = {
            (method, "/" + route.replace("<str:", "{").replace("<uuid:", "{").replace(">", "}"))
            for method, route in routes()
            if route.startswith("v1/")
        }
        assert told == answered

    def test_speaks_3_1_and_names_every_operation(self, contract: dict[str, Any]) -> None:
        assert contract["openapi"].startswith("3.1")
        names = [
            operation["operationId"]
            for item in contract["paths"].values()
            for operation in item.values()
            if isinstance(operation, dict) and "operationId" in operation
        ]
        assert len(names) == len(set(names))

    def test_spells_each_code_in_one_way(self, contract: dict[str, Any]) -> None:
        codes = contract["components"]["schemas"]["Problem"]["properties"]["code"]
        spelled = [code.replace("_", "-") for code in codes["x-extensible-enum"]]
        assert len(spelled) == len(set(spelled))

    def test_says_what_takes_an_idempotency_key(self, contract: dict[str, Any]) -> None:
        taking = {
            operation["operationId"]
            for item in contract["paths"].values()
            for operation in item.values()
            if any(one.get("name") == "Idempotency-Key" for one in operation.get("parameters", ()))
        }
        assert {"coaching_mark", "coaching_write_note", "calendar_make"} <= taking


class TestAnswers:
    @pytest.mark.parametrize(
        ("path", "template"),
        [
            ("/v1/athletes/me/changes", "/v1/athletes/{athlete}/changes"),
            ("/v1/athletes/me/digest", "/v1/athletes/{athlete}/digest"),
            ("/v1/sync/config", "/v1/sync/config"),
            ("/v1/feeds/heads", "/v1/feeds/heads"),
            ("/v1/athletes/me/summary", "/v1/athletes/{athlete}/summary"),
            (
                "/v1/athletes/me/observations?code=vitd_25oh",
                "/v1/athletes/{athlete}/observations",
            ),
            ("/v1/athletes/me/workouts", "/v1/athletes/{athlete}/workouts"),
            ("/v1/athletes/me/fusions", "/v1/athletes/{athlete}/fusions"),
            ("/v1/athletes/me/charts/loading", "/v1/athletes/{athlete}/charts/{name}"),
            ("/v1/devices", "/v1/devices"),
            ("/v1/teams", "/v1/teams"),
            ("/v1/me/grants", "/v1/me/grants"),
            ("/v1/me/access-log", "/v1/me/access-log"),
            ("/v1/me/inbox", "/v1/me/inbox"),
        ],
    )
    def test_fit_the_contract(
        self, athlete: Person, contract: dict[str, Any], path: str, template: str
    ) -> None:
        recorded = [workout(source={"system": system}) for system in ("fit", "hevy")]
        athlete.sync([*recorded, vitamin_d()])
        recompute_athlete(athlete_id=athlete.id, now=timezone.now())
        answer = athlete.get(path)
        assert answer.status_code == 200
        told = contract["paths"][template]["get"]["responses"]["200"]["content"]
        _fits(contract, told["application/json"]["schema"], answer.json())

    def test_of_a_sync_fit_the_contract(self, athlete: Person, contract: dict[str, Any]) -> None:
        told = contract["paths"]["/v1/athletes/{athlete}/sync"]["post"]["responses"]["200"]
        schema = told["content"]["application/json"]["schema"]
        ops = [workout(), workout(started_at="never"), vitamin_d()]
        _fits(contract, schema, athlete.sync(ops).json())

    @pytest.mark.processes
    def test_of_a_stream_fit_the_contract(
        self, athlete: Person, contract: dict[str, Any], live: Live
    ) -> None:
        told = contract["paths"]["/v1/stream"]["get"]["responses"]["200"]["content"]
        schema = told["text/event-stream"]["schema"]["contentSchema"]
        athlete.sync([workout()])
        with httpx2.stream(
            "GET", f"{live.url}/v1/stream", headers=athlete.headers, timeout=PATIENCE_S
        ) as answer:
            events = EventReader()
            event = next(event for piece in answer.iter_bytes() for event in events.feed(piece))
        _fits(contract, schema, json.loads(event.data))

    def test_of_records_and_their_history_fit_the_contract(
        self, athlete: Person, contract: dict[str, Any]
    ) -> None:
        op = vitamin_d()
        bad = {**op, "op": str(uuid.uuid4()), "base": op["op"], "set": {"value": "many"}}
        gone = {**bad, "op": str(uuid.uuid4()), "action": "delete"}
        del gone["set"]
        athlete.sync([op, bad, gone])
        for tail in ("", "/versions"):
            answer = athlete.get(f"/v1/athletes/me/records/{op['id']}{tail}")
            template = f"/v1/athletes/{{athlete}}/records/{{record}}{tail}"
            told = contract["paths"][template]["get"]["responses"]["200"]["content"]
            _fits(contract, told["application/json"]["schema"], answer.json())
        answer = athlete.post("/v1/athletes/me/ops/lookup", {"ops": [op["op"], bad["op"]]})
        told = contract["paths"]["/v1/athletes/{athlete}/ops/lookup"]["post"]["responses"]["200"]
        _fits(contract, told["content"]["application/json"]["schema"], answer.json())

    def test_of_many_feeds_fit_the_contract(
        self, athlete: Person, stranger: Person, contract: dict[str, Any]
    ) -> None:
        athlete.sync([workout(), vitamin_d()])
        places = [{"athlete": str(person.id)} for person in (athlete, stranger)]
        body = {"protocol": 1, "request": str(uuid.uuid4()), "feeds": places}
        answer = athlete.post("/v1/feeds/changes", body)
        assert [part["status"] for part in answer.json()["feeds"]] == [200, 403]
        told = contract["paths"]["/v1/feeds/changes"]["post"]["responses"]["200"]["content"]
        _fits(contract, told["application/json"]["schema"], answer.json())

    def test_of_an_athletes_feed_fit_the_contract_as_a_coach_reads_it(
        self, athlete: Person, stranger: Person, contract: dict[str, Any]
    ) -> None:
        """What leads to a reminder is another category, so its row lacks it."""
        squad = Squad(stranger, create_team(head=stranger.user, name="Team", now=timezone.now()))
        squad.join(athlete)
        athlete.sync([workout(), vitamin_d()])
        publish(athlete, {uuid.uuid4(): reminder()})
        places = [{"athlete": str(athlete.id)}]
        body = {"protocol": 1, "request": str(uuid.uuid4()), "feeds": places}
        answer = stranger.post("/v1/feeds/changes", body).json()
        told = contract["paths"]["/v1/feeds/changes"]["post"]["responses"]["200"]["content"]
        _fits(contract, told["application/json"]["schema"], answer)
        rows = {row["type"]: row for row in answer["feeds"][0]["page"]["rows"]}
        assert set(rows) == {"workout_session", "lab_result", "reminder"}
        for row in rows.values():
            _fits(contract, {"$ref": "#/components/schemas/SharedRow"}, row)
        assert set(rows["reminder"]["body"]) == set(
            contract["components"]["schemas"]["SharedReminder"]["properties"]
        )

    def test_line_by_line_fit_the_contract(self, athlete: Person, contract: dict[str, Any]) -> None:
        athlete.sync([workout(), vitamin_d()])
        headers = {**athlete.headers, "Accept": "application/x-ndjson"}
        answer: Any = Client().get("/v1/athletes/me/changes", headers=headers)
        head, *rows, end = b"".join(answer.streaming_content).splitlines()
        for line in (head, end):
            _fits(contract, {"$ref": "#/components/schemas/StreamLine"}, json.loads(line))
        for row in rows:
            _fits(contract, {"$ref": "#/components/schemas/Row"}, json.loads(row))

    def test_of_refusals_are_problems(self, athlete: Person) -> None:
        for answer in (
            athlete.get("/v1/nothing"),
            athlete.get("/v1/auth/sign-in"),
            athlete.post("/v1/teams", {}),
        ):
            assert answer["Content-Type"].startswith("application/problem+json")
            assert {"type", "title", "status", "code", "retry"} <= set(answer.json())
            assert answer.json()["status"] == answer.status_code


def _fits(contract: dict[str, Any], schema: dict[str, Any], body: object) -> None:
    """Fail with every place where a body does not fit its schema."""
    whole = {**schema, "components": contract["components"]}
    errors = [
        f"{error.json_path}: {error.message[:200]}"
        for error in Draft202012Validator(whole).iter_errors(body)
    ]
    assert errors == []
