"""Names from outside, made safe whatever they were."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from backend.blobs.names import LONGEST, safe_file_name


class TestSafeName:
    @given(st.text(max_size=400))
    def test_is_short_plain_and_never_empty(self, name: str) -> None:
        safe = safe_file_name(name, otherwise="file.bin")
        assert 1 <= len(safe) <= LONGEST
        assert not set(safe) & set('/\\:*?"<>|%')
        assert not {unicodedata.category(letter) for letter in safe} & {"Cc", "Cf", "Zl", "Zp"}
        assert not safe.startswith((".", " "))
        assert not safe.endswith((".", " "))

    @given(st.text(max_size=400))
    def test_made_safe_again_is_the_same(self, name: str) -> None:
        safe = safe_file_name(name, otherwise="file.bin")
        assert safe_file_name(safe, otherwise="file.bin") == safe

    def test_keeps_the_end_of_a_long_one(self) -> None:
        assert safe_file_name("x" * 500 + ".pdf", otherwise="").endswith("x.pdf")
