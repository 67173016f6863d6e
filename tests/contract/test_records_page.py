"""The page of record types, and the published bodies, say what the records say."""

import json
from typing import Any

import pytest
from django.core.management import call_command

from backend.records import REGISTRY
from backend.records.base import RecordType
from backend.records.table import page
from tests.conftest import ROOT


class TestPage:
    def test_is_the_committed_one(self) -> None:
        call_command("records_page", "--check")

    def test_has_every_field_of_every_type(self) -> None:
        for kind in REGISTRY.values():
            section = page().split(f"## `{kind.name}`\n")[1].split("\n## ")[0]
            own = set(kind.body.__struct_fields__) - {"source", "note", "blobs"}
            assert own <= {line.split("`")[1] for line in section.splitlines() if line[:3] == "| `"}

    def test_says_who_may_see_a_type(self) -> None:
        assert "shared as `cycle`, granted apart" in page()
        assert page().count("never shared") == sum(
            kind.category is None for kind in REGISTRY.values()
        )


def published() -> dict[str, Any]:
    """Return the schemas of the committed contract."""
    contract = json.loads((ROOT / "tests" / "contract" / "openapi.json").read_text())
    return dict(contract["components"]["schemas"])


@pytest.mark.parametrize("kind", REGISTRY.values(), ids=lambda kind: kind.name)
class TestBodies:
    def test_are_told_apart_by_their_type_in_rows_and_results(self, kind: RecordType) -> None:
        schemas = published()
        for envelope in ("Row", "RecordState"):
            choice = schemas[envelope]["discriminator"]["mapping"][kind.name].split("/")[-1]
            assert schemas[choice]["properties"]["type"]["const"] == kind.name
            body = schemas[choice]["properties"]["body"]["$ref"].split("/")[-1]
            assert set(schemas[body]["properties"]) == set(kind.body.__struct_fields__)

    def test_describe_every_field(self, kind: RecordType) -> None:
        schemas = published()
        properties = schemas[kind.body.__name__]["properties"]
        assert all(field["description"] for field in properties.values())
