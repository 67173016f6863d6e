"""How deeply a body nests is told from its brackets: the same as from its tree, whatever its texts hold."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.feed.strict import is_deeper

TEXTS = st.text(alphabet='[]{}"\\:, aé\n', max_size=6)
TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=30,
)


def levels(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(levels, value.values()), default=0)
    return 1 + max(map(levels, value), default=0) if isinstance(value, list) else 0


class TestDepth:
    @given(TREES, st.integers(0, 5), st.booleans())
    def test_is_that_of_the_tree(self, tree: Any, most: int, is_ascii: bool) -> None:
        text = json.dumps(tree, ensure_ascii=is_ascii).encode()
        assert is_deeper(text, most) == (levels(tree) > most)

    @pytest.mark.parametrize("nest", [b"[%b]", b'{"a":%b}', b'[[],%b,{"a":1}]'])
    def test_is_counted_to_the_level(self, nest: bytes) -> None:
        text = b"[]"
        for _ in range(7):
            text = nest.replace(b"%b", text)
        assert not is_deeper(text, 8)
        assert is_deeper(nest.replace(b"%b", text), 8)

    @pytest.mark.parametrize("hidden", [b'"]"', b'"}"', rb'"\"]"'])
    def test_is_not_hidden_by_brackets_in_texts(self, hidden: bytes) -> None:
        opened = b"[" + hidden + b","
        assert is_deeper(opened * 9 + b'"["' + b"]" * 9, 8)
