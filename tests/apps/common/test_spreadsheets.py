"""Cells that nothing runs, and that stay within their cell."""

import pytest

from apps.common.spreadsheets import harmless


class TestHarmless:
    @pytest.mark.parametrize(
        ("cell", "written"),
        [
            ("Kim", "Kim"),
            ("=1+1", "'=1+1"),
            ("\u202egnp.exe", "\u202egnp.exe\u202c"),
            ("\u202eclosed\u202c", "\u202eclosed\u202c"),
            ("\u2067a\u202bb", "\u2067a\u202bb\u202c\u2069"),
            ("\u2067a\u202bb\u2069", "\u2067a\u202bb\u2069"),
            ("\u202ea\u2069", "\u202ea\u2069\u202c"),  # closes nothing
            ("\u2066a\u202c", "\u2066a\u202c\u2069"),  # neither does this
            ("\u05e9\u05dc\u05d5\u05dd", "\u05e9\u05dc\u05d5\u05dd"),
        ],
    )
    def test_closes_what_it_opens_and_runs_nothing(self, cell: str, written: str) -> None:
        assert harmless(cell) == written
