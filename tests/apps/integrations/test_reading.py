"""What third parties read, and what they never see."""

from decimal import Decimal
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

import pytest
from django.test import Client as Browser
from django.utils import timezone

from apps.insights.services.recompute import recompute_athlete
from tests.apps.insights.test_recompute import vitamin_d
from tests.apps.integrations.third_party import ThirdParty, read
from tests.apps.sync.test_push import workout
from tests.conftest import Person

SUMMARY = "/v1/athletes/{}/summary"
LABS = "/v1/athletes/{}/observations?code=vitd_25oh"
WORKOUTS = "/v1/athletes/{}/workouts"
SCOPE_OF = {SUMMARY: "summary:read", LABS: "labs:read", WORKOUTS: "workouts:read"}
EVERY = list(SCOPE_OF)


@pytest.fixture
def active(athlete: Person) -> Person:
    """The athlete, with data."""
    fill(athlete)
    return athlete


def fill(person: Person, *ops: dict[str, Any]) -> None:
    """Give somebody results and workouts, and have them computed."""
    person.sync([*(ops or (workout(), vitamin_d(38.2)))])
    recompute_athlete(athlete_id=person.id, now=timezone.now())


def pages(token: str, path: str, rows: str, **query: str) -> list[list[dict[str, Any]]]:
    """Return the rows of every page, following cursors."""
    found = []
    while True:
        page = read(token, path, **query).json()
        found.append(page[rows])
        if page["next_cursor"] is None:
            return found
        query["cursor"] = page["next_cursor"]


class TestAccess:
    @pytest.mark.parametrize("path", EVERY)
    def test_needs_the_scope_of_each_address(self, active: Person, path: str) -> None:
        token = ThirdParty().connect(active, scope=SCOPE_OF[path])["access_token"]
        for other in EVERY:
            answer = read(token, other.format("me"))
            if other == path:
                assert answer.status_code == 200
            else:
                assert (answer.status_code, answer.json()["code"]) == (403, "insufficient-scope")
                assert answer.json()["scope"] == SCOPE_OF[other]

    @pytest.mark.parametrize("path", EVERY)
    def test_answers_for_another_athlete_as_for_nobody(
        self, active: Person, stranger: Person, path: str
    ) -> None:
        token = ThirdParty().connect(stranger)["access_token"]
        theirs, nobodys = (read(token, path.format(who)) for who in (active.id, uuid4()))
        assert theirs.status_code == nobodys.status_code == 404
        assert theirs.content == nobodys.content

    @pytest.mark.parametrize("path", EVERY)
    def test_is_walled_by_the_database_alone(
        self, active: Person, stranger: Person, path: str
    ) -> None:
        token = ThirdParty().connect(stranger)["access_token"]

        def allow(*, athlete: str, **_: object) -> UUID:
            return UUID(athlete)

        with patch("apps.integrations.api.views.readable_athlete", allow):
            answer = read(token, path.format(active.id)).json()
        rows = answer.get("observations") or answer.get("workouts") or answer.get("summary")
        assert answer["athlete_id"] == str(active.id)
        assert not rows

    def test_ignores_a_token_in_the_address(self, athlete: Person) -> None:
        token = ThirdParty().connect(athlete)["access_token"]
        answer = Browser().get(SUMMARY.format("me"), {"access_token": token})
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")

    @pytest.mark.parametrize("header", ["Bearer", "Bearer msa_unknown", "Basic msa_x", "msa_x"])
    def test_refuses_what_is_no_live_token(self, header: str) -> None:
        answer = Browser().get(SUMMARY.format("me"), headers={"Authorization": header})
        assert (answer.status_code, answer.json()["code"]) == (401, "token-expired")

    def test_refuses_a_token_for_another_server(self, athlete: Person) -> None:
        partner = ThirdParty()
        for audience, status in (("https://other.example", 401), ("http://testserver", 200)):
            code = partner.code(athlete, resource=audience)
            token = partner.exchange(code).json()["access_token"]
            assert read(token, SUMMARY.format("me")).status_code == status

    @pytest.mark.parametrize("path", ["/v1/devices", "/v1/me/inbox", "/v1/athletes/me/changes"])
    def test_opens_nothing_but_the_read_addresses(self, athlete: Person, path: str) -> None:
        token = ThirdParty().connect(athlete)["access_token"]
        assert read(token, path).status_code == 401


