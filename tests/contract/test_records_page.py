"""The page of record types says what the records say."""

from django.core.management import call_command

from backend.records import REGISTRY
from backend.records.table import page


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
