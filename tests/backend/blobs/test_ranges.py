"""One range of bytes, or all of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.blobs.ranges import Span, Unsatisfiable, asked_span


class TestSpan:
    @given(st.integers(0, 99), st.integers(0, 400), st.integers(1, 100))
    def test_lies_within_the_file(self, first: int, more: int, size: int) -> None:
        try:
            span = asked_span(f"bytes={first}-{first + more}", size=size)
        except Unsatisfiable:
            assert first >= size
        else:
            assert span == Span(first, min(first + more, size - 1))
            assert span.size == span.last - span.first + 1 >= 1

    @given(st.text(max_size=100), st.integers(1, 100))
    def test_is_all_when_nothing_sensible_is_asked(self, header: str, size: int) -> None:
        try:
            span = asked_span(header, size=size)
        except Unsatisfiable:
            return
        assert span is None or 0 <= span.first <= span.last < size

    @pytest.mark.parametrize("header", ["bytes=-0", "bytes=10-", "bytes=10-20"])
    def test_behind_the_end_is_none(self, header: str) -> None:
        with pytest.raises(Unsatisfiable):
            asked_span(header, size=10)