class TestObservations:
    def test_give_the_value_as_printed_and_in_canonical_units(self, active: Person) -> None:
        token = ThirdParty().connect(active, scope="labs:read")["access_token"]
        answer = read(token, "/v1/athletes/me/observations", code="62292-8")
        (row,) = answer.json()["observations"]
        assert b'"source_value":38.2,"source_unit":"nmol/L"' in answer.content
        assert row["unit"] == "ng/mL"
        assert round(Decimal(str(row["value"])), 2) == Decimal("15.30")
        assert (row["status"], row["usable"], row["comparator"]) == ("final", True, None)
        assert row["observed_at"] == "2026-10-01T08:00:00Z"

    def test_come_in_pages_without_gap_or_double(self, athlete: Person) -> None:
        days = [f"2026-0{month}-01T08:00:00Z" for month in (5, 6, 6, 6, 7)]
        fill(athlete, *(vitamin_d(40 + n, drawn=day) for n, day in enumerate(days)))
        token = ThirdParty().connect(athlete)["access_token"]
        found = pages(token, LABS.format("me").partition("?")[0], "observations",
                      code="vitd_25oh", limit="2")  # fmt: skip
        assert [len(page) for page in found] == [2, 2, 1]
        rows = [row for page in found for row in page]
        assert len({row["id"] for row in rows}) == 5
        instants = [row["observed_at"] for row in rows]
        assert instants == sorted(instants, reverse=True)

    @pytest.mark.parametrize(
        "query",
        [
            {},
            {"code": "nothing"},
            {"code": ""},
            {"code": "vitd_25oh", "limit": "0"},
            {"code": "vitd_25oh", "limit": "1001"},
            {"code": "vitd_25oh", "cursor": "x"},
            {"code": "vitd_25oh", "cursor": "f" * 32},
            {"code": "\0"},
        ],
    )
    def test_refuse_a_query_they_can_not_answer(
        self, athlete: Person, query: dict[str, str]
    ) -> None:
        answer = athlete.get("/v1/athletes/me/observations", **query)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")


class TestWorkouts:
    def test_come_in_pages_although_some_begin_together(self, athlete: Person) -> None:
        fill(athlete, *(workout() for _ in range(5)))
        token = ThirdParty().connect(athlete)["access_token"]
        answer = read(token, WORKOUTS.format("me"), limit="2")
        assert answer["Link"].endswith('>; rel="next"')
        found = pages(token, WORKOUTS.format("me"), "workouts", limit="2")
        assert [len(page) for page in found] == [2, 2, 1]
        assert len({row["record_id"] for page in found for row in page}) == 5


class TestSummary:
    def test_is_null_before_there_is_one(self, athlete: Person) -> None:
        answer = athlete.get(SUMMARY.format(athlete.id)).json()
        assert answer == {"athlete_id": str(athlete.id), "summary": None}

    def test_is_the_one_in_the_feed(self, active: Person) -> None:
        token = ThirdParty().connect(active, scope="summary:read")["access_token"]
        rows = active.get("/v1/athletes/me/changes").json()["page"]["rows"]
        (stands,) = [row["body"] for row in rows if row["type"] == "risk_summary"]
        assert read(token, SUMMARY.format(active.id)).json()["summary"] == stands


class TestProblems:
    @pytest.mark.parametrize(
        ("method", "path", "options", "status"),
        [
            ("post", "/v1/athletes/me/summary", {"content_type": "application/json"}, 405),
            ("get", "/v1/athletes/me/summary", {"headers": {"Accept": "text/html"}}, 406),
            ("post", "/v1/auth/sign-in", {"content_type": "text/plain"}, 415),
            ("post", "/v1/auth/sign-in", {"content_type": "application/json"}, 400),
            ("get", "/v1/nothing", {}, 404),
        ],
    )
    def test_are_json_whatever_went_wrong(
        self, athlete: Person, method: str, path: str, options: dict[str, Any], status: int
    ) -> None:
        headers = {**athlete.headers, **options.pop("headers", {})}
        data = {"data": "{"} if method == "post" else {}
        answer = getattr(Browser(), method)(path, **data, **options, headers=headers)
        assert answer.status_code == status
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == status

    def test_tell_a_body_that_is_too_large(self) -> None:
        body = '{"email": "' + "x" * (5 * 1024 * 1024) + '"}'
        answer = Browser().post("/v1/auth/sign-in", body, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (413, "request-too-large")
