"""Any method at any address of the contract: an operation of it, or refused as a problem."""

import json
import re

import pytest
from django.test import Client

from tests.conftest import Person
from tests.contract.holding import CONTRACT, PROBLEM

# Methods of HTTP and of nothing, and names that views have for something else.
OTHERS = ("OPTIONS", "TRACE", "BREW", "DISPATCH", "MARK")
ELSEWHERE = {"/v1/stream"}  # another process answers
PATHS = sorted(set(CONTRACT["paths"]) - ELSEWHERE)


def _address(path: str, named: str) -> str:
    return re.sub(r"\{[^}]+\}", named, path)


class TestMethodsOfNoOperation:
    @pytest.mark.parametrize("named", ["00000000-0000-4000-8000-000000000000", "x"])
    @pytest.mark.parametrize("method", OTHERS)
    def test_are_refused_and_told_which_there_are(
        self, athlete: Person, method: str, named: str
    ) -> None:
        client = Client(raise_request_exception=False)
        for path in PATHS:
            known = {name.upper() for name in CONTRACT["paths"][path]}
            if method in known:
                continue
            answer = client.generic(method, _address(path, named), headers=athlete.headers)
            assert answer.status_code in (404, 405), (path, answer.status_code)
            assert answer["Content-Type"] == PROBLEM, path
            if answer.status_code == 405:
                assert json.loads(answer.content)["code"] == "method-not-allowed"
                told = set(answer["Allow"].split(", "))
                assert told == known | ({"HEAD"} if "GET" in known else set()), path

    def test_nobody_learns_more(self) -> None:
        for path in PATHS:
            for method in OTHERS[:2]:
                if method.lower() not in CONTRACT["paths"][path]:
                    answer = Client().generic(method, _address(path, "me"))
                    assert answer.status_code in (401, 404, 405), (method, path)


class TestHead:
    def test_is_the_get_without_its_body(self, athlete: Person) -> None:
        for path in PATHS:
            if "get" in CONTRACT["paths"][path]:
                address = _address(path, "me")
                got = Client().get(address, headers=athlete.headers)
                head = Client().head(address, headers=athlete.headers)
                assert (head.status_code, head.content) == (got.status_code, b""), path


class TestUploadsOptions:
    @pytest.mark.parametrize("named", ["00000000-0000-4000-8000-000000000000", "x"])
    def test_answer_what_the_contract_names(self, named: str) -> None:
        answer = Client().generic("OPTIONS", f"/v1/uploads/{named}")
        path = CONTRACT["paths"]["/v1/uploads/{upload_id}"]
        assert str(answer.status_code) in path["options"]["responses"]
