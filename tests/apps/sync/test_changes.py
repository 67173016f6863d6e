"""Pulling alone: tags, links, lines, and what a client may know before it asks."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client, override_settings

from apps.common.actor import acting_as
from tests.apps.sync.ops import changed, lab, workout
from tests.apps.sync.test_reading import drain, ids
from tests.conftest import Person

PATH = "/v1/athletes/me/changes"


def ask(person: Person, path: str = PATH, tag: str | None = None, **query: str) -> Any:
    """Ask for changes, unless the client has this tag."""
    headers = {**person.headers, **({"If-None-Match": tag} if tag is not None else {})}
    return Client().get(path, query, headers=headers)


class TestTag:
    def test_c61_that_is_current_gets_304_for_one_statement(
        self, athlete: Person, sql_statements: Callable[[], Any]
    ) -> None:
        athlete.sync([workout()])
        _, cursor = drain(athlete)
        tag = ask(athlete, cursor=cursor)["ETag"]
        with sql_statements() as statements:
            answer = ask(athlete, tag=tag, cursor=cursor)
        assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", tag)
        assert len(statements) == 2
        assert "devicetoken" in statements[0]

    def test_changes_with_the_feed_and_with_the_question(self, athlete: Person) -> None:
        op = workout()
        athlete.sync([op, lab()])
        _, cursor = drain(athlete)
        tags = [ask(athlete)["ETag"], ask(athlete, cursor=cursor)["ETag"]]
        tags += [ask(athlete, max_rows="1")["ETag"], ask(athlete, types="lab_result")["ETag"]]
        lines = Client().get(PATH, headers={**athlete.headers, "Accept": "application/x-ndjson"})
        tags.append(lines["ETag"])
        athlete.sync([changed(op, set={"rpe": 2})])
        answer = ask(athlete, tag=tags[1], cursor=cursor)
        assert (answer.status_code, ids(answer.json()["page"]["rows"])) == (200, [op["id"]])
        tags += [ask(athlete)["ETag"], answer["ETag"]]
        assert len(set(tags)) == len(tags)

    def test_changes_when_the_summary_is_ready(self, athlete: Person) -> None:
        athlete.sync([workout()])
        _, cursor = drain(athlete)
        tag = ask(athlete, cursor=cursor)["ETag"]
        with acting_as(athlete.id), connection.cursor() as db:
            db.execute("UPDATE sync_feed SET derived_seq = input_seq")
        answer = ask(athlete, tag=tag, cursor=cursor)
        assert (answer.status_code, answer.json()["derived"]["state"]) == (200, "current")

    @pytest.mark.parametrize(
        ("form", "status"),
        [("{tag}", 304), ('"x", {tag}', 304), ("{strong}", 304), ("*", 304), ('"x"', 200),
         ("nonsense", 200), ("", 200)],
    )  # fmt: skip
    def test_is_compared_as_the_standard_says(
        self, athlete: Person, form: str, status: int
    ) -> None:
        athlete.sync([workout()])
        tag = ask(athlete)["ETag"]
        told = form.format(tag=tag, strong=tag.removeprefix("W/"))
        assert ask(athlete, tag=told).status_code == status

    def test_of_another_person_never_fits(self, athlete: Person, stranger: Person) -> None:
        assert ask(stranger, tag=ask(athlete)["ETag"]).status_code == 200

    def test_and_answer_are_not_for_caches(self, athlete: Person) -> None:
        answer = ask(athlete)
        for told in (answer, ask(athlete, tag=answer["ETag"])):
            assert told["Cache-Control"] == "no-store"


class TestLink:
    def test_leads_through_all_pages_and_no_further(self, athlete: Person) -> None:
        ops = [workout() for _ in range(10)]
        athlete.sync([*ops, lab()])
        answer = ask(athlete, max_rows="4", types="workout_session")
        seen = ids(answer.json()["page"]["rows"])
        while answer.has_header("Link"):
            address, relation = answer["Link"].split("; ")
            assert relation == 'rel="next"'
            answer = Client().get(address.strip("<>"), headers=athlete.headers)
            assert answer.status_code == 200, answer.content
            seen += ids(answer.json()["page"]["rows"])
        assert seen == [op["id"] for op in reversed(ops)]


class TestLines:
    def read(self, person: Person, **query: str) -> list[dict[str, Any]]:
        headers = {**person.headers, "Accept": "application/x-ndjson"}
        answer: Any = Client().get(PATH, query, headers=headers)
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/x-ndjson")
        assert answer.streaming
        content = b"".join(answer.streaming_content)
        assert content.endswith(b"\n")
        return [json.loads(line) for line in content.splitlines()]

    def test_hold_head_rows_and_end_of_the_same_page(self, athlete: Person) -> None:
        athlete.sync([workout(title="a\nb") for _ in range(5)])
        whole = ask(athlete, max_rows="3").json()
        lines = self.read(athlete, max_rows="3")
        head, *rows, end = lines
        assert head == {
            "head": {
                "epoch": whole["epoch"], "witness": whole["witness"], "phase": "bootstrap",
                "reset": None,
            }
        }  # fmt: skip
        assert rows == whole["page"]["rows"]
        assert end["end"]["cursor"] == whole["page"]["cursor"]
        assert end["end"]["complete"] is False
        assert end["end"]["derived"] == whole["derived"]

    def test_of_an_empty_page_are_two(self, athlete: Person) -> None:
        head, end = self.read(athlete)
        assert (head["head"]["reset"], end["end"]["complete"]) == (None, True)

    def test_go_on_by_the_cursor_of_the_last_one(self, athlete: Person) -> None:
        ops = [workout() for _ in range(7)]
        athlete.sync(ops)
        seen: list[str] = []
        query: dict[str, str] = {"max_rows": "3"}
        while True:
            _, *rows, end = self.read(athlete, **query)
            seen += ids(rows)
            query["cursor"] = end["end"]["cursor"]
            if end["end"]["complete"]:
                break
        assert seen == [op["id"] for op in reversed(ops)]

    def test_leave_the_server_one_by_one(self, athlete: Person) -> None:
        athlete.sync([workout(note="n" * 5_000) for _ in range(50)])
        headers = {**athlete.headers, "Accept": "application/x-ndjson"}
        answer: Any = Client().get(PATH, headers=headers)
        parts = list(answer.streaming_content)
        assert len(parts) == 52
        assert max(len(part) for part in parts) < 6_000


class TestConfig:
    def test_is_for_everybody_and_for_caches(self, sql_statements: Callable[[], Any]) -> None:
        with sql_statements() as statements:
            answer = Client().get("/v1/sync/config")
        assert (answer.status_code, statements) == (200, [])
        assert answer["Cache-Control"] == "public, max-age=300"
        again = Client().get("/v1/sync/config", headers={"If-None-Match": answer["ETag"]})
        assert (again.status_code, again.content) == (304, b"")

    def test_tells_the_limits_that_hold(self, athlete: Person) -> None:
        told = Client().get("/v1/sync/config").json()
        limits = told["limits"]
        for size, status in ((limits["max_rows"], 200), (limits["max_rows"] + 1, 400)):
            assert athlete.get(PATH, max_rows=str(size)).status_code == status
            answer = athlete.sync([], page={"max_rows": size})
            assert answer.status_code == status
        for size, status in ((limits["max_page_bytes"], 200), (limits["max_page_bytes"] + 1, 400)):
            assert athlete.sync([], page={"max_bytes": size}).status_code == status
        ops = [workout() for _ in range(limits["max_ops"] + 1)]
        for op in ops:
            op["set"] = {}
        answer = athlete.sync(ops)
        assert answer.json()["limits"]["max_ops"] == limits["max_ops"]
        assert answer.json()["limits"]["max_bytes"] == limits["max_bytes"]

    def test_names_every_type_with_its_schema_and_owner(self, athlete: Person) -> None:
        told = Client().get("/v1/sync/config").json()
        athlete.sync([workout()])
        (row,) = ask(athlete).json()["page"]["rows"]
        assert set(told["types"]) >= {"workout_session", "lab_result", "risk_summary"}
        assert told["types"]["risk_summary"]["owner"] == "server"
        assert told["types"]["lab_result"]["policy"] == "guard"
        assert told["types"]["workout_session"]["schema"] >= row["schema"]
        assert told["poll"] == {"pending_s": [3, 5, 10, 30], "idle_s": 900, "idle_jitter_s": 90}

    def test_tells_which_builds_may_read(self) -> None:
        with override_settings(MIN_CLIENT_BUILDS={"stride/ios": 120}):
            assert Client().get("/v1/sync/config").json()["min_builds"] == {"stride/ios": 120}
