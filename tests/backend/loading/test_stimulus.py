"""The daily stress stimulus."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.models import run
from tests.backend.loading.edges import missing, wrong

BLOCKS = st.lists(
    st.fixed_dictionaries({"bw": st.floats(0, 20), "cycles": st.floats(0, 1e6)}), max_size=5
)


def psi(*blocks: tuple[float, float], **change: object) -> Any:
    rows = [{"bw": bw, "cycles": cycles} for bw, cycles in blocks]
    return run("load.stress_stimulus", {"blocks": rows} | change)


class TestStressStimulus:
    def test_the_exponent_is_4_unless_given(self) -> None:
        assert psi((4, 50)) == psi((4, 50), m=4)
        assert psi((4, 50), m=None)["psi"] == pytest.approx((50 * 4**4) ** 0.25)

    def test_with_1_it_is_the_plain_sum(self) -> None:
        assert psi((4, 50), (1.2, 10), m=1)["psi"] == pytest.approx(212)

    @pytest.mark.parametrize("blocks", [[], [(4, 0)], [(0, 50)], [(4, -5)]])
    def test_nothing_felt_is_zero(self, blocks: Any) -> None:
        assert psi(*blocks) == {"status": "ok", "psi": 0.0}

    def test_a_large_exponent_finds_the_largest_force(self) -> None:
        assert psi((4, 1), (3.9, 1), m=1e6)["psi"] == pytest.approx(4)

    @pytest.mark.parametrize(
        ("inputs", "expected"),
        [
            ({"m": -1}, missing("blocks")),
            ({"blocks": [{"bw": -1}]}, missing("cycles")),
            ({"blocks": [{"bw": -1, "cycles": 3}]}, wrong("bw")),
            ({"blocks": [], "m": 0}, wrong("m")),
            ({"blocks": [{"bw": 4, "cycles": 6000}], "m": 1e-9}, wrong("m")),
            ({"blocks": [], "m": True}, wrong("m")),
            ({"blocks": {}}, wrong("blocks")),
        ],
    )
    def test_checks_in_order(self, inputs: Any, expected: Any) -> None:
        assert run("load.stress_stimulus", inputs) == expected

    @given(blocks=BLOCKS)
    def test_splitting_a_block_changes_nothing(self, blocks: Any) -> None:
        halves = [one | {"cycles": one["cycles"] / 2} for one in blocks for _ in range(2)]
        whole, split = (run("load.stress_stimulus", {"blocks": b})["psi"] for b in (blocks, halves))
        assert split == pytest.approx(whole)

    @given(blocks=BLOCKS, factor=st.floats(0.1, 10))
    def test_scales_with_force(self, blocks: Any, factor: Any) -> None:
        scaled = [one | {"bw": one["bw"] * factor} for one in blocks]
        before: Any = run("load.stress_stimulus", {"blocks": blocks})["psi"]
        assert run("load.stress_stimulus", {"blocks": scaled})["psi"] == pytest.approx(
            before * factor
        )
