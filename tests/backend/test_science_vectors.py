"""Every published worked example of the models."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.models import REGISTRY, UnknownModel, run

VECTORS = json.loads(
    (Path(__file__).parent.parent / "data" / "science-vectors.json").read_text("utf-8")
)["vectors"]


def matches(got: object, expected: object, tolerance: dict[str, float]) -> bool:
    """Tell whether a result is the expected one, numbers within the vector's tolerance."""
    if isinstance(expected, bool) or isinstance(got, bool):
        return got is expected
    if isinstance(expected, int | float) and isinstance(got, int | float):
        slack = max(tolerance["abs"], tolerance["rel"] * abs(expected))
        return abs(got - expected) <= slack
    if isinstance(expected, dict) and isinstance(got, dict):
        same = got.keys() == expected.keys()
        return same and all(matches(got[key], expected[key], tolerance) for key in expected)
    if isinstance(expected, list) and isinstance(got, list):
        pairs = zip(got, expected, strict=False)
        return len(got) == len(expected) and all(matches(a, b, tolerance) for a, b in pairs)
    return got == expected


class TestWorkedExamples:
    @pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
    def test_match_the_published_result(self, vector: Any) -> None:
        result = run(vector["model"], vector["inputs"])
        assert matches(result, vector["expected"], vector["tolerance"]), result

    def test_are_there_for_every_model(self) -> None:
        assert {vector["model"] for vector in VECTORS} == set(REGISTRY)


class TestRegistry:
    def test_refuses_an_unknown_key(self) -> None:
        with pytest.raises(UnknownModel):
            run("load.score", {})

    @pytest.mark.parametrize("model", REGISTRY.values(), ids=lambda model: model.key)
    def test_says_what_a_model_rests_on(self, model: Any) -> None:
        assert model.grade in {"RCT", "GL", "COH", "XS", "MECH", "ENG"}
        assert model.citation
        assert model.section
        assert model.outputs

    @pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
    def test_declares_what_the_examples_give_and_get(self, vector: Any) -> None:
        model = REGISTRY[vector["model"]]
        assert set(vector["inputs"]) <= {*model.inputs, *model.optional}
        if vector["expected"]["status"] == "ok":
            assert set(vector["expected"]) - {"status"} <= set(model.outputs)

    @pytest.mark.parametrize("model", REGISTRY.values(), ids=lambda model: model.key)
    @given(data=st.data())
    def test_never_raises_whatever_it_is_given(self, model: Any, data: Any) -> None:
        inputs = data.draw(_inputs_of(model.key))
        assert run(model.key, inputs)["status"] in {
            "ok", "missing_input", "not_applicable", "out_of_range",
        }  # fmt: skip


ANYTHING = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.text(max_size=12)
    | st.dates()
    | st.datetimes()
    | st.lists(st.none() | st.floats() | st.text(max_size=4), max_size=3)
    | st.sampled_from(["squat", "running", "2026-01-01T00:00:00+00:00", "9999-12-31", "vitd_25oh"])
)
INNER = st.dictionaries(
    st.sampled_from(["bw", "cycles", "start", "end", "blocks", "level", "A", "B", "C"]), ANYTHING
)
VALUES = ANYTHING | st.lists(INNER, max_size=3) | INNER


@cache
def _inputs_of(key: str) -> st.SearchStrategy[dict[str, Any]]:
    """What a model may be given; made once, as making it takes longer than drawing from it."""
    names = [*REGISTRY[key].inputs, *REGISTRY[key].optional]
    return st.fixed_dictionaries({}, optional=dict.fromkeys(names, VALUES))
