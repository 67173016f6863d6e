"""Every answer of the API, in any test, is one that the contract tells of.

An operation that answers with a status or a code it does not name is found wherever a test
comes upon it. What is in a body is looked at in `test_openapi.py`.
"""

import json
from pathlib import Path
from typing import Any

from django.http import HttpRequest
from django.test import Client

CONTRACT = json.loads(Path(__file__).with_name("openapi.json").read_text("utf-8"))
PROBLEM = "application/problem+json"
NO_OPERATION = (401, 404, 405)  # nobody's, of nothing, of no such method


def hold_to_the_contract() -> None:
    """Have each request of a test client fail whose answer the contract does not tell of."""
    ask = Client.request

    def request(self: Client, **environ: Any) -> Any:
        response: Any = ask(self, **environ)
        answered = response.wsgi_request
        wrong = untold(answered, response)
        assert not wrong, f"{answered.method} {answered.path}: {wrong} is not in the contract"
        return response

    setattr(Client, "request", request)  # noqa: B010 (the class is typed, and this is no method of it)


def untold(request: HttpRequest, response: Any) -> str:
    """Return the status, or the code of the problem, that the operation does not name.

    HEAD is the GET without its body. A method that is no operation of a path of the contract is
    refused. Nothing for what is no path of it, and for a defect of ours (500).
    """
    match = request.resolver_match
    route = "" if match is None else f"/{match.route}"
    for kind in ("str", "uuid"):
        route = route.replace(f"<{kind}:", "{").replace(">", "}")
    path, method = CONTRACT["paths"].get(route), (request.method or "").lower()
    if path is None or response.status_code == 500:
        return ""
    operation = path.get(method, path.get("get") if method == "head" else None)
    if operation is None:
        status = response.status_code
        return "" if status in NO_OPERATION else f"the status {status} of what is no operation"
    told = operation["responses"].get(str(response.status_code))
    if told is None:
        return f"the status {response.status_code}"
    if response.get("Content-Type") != PROBLEM or request.method == "HEAD":
        return ""  # no problem, or one without its body
    shared = CONTRACT["components"]["responses"].get(told.get("$ref", "").rpartition("/")[2], told)
    code = json.loads(response.content)["code"]
    named = shared.get("content", {}).get(PROBLEM, {}).get("examples", {})
    return "" if code in named else f"the code {code}"
