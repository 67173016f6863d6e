"""What a person copied from FRAX: checked, stored and shown, never computed."""

from backend.contract import Model
from backend.inputs import Inputs
from backend.results import Result, ok
from backend.screens.tables import POINTS

MOST_PCT = 100


def frax_errors(
    *, age_at_calc: float, mof_pct: float | None, hip_pct: float | None, country_model: str | None
) -> list[str]:
    """Return what can not be so in a FRAX result, sorted; an empty list accepts it.

    A hip fracture is one of the major fractures, so its probability is never the larger one.
    """
    low, high = POINTS.frax_from_y.value, POINTS.frax_to_y.value
    wrong = {
        "age_outside_40_90": not low <= age_at_calc <= high,
        "mof_pct_out_of_range": mof_pct is not None and not 0 <= mof_pct <= MOST_PCT,
        "hip_pct_out_of_range": hip_pct is not None and not 0 <= hip_pct <= MOST_PCT,
        "hip_exceeds_mof": hip_pct is not None and mof_pct is not None and hip_pct > mof_pct,
        "country_model_missing": not (country_model or "").strip(),
    }
    return sorted(error for error, found in wrong.items() if found)


def frax_validate(given: Inputs) -> Result:
    """Return ``accepted`` and the ``errors`` of a stored result; see ``frax_errors``.

    A country model that was not given is one of the errors, not a missing input.
    """
    given.need("age_at_calc")
    errors = frax_errors(
        age_at_calc=given.number("age_at_calc"),
        mof_pct=given.optional_number("mof_pct"),
        hip_pct=given.optional_number("hip_pct"),
        country_model=given.text("country_model") if "country_model" in given else None,
    )
    return ok(accepted=not errors, errors=errors)


MODELS = (
    Model(
        key="screen.frax_validate",
        fn=frax_validate,
        inputs=("age_at_calc",),
        optional=("mof_pct", "hip_pct", "country_model"),
        outputs=("accepted", "errors"),
        grade="ENG",
        citation="our convention; FRAX itself is not computed",
        section="6.5",
    ),
)
