"""The models as anybody can list and run them."""

import json
import secrets
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from limits import RateLimitItemPerMinute

from apps.common import limits
from backend.models import REGISTRY
from backend.units import unit_in

VECTORS = json.loads(Path("tests/data/science-vectors.json").read_text("utf-8"))["vectors"]
BUILT = [vector for vector in VECTORS if vector["model"] in REGISTRY]
EXAMPLES = {vector["model"]: vector for vector in BUILT}


ADDRESSES = ip_network("10.0.0.0/8").hosts()


def run(key: str, body: object) -> Any:
    """Ask for one run, from an address nobody asked from before."""
    client = Client(REMOTE_ADDR=str(next(ADDRESSES)))
    return client.post(f"/v1/models/{key}/run", body, content_type="application/json")


class TestList:
    def test_names_every_model_with_what_it_rests_on(self) -> None:
        answer = Client().get("/v1/models")
        told = answer.json()
        assert told["algorithm_version"] == "msbs-1.0.0"
        assert [one["key"] for one in told["models"]] == sorted(REGISTRY)
        vitd = next(one for one in told["models"] if one["key"] == "lab.vitd_class")
        assert vitd["inputs"] == [
            {"name": "ng_ml", "unit": "ng/mL", "required": True},
            {"name": "scheme", "unit": None, "required": False},
        ]
        assert (vitd["evidence"], vitd["section"]) == ("GL", "4.3")
        assert "10.1210/jc.2011-0385" in vitd["citation"]

    def test_is_not_sent_twice(self) -> None:
        tag = Client().get("/v1/models")["ETag"]
        again = Client().get("/v1/models", headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")


class TestRun:
    @pytest.mark.parametrize("key", sorted(REGISTRY))
    def test_says_what_the_published_example_says(self, key: str) -> None:
        example = EXAMPLES[key]
        answer = run(key, {"inputs": example["inputs"]})
        assert answer.status_code == 200
        assert answer.json()["model"] == key
        assert answer.json()["result"]["status"] == example["expected"]["status"]
        assert answer["Cache-Control"] == "no-store"

    def test_tells_what_is_missing(self) -> None:
        assert run("lab.vitd_class", {"inputs": {}}).json()["result"] == {
            "status": "missing_input",
            "missing": ["ng_ml"],
        }

    def test_knows_no_other_models(self) -> None:
        assert run("load.score", {"inputs": {}}).status_code == 404

    @pytest.mark.parametrize(
        "body",
        [b"", b"[]", b"{}", b'{"inputs": {"ng_ml": NaN}}', b'{"inputs": 3}', b"{", b"\xff",
         b'{"inputs": {}, "more": 1}', b'{"inputs": ' + b"[" * 100_000 + b"}"],
    )  # fmt: skip
    def test_refuses_what_is_no_question(self, body: bytes) -> None:
        answer = run("lab.vitd_class", body)
        assert answer.status_code in (400, 415, 422)
        assert answer["Content-Type"] == "application/problem+json"

    def test_may_be_asked_so_often(self, monkeypatch: pytest.MonkeyPatch) -> None:
        few = RateLimitItemPerMinute(2)
        monkeypatch.setitem(limits.ATTEMPTS, "model", few)
        client = Client(REMOTE_ADDR=f"2001:db8::{secrets.token_hex(2)}:{secrets.token_hex(2)}")
        answers = [
            client.post(
                "/v1/models/lab.vitd_class/run", {"inputs": {}}, content_type="application/json"
            ).status_code
            for _ in range(3)
        ]
        assert answers == [200, 200, 429]


class TestUnits:
    @pytest.mark.parametrize(
        ("name", "unit"),
        [
            ("body_mass_kg", "kg"), ("almi_kg_m2", "kg/m2"), ("alm_kg", "kg"), ("gait_m_s", "m/s"),
            ("chair_stand_5x_s", "s"), ("height_m", "m"), ("cvi_pct", "%"), ("age", "a"),
            ("scheme", None), ("sex", None), ("flags", None),
        ],
    )  # fmt: skip
    def test_stand_in_the_names(self, name: str, unit: str | None) -> None:
        assert unit_in(name) == unit
