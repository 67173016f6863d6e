"""Every model by its stable key, and the one way to run one."""

from collections.abc import Mapping

from backend.bone.models import MODELS as BONE
from backend.contract import Model
from backend.errors import CoreError
from backend.inputs import Inputs, Stop
from backend.labs.models import MODELS as LAB
from backend.loading.acceleration import MODELS as LOADING_ACCELERATION
from backend.loading.bands import MODELS as LOADING_BANDS
from backend.loading.bpaq import MODELS as LOADING_BPAQ
from backend.loading.forces import MODELS as LOADING_FORCES
from backend.loading.stimulus import MODELS as LOADING_STIMULUS
from backend.loading.units import MODELS as LOADING_UNITS
from backend.loading.volume import MODELS as LOADING_VOLUME
from backend.muscle.models import MODELS as MUSCLE
from backend.nutrition.models import MODELS as NUTRITION
from backend.reminding.activity import MODELS as REMINDING_ACTIVITY
from backend.reminding.dxa import MODELS as REMINDING_DXA
from backend.reminding.laboratory import MODELS as REMINDING_LABORATORY
from backend.reminding.models import MODELS as REMINDING
from backend.results import Result
from backend.screens.models import MODELS as SCREENS
from backend.summary.models import MODELS as SUMMARY

REGISTRY: dict[str, Model] = {
    model.key: model
    for model in (
        *LOADING_FORCES,
        *LOADING_UNITS,
        *LOADING_BANDS,
        *LOADING_VOLUME,
        *LOADING_ACCELERATION,
        *LOADING_STIMULUS,
        *LOADING_BPAQ,
        *MUSCLE,
        *BONE,
        *LAB,
        *NUTRITION,
        *SCREENS,
        *SUMMARY,
        *REMINDING,
        *REMINDING_LABORATORY,
        *REMINDING_ACTIVITY,
        *REMINDING_DXA,
    )
}


class UnknownModel(CoreError):
    """No model has this key."""

    code = "models.unknown"


def run(key: str, inputs: Mapping[str, object]) -> Result:
    """Return the result object of one model.

    Args:
        key: stable key such as ``load.session_blu``.
        inputs: keyword inputs by name; absent and null are the same, others are ignored.
            Days are dates or ISO 8601 text, instants carry an offset.
    Returns:
        ``status`` ``ok`` with the model's outputs, ``missing_input`` with a sorted
        ``missing``, ``not_applicable`` with ``reason``, or ``out_of_range`` with ``field``.
        Plain values only: numbers, text, booleans, lists, dictionaries and None.
    Raises:
        UnknownModel: no such key. Nothing else, whatever the inputs hold.
    """
    model = REGISTRY.get(key)
    if model is None:
        raise UnknownModel(f"no model has the key {key!r}")
    return compute(model, inputs)


def compute(model: Model, inputs: Mapping[str, object]) -> Result:
    """Return the result object of ``model``; see ``run``."""
    try:
        return model.fn(Inputs(inputs))
    except Stop as stop:
        return stop.result


__all__ = ["REGISTRY", "Model", "UnknownModel", "compute", "run"]
