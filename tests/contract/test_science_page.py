"""The science page says what the models read."""

import re

import pytest
from django.core.management import call_command

from backend.labs.analytes import ANALYTES
from backend.loading.tables import JUMPS, SPORTS
from backend.models import REGISTRY
from backend.reminding.catalogue import RULES
from backend.science.markdown import constants, table
from backend.science.page import PageBroken, filled
from backend.science.tables import TABLES
from backend.tables import Constant, Limits
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "science.md").read_text("utf-8")


class TestPage:
    def test_is_up_to_date(self) -> None:
        call_command("science_page", "--check")

    def test_has_every_model_under_a_heading_that_it_names(self) -> None:
        headings = set(re.findall(r"^### (\d+\.\d+) ", PAGE, re.MULTILINE))
        for model in REGISTRY.values():
            assert f"| `{model.key}` {model.version} |" in PAGE
            assert model.section in headings

    @pytest.mark.parametrize("keys", [SPORTS, JUMPS, ANALYTES, RULES], ids=lambda keys: len(keys))
    def test_has_every_row_of_the_tables(self, keys: dict[str, object]) -> None:
        assert [key for key in keys if f"`{key}`" not in PAGE] == []

    def test_has_tables_in_which_every_row_is_as_wide_as_its_head(self) -> None:
        for name, made in TABLES.items():
            rows = [line for line in made().splitlines() if line.startswith("|")]
            bars = {len(re.findall(r"(?<!\\)\|", row)) for row in rows}
            assert (name, len(bars)) == (name, 1)
            assert len(rows) > 2

    def test_says_how_far_every_value_was_checked_and_where_it_is_from(self) -> None:
        rows = [
            [cell.strip() for cell in line.strip("|").split("|")]
            for made in (table() for table in TABLES.values())
            if "support | source" in made
            for line in made.splitlines()
            if line.startswith("| ") and not line.startswith(("| ---", "| constant", "|  |"))
        ]
        told = [row[-2:] for row in rows if row[-2:] != ["support", "source"]]
        assert len(told) > 300
        assert [row for row in told if not set(row[0]) <= set("VMDE/") or not row[1]] == []


class TestFilled:
    def test_changes_nothing_the_second_time(self) -> None:
        assert filled(filled(PAGE)) == filled(PAGE)

    def test_puts_right_what_was_edited_by_hand(self) -> None:
        edited = PAGE.replace("| `running` |", "| `runing` |")
        assert edited != PAGE
        assert filled(edited) == PAGE

    @pytest.mark.parametrize(
        "broken",
        [
            PAGE.replace("<!-- made: jumps -->", ""),
            PAGE.replace("<!-- made: jumps -->", "<!-- made: leaps -->"),
            PAGE + "<!-- made: jumps -->\n<!-- end -->\n",
            PAGE + "<!-- made: jumps -->\n",
        ],
        ids=["none", "unknown", "twice", "without end"],
    )
    def test_refuses_markers_that_do_not_match_the_tables(self, broken: str) -> None:
        with pytest.raises(PageBroken):
            filled(broken)


class TestTable:
    def test_escapes_bars(self) -> None:
        assert table(("a",), [("x|y",)]).splitlines()[-1] == r"| x\|y |"

    def test_writes_numbers_as_they_stand_in_the_data(self) -> None:
        told = constants(Constant(2.2046226218, "E", "s")).splitlines()[-1]
        assert told == "| `` | 2.2046226218 | E | s |"
        assert "| -12 to 12 |" in constants(Limits(-12.0, 12.0, "E", "s"))
