"""Questions that are no questions: each gets its exact refusal, and nothing is guessed."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client

from apps.common.actor import acting_as
from tests.apps.sync.ops import workout
from tests.conftest import Person

RECORD = UUID(int=417317)
CHANGES = "/v1/athletes/me/changes"
VERSIONS = f"/v1/athletes/me/records/{RECORD}/versions"
READS = (
    CHANGES,
    VERSIONS,
    "/v1/athletes/me/digest",
    f"/v1/athletes/me/records/{RECORD}",
    "/v1/feeds/heads",
    "/v1/sync/config",
)
WRITES = (
    "/v1/athletes/me/sync",
    "/v1/athletes/me/ops",
    "/v1/athletes/me/ops/lookup",
    "/v1/feeds/changes",
)


@dataclass(frozen=True)
class Case:
    """One query, where it is sent, and the parameter the answer must name."""

    name: str
    path: str
    query: str
    parameter: str | None = None


CASES = [
    *(Case("P07 NUL in a value", path, "cursor=%00", "cursor") for path in (CHANGES, VERSIONS)),
    *(Case("P07 NUL in a name", path, "cur%00sor=a") for path in READS),
    Case("P07 NUL in types", CHANGES, "types=workout_session,%00", "types"),
    Case("P07 NUL beside a number", CHANGES, "max_rows=5%00", "max_rows"),
    Case("P07 line break", CHANGES, "types=a%0d%0aX:%201", "types"),
    Case("P08 words for a number", CHANGES, "max_rows=abc", "max_rows"),
    Case("P08 words for a number", VERSIONS, "limit=abc", "limit"),
    *(Case(f"P09 {digits} digits", path, f"{name}={'9' * digits}", name)
      for digits in (5, 20, 5_000) for path, name in ((CHANGES, "max_rows"), (VERSIONS, "limit"))),
    Case("P09 other digits", CHANGES, "max_rows=%D9%A1", "max_rows"),
    Case("P09 superscript", CHANGES, "max_rows=%C2%B2", "max_rows"),
    *(Case(f"P13 {text}", CHANGES, f"max_rows={text}", "max_rows")
      for text in ("-1", "0", "x", "1e3", "1.0", "0x10", "+5", "%205", "5%20", "2001")),
    *(Case(f"P13 {text}", VERSIONS, f"limit={text}", "limit")
      for text in ("-1", "0", "x", "1001", "null")),
    Case("P14 a thousand million", CHANGES, "max_rows=1000000000", "max_rows"),
    *(Case("P16 unknown", path, "q=1") for path in READS + WRITES),
    *(Case("P16 unknown beside known", CHANGES, f"max_rows=5&{name}=1")
      for name in ("limit", "offset", "access_token", "Max_rows", "max_rows[]", "CURSOR")),
    *(Case("P17 twice", CHANGES, query, name) for query, name in (
        ("types=a&types=b", "types"), ("max_rows=5&max_rows=5", "max_rows"),
        ("cursor=a&cursor=", "cursor"))),
    Case("P17 twice", VERSIONS, "limit=5&limit=6", "limit"),
    Case("P17 a thousand", CHANGES, "&".join(["types=a"] * 1_000)),
    *(Case(f"P19 {text[:12]}", CHANGES, f"cursor={text}", "cursor")
      for text in ("junk", "%22", "AAAA", "A" * 3_000, "..%2F..", "AQ8r", "%C3%A9", "=")),
    *(Case(f"P19 {text[:12]}", VERSIONS, f"cursor={text}", "cursor")
      for text in ("junk", "%22", "AAAA", "A" * 3_000, "kw", "lMA")),
    *(Case("not UTF-8", path, "cursor=%ff%fe") for path in (CHANGES, VERSIONS)),
    *(Case("half an escape", path, query) for path in (CHANGES, VERSIONS)
      for query in ("cursor", "&", "=", "a&b")),
]  # fmt: skip


def rows_of(person: Person) -> list[tuple[Any, ...]]:
    """Return everything the feed tables hold of a person."""
    with acting_as(person.id), connection.cursor() as cursor:
        found: list[tuple[Any, ...]] = []
        for table in ("sync_feed", "sync_record", "sync_log", "sync_device_feed"):
            cursor.execute(f"SELECT '{table}', t::text FROM {table} t ORDER BY 2")
            found += cursor.fetchall()
        return found


class TestQueries:
    @pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name} {case.path[3:20]}")
    def test_that_are_none_are_refused_exactly(self, athlete: Person, case: Case) -> None:
        athlete.sync([workout(title="CANARY")])
        before = rows_of(athlete)
        method = "POST" if case.path in WRITES else "GET"
        answer = Client().generic(
            method,
            f"{case.path}?{case.query}",
            content_type="application/json",
            headers=athlete.headers,
        )
        assert answer.status_code == 400, answer.content
        assert answer["Content-Type"] == "application/problem+json"
        told = answer.json()
        assert (told["code"], told["status"]) == ("invalid-parameter", 400)
        if case.parameter:
            assert told["parameter"] == case.parameter
        assert len(answer.content) < 400, "nothing of the input comes back"
        assert b"CANARY" not in answer.content
        assert rows_of(athlete) == before

    @pytest.mark.parametrize("path", READS)
    def test_of_16_kib_are_too_long(self, athlete: Person, path: str) -> None:
        answer = athlete.get(f"{path}?cursor={'A' * 16_384}")
        assert (answer.status_code, answer.json()["code"]) == (414, "uri-too-long")
        assert len(answer.content) < 400, "nothing of the input comes back"

    def test_beyond_the_limit_are_told_it(self, athlete: Person) -> None:
        answer = athlete.get(CHANGES, max_rows="1000000000")
        assert answer.json()["limits"] == {"max_rows": 2_000}

    @pytest.mark.parametrize("path", [path for path in READS if path != "/v1/sync/config"])
    def test_are_not_looked_at_before_it_is_known_who_asks(self, path: str) -> None:
        answer = Client().get(f"{path}?access_token=secret")
        assert (answer.status_code, answer.json()["code"]) == (401, "token-expired")

    def test_with_an_empty_parameter_ask_as_without_it(self, athlete: Person) -> None:
        athlete.sync([workout()])
        answer = athlete.get(CHANGES, cursor="", types="", max_rows="")
        assert len(answer.json()["page"]["rows"]) == 1

    def test_with_types_nobody_knows_are_a_newer_apps(self, athlete: Person) -> None:
        athlete.sync([workout()])
        answer = athlete.get(CHANGES, types="horoscope,workout_session")
        assert len(answer.json()["page"]["rows"]) == 1
        assert athlete.get(CHANGES, types="horoscope").json()["page"]["rows"] == []


class TestMediaTypes:
    @pytest.mark.parametrize(
        "accept",
        ["application/xml", "text/html", "application/json;q=0", "*/*;q=0", "image/*", "json",
         "application/problem+json"],
    )  # fmt: skip
    @pytest.mark.parametrize("path", READS)
    def test_nobody_speaks_are_406(self, athlete: Person, path: str, accept: str) -> None:
        answer = Client().get(path, headers={**athlete.headers, "Accept": accept})
        assert (answer.status_code, answer.json()["code"]) == (406, "not-acceptable")
        assert answer["Content-Type"] == "application/problem+json"

    @pytest.mark.parametrize(
        ("accept", "media"),
        [
            ("", "application/json"),
            ("*/*", "application/json"),
            ("application/*", "application/json"),
            ("application/json, application/problem+json", "application/json"),
            ("application/x-ndjson", "application/x-ndjson"),
            ("application/json;q=0.5, application/x-ndjson", "application/x-ndjson"),
            ("application/x-ndjson;q=0.1, */*;q=0.9", "application/json"),
            ("text/html, application/x-ndjson;q=0.9, */*;q=0.8", "application/x-ndjson"),
            ("application/json;q=nonsense", "application/json"),
            (",,,", "application/json"),
        ],
    )
    def test_are_chosen_by_their_weight(self, athlete: Person, accept: str, media: str) -> None:
        answer = Client().get(CHANGES, headers={**athlete.headers, "Accept": accept})
        assert (answer.status_code, answer["Content-Type"]) == (200, media)


class TestMethods:
    @pytest.mark.parametrize(
        "method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "ADMIT", "OWNER"]
    )
    @pytest.mark.parametrize("path", READS + WRITES)
    def test_nobody_answers_are_405(self, athlete: Person, path: str, method: str) -> None:
        answer = Client().generic(method, path, headers=athlete.headers)
        assert (answer.status_code, answer.json()["code"]) == (405, "method-not-allowed")
        assert answer["Content-Type"] == "application/problem+json"
        told = {"POST"} if path in WRITES else {"GET", "HEAD"}
        assert set(answer["Allow"].split(", ")) == told

    def test_hidden_in_a_header_are_ignored(self, athlete: Person) -> None:
        headers = {**athlete.headers, "X-HTTP-Method-Override": "DELETE"}
        assert Client().get(CHANGES, headers=headers).status_code == 200

    def test_head_is_get_without_its_body(self, athlete: Person) -> None:
        athlete.sync([workout()])
        answer = Client().head(CHANGES, headers=athlete.headers)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer["ETag"] == athlete.get(CHANGES)["ETag"]
