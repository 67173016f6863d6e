"""The daily stress stimulus, a second view for research; no band reads it."""

import math
from collections.abc import Sequence

from backend.contract import Model
from backend.inputs import Inputs, Stop
from backend.loading.tables import CONSTANTS
from backend.loading.units import read_blocks
from backend.readmodels import Block
from backend.results import Result, ok


def stress_stimulus_of(
    blocks: Sequence[Block], *, m: float = CONSTANTS.stress_exponent.value
) -> float:
    """Return psi = (sum of cycles times bw to the m) to the 1/m; body weights stand for stress.

    Blocks without cycles are dropped, as everywhere; 0 without any. ``m`` is above 0; one so
    small that no double holds the result gives infinity.
    Source:
        Carter, Fyhrie & Whalen 1987, J Biomech; animal and theoretical work.
    """
    kept = [block for block in blocks if block.cycles > 0]
    largest = max((block.bw for block in kept), default=0.0)
    if largest <= 0:
        return 0.0
    # Relative to the largest force no power overflows, however large m is.
    relative = math.fsum(block.cycles * (block.bw / largest) ** m for block in kept)
    try:
        return float(largest * relative ** (1 / m))
    except OverflowError:
        return math.inf


def stress_stimulus(given: Inputs) -> Result:
    """Return ``psi`` of ``blocks`` [{bw, cycles}]; see ``stress_stimulus_of``."""
    given.need("blocks")
    blocks = read_blocks(given)
    m = given.optional_number("m", low=0, above=True)
    psi = stress_stimulus_of(blocks) if m is None else stress_stimulus_of(blocks, m=m)
    if not math.isfinite(psi):
        raise Stop.out_of_range("m")
    return ok(psi=psi)


MODELS = (
    Model(
        key="load.stress_stimulus",
        fn=stress_stimulus,
        inputs=("blocks",),
        optional=("m",),
        outputs=("psi",),
        grade="MECH",
        citation="Carter, Fyhrie & Whalen 1987, J Biomech",
        section="1.7",
    ),
)
