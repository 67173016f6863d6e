"""The trabecular bone score, an adjunct to density and never read alone."""

from backend.bone.tables import CONSTANTS, read_within
from backend.contract import Model
from backend.inputs import Inputs
from backend.results import Result, ok


def band_of(score: float) -> str:
    """Return the band of a trabecular bone score of a postmenopausal woman.

    Source:
        cut-offs 1.350 and 1.200; a later meta-analysis suggests 1.31 and 1.23.
    """
    if score >= CONSTANTS.tbs.normal_from.value:
        return "normal"
    return "degraded" if score <= CONSTANTS.tbs.degraded_to.value else "partially_degraded"


def tbs(given: Inputs) -> Result:
    """Return the ``band`` of ``tbs``; see ``band_of``."""
    given.need("tbs")
    return ok(band=band_of(read_within(given, "tbs", "tbs")))


MODELS = (
    Model(
        key="bone.tbs",
        fn=tbs,
        inputs=("tbs",),
        outputs=("band",),
        grade="COH",
        citation="cut-offs 1.350 and 1.200 of the score's makers, from memory",
        section="3.5",
    ),
)
