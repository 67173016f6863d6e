"""Answers hold what is documented and no more, and of a status never the number."""

import json
import re
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from django.conf import settings
from jsonschema import Draft202012Validator

from apps.coaching.sharing import SHARED_FIELDS
from backend.feed.wire import Row
from tests.apps.insights.test_recompute import vitamin_d
from tests.apps.matrix.asking import Wrong, ask, every_row
from tests.apps.matrix.cast import ACTORS, Cast, assemble, the_cast
from tests.apps.matrix.records import LAB_NUMBERS, LAB_VALUE
from tests.apps.matrix.table import API, rows
from tests.conftest import ROOT
from tests.live import PATIENCE_S, Live
from tests.words import said

# A record's body is its type's, and fields an app knows and we do not are kept; see `records.md`.
ON_THE_WIRE = set(Row.__struct_fields__)
LEAST = {"TM": 6, "TN": 1, "TX": 0}  # rows with an answer of their own
READS = (
    "POST /v1/feeds/changes",
    "POST /v1/athletes/{id}/sync",
    "POST /v1/athletes/{id}/ops/lookup",
)


def shape(address: str) -> tuple[str, ...]:
    """Return the parts of a row's or an operation's address, with nameless ids."""
    method, path = address.split()
    bare = (
        re.sub(r"\?.*", "", path)
        .replace("vitd_25oh", "{x}")
        .replace("charts/loading", "charts/{x}")
    )
    bare = bare.replace("charts/impacts", "charts/{x}")
    return method, *("{}" if part.startswith("{") else part for part in bare.split("/"))


def strict(schema: Any) -> Any:
    """Return a schema in which what is not named may not be there."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: strict(one) for name, one in schema.items()}
    if isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema:
        found["additionalProperties"] = False
    return found


@pytest.fixture(scope="module")
def documented() -> dict[tuple[str, ...], Draft202012Validator]:
    """The answers of every operation, as strict as they can be read."""
    contract = json.loads((ROOT / "tests" / "contract" / "openapi.json").read_text())
    parts = strict(contract["components"])
    found = {}
    for path, item in contract["paths"].items():
        for method, operation in item.items():
            if not isinstance(operation, dict) or "responses" not in operation:
                continue
            for status in ("200", "201"):
                content = operation["responses"].get(status, {}).get("content", {})
                if "application/json" in content:
                    schema = strict(content["application/json"]["schema"])
                    told = Draft202012Validator({**schema, "components": parts})
                    found[shape(f"{method.upper()} {path}")] = told
    return found


def strange_rows(cast: Cast, actor: str, body: Any) -> Wrong:
    """Take the rows out of pages, and return what they hold that neither wire nor grant lets."""
    wrong: Wrong = []
    for part in (body, *body.get("feeds", ())):
        rows_of_page = (part.get("page") or {}).get("rows", [])
        for row in rows_of_page:
            fields = set(row.get("body", {})) if actor != "OW" and part.get("status") else set()
            shared = set(SHARED_FIELDS.get(row["type"], ()))
            is_own = part.get("athlete") != str(cast.owner.id)
            wrong += [(row["type"], name) for name in set(row) - ON_THE_WIRE]
            wrong += [] if is_own else [(row["type"], name) for name in fields - shared]
        rows_of_page.clear()
    return wrong


class TestFields:
    @pytest.mark.parametrize("actor", ACTORS[1:])
    def test_of_answers_are_those_documented(
        self, documented: dict[tuple[str, ...], Draft202012Validator], actor: str
    ) -> None:
        cast, looked = the_cast(), 0
        wrong: Wrong = []
        for address, cells in rows(API):
            if cells[actor] != 200 or not (address.startswith("GET") or address in READS):
                continue
            answer = ask(cast, actor, address)
            if not answer.headers["Content-Type"].startswith("application/json"):
                continue
            looked += 1
            body = answer.json()
            wrong += [(address, *one) for one in strange_rows(cast, actor, body)]
            wrong += [
                (address, error.json_path, error.message[:200])
                for error in documented[shape(address)].iter_errors(body)
            ]
        assert wrong == []
        assert looked >= LEAST.get(actor, 10)

    def test_that_are_not_documented_are_seen(
        self, documented: dict[tuple[str, ...], Draft202012Validator]
    ) -> None:
        told = documented[shape("GET /v1/me/grants")]
        body = the_cast().ask("OW", "GET", "/v1/me/grants").json()
        body["grants"][0]["athlete_email"] = "aiko@example.org"
        assert "athlete_email" in " ".join(one.message for one in told.iter_errors(body))


class TestStatusOfResults:
    def test_never_yields_the_number(self) -> None:
        """Of every row, answers to writes and refusals too, as the coach with the status alone."""
        cast = assemble()
        texts: dict[str, str] = {}
        for address, cells in every_row():
            if "KS" in cells and "sign-out" not in address:
                texts[address] = said(ask(cast, "KS", address).text)
        assert {
            row for row, text in texts.items() if any(one in text for one in LAB_NUMBERS)
        } == set()
        assert any("CANARYSTATUS" in text for text in texts.values())
        assert LAB_NUMBERS[0] in ask(cast, "KL", "POST /v1/feeds/changes").text

    @pytest.mark.processes
    def test_is_in_no_stream(self, live: Live) -> None:
        cast = the_cast()
        coach, page = cast.people["KS"], f"/coach/teams/{cast.team_of('KS')}/live"
        name = settings.SESSION_COOKIE_NAME
        cookie = {"Cookie": f"{name}={coach.page.cookies[name].value}"}

        def result() -> None:
            cast.owner.sync([vitamin_d(LAB_VALUE)])

        for path, headers in (("/v1/stream", coach.headers), (page, cookie)):
            heard = first_bytes(live.url + path, headers, result)
            assert heard
            assert not any(one.encode() in heard for one in (*LAB_NUMBERS, "vitd_25oh"))


def first_bytes(url: str, headers: dict[str, str], then: Callable[[], None]) -> bytes:
    """Return what a stream says until it tells of what was done after its first words."""
    heard = b""
    with httpx2.stream("GET", url, headers=headers, timeout=PATIENCE_S) as answer:
        assert answer.status_code == 200
        for piece in answer.iter_bytes():
            if not heard:
                then()
            heard += piece
            if heard.count(b"\n\n") > 4:  # pings come too
                break
    return heard
