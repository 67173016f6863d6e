"""A member of an op that is no such thing: that op alone is refused, the others go their way."""

import json
from typing import Any

import pytest

from tests.apps.sync.ops import feed, op_id, workout
from tests.conftest import Person

BAD = [
    ("age_ms", -5, "invalid"), ("age_ms", 1.5, "invalid"), ("age_ms", 2**60, "invalid"),
    ("schema", "3", "invalid"), ("schema", -1, "invalid"), ("schema", 2**31, "invalid"),
    ("edited_at", "yesterday", "invalid"), ("edited_at", "2026-02-26T18:00:00+99:99", "invalid"),
    ("edited_at", 7, "invalid"),
    ("unset", "note", "invalid"), ("unset", [5], "invalid"), ("deleted", "no", "invalid"),
    ("rev", "1", "invalid"), ("action", 5, "invalid"), ("action", "x" * 17, "invalid"),
    ("type", 5, "unknown-type"), ("type", "x" * 65, "unknown-type"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "code"), BAD)
class TestOps:
    def test_with_a_bad_member_are_refused_alone(
        self, athlete: Person, name: str, value: Any, code: str
    ) -> None:
        before, bad, after = workout(), {**workout(), name: value}, workout()
        first = athlete.sync([before, bad, after]).json()["results"]
        assert [result["status"] for result in first] == ["applied", "rejected", "applied"]
        assert (first[1]["code"], first[1]["pointers"]) == (code, [f"/{name}"])
        assert first[1]["op"] == bad["op"]
        again = athlete.sync([before, bad, after]).json()["results"]
        assert [result["was"] for result in again] == ["applied", "rejected", "applied"]
        assert [row["id"] for row in feed(athlete) if row["type"] == "workout_session"] == [
            before["id"], after["id"],
        ]  # fmt: skip

    def test_of_a_group_take_it_with_them(
        self, athlete: Person, name: str, value: Any, code: str
    ) -> None:
        group = op_id()
        ops = [{**workout(), "group": group}, {**workout(), "group": group, name: value}]
        results = athlete.sync(ops).json()["results"]
        assert [result["status"] for result in results] == ["blocked", "rejected"]
        assert results[1]["code"] == code


class TestWhatIsLeft:
    @pytest.mark.parametrize("name", ["type", "action"])
    def test_out_is_told_like_what_is_bad(self, athlete: Person, name: str) -> None:
        bad, good = workout(), workout()
        del bad[name]
        results = athlete.sync([bad, good]).json()["results"]
        assert [result["status"] for result in results] == ["rejected", "applied"]
        assert results[0]["pointers"] == [f"/{name}"]

    @pytest.mark.parametrize("name", ["op", "id", "base", "group"])
    def test_without_an_id_says_nothing(self, athlete: Person, name: str) -> None:
        answer = athlete.sync([workout(), {**workout(), "schema": "3", name: "zz"}])
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed-request")
        assert [row for row in feed(athlete) if row["type"] == "workout_session"] == []

    @pytest.mark.parametrize("other", [None, 5, "x", []])
    def test_of_what_is_no_op_at_all_says_nothing(self, athlete: Person, other: Any) -> None:
        answer = athlete.sync([workout(), other])
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed-request")

    @pytest.mark.parametrize("rest", ["", ", oops}", "]", '], "ops": 5}', "[" * 100_000])
    def test_after_it_of_no_json_says_nothing(self, athlete: Person, rest: str) -> None:
        ops = json.dumps([{**workout(), "schema": "3"}])[:-1]
        body = f'{{"protocol": 1, "request": "{op_id()}", "ops": {ops}, {{}}{rest}'
        answer = athlete.post("/v1/athletes/me/sync", body)
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed-request")

    def test_of_the_envelope_is_still_told(self, athlete: Person) -> None:
        answer = athlete.sync([{**workout(), "schema": "3"}], surprise=1)
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown-field")
        answer = athlete.sync([{**workout(), "schema": "3"} for _ in range(2_001)])
        assert (answer.status_code, answer.json()["code"]) == (413, "request-too-large")

    def test_of_a_leap_second_is_the_instant_after_it(self, athlete: Person) -> None:
        op = {**workout(), "edited_at": "2016-12-31T23:59:60Z"}
        assert athlete.sync([op]).json()["results"][0]["status"] == "applied"
        told = athlete.get(f"/v1/athletes/me/records/{op['id']}").json()
        assert told["edited_at"] == "2017-01-01T00:00:00Z", json.dumps(told)
