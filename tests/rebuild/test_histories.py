"""What is derived equals what a rebuild and a second person with the final records come to.

`python -m tests.rebuild` plays hundreds of other histories.
"""

import pytest

from tests.rebuild.bodies import SLOTS
from tests.rebuild.histories import Tally, made, play

QUICK = 40


class TestWhatIsDerived:
    @pytest.mark.parametrize("half", [0, 1])
    def test_depends_on_the_records_alone(self, half: int) -> None:
        tally = Tally()
        for seed in range(half, QUICK, 2):
            play(made(seed), tally, seed=seed)
        assert tally.histories == QUICK // 2
        # Were these nothing, the histories above would prove little.
        assert tally.by_kind.keys() == SLOTS.keys()
        assert min(tally.corrected, tally.deleted, tally.rows, tally.findings) > 0, tally
