"""What is told of the models, and what they are asked."""

import msgspec

from backend.contract import Model
from backend.units import unit_in

Json = dict[str, object]


class ModelValue(msgspec.Struct, frozen=True):
    """One input or output. ``unit`` is UCUM, null where there is none or the value has parts."""

    name: str
    unit: str | None


class ModelInput(ModelValue, frozen=True):
    """One input; one that is not required may be absent or null."""

    required: bool


class ModelEntry(msgspec.Struct, frozen=True):
    """One model of the science behind the summary.

    ``evidence`` is RCT (trial), GL (guideline), COH (cohort), XS (cross-sectional), MECH
    (mechanism) or ENG (our convention); ``section`` is that of the science reference.
    """

    key: str
    version: str
    summary: str
    inputs: tuple[ModelInput, ...]
    outputs: tuple[ModelValue, ...]
    evidence: str
    citation: str
    section: str


class ModelList(msgspec.Struct, frozen=True):
    """Every model by its key, and the version of the algorithm they make up."""

    algorithm_version: str
    models: tuple[ModelEntry, ...]


class ModelQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Inputs of one run, by name; see the model's entry."""

    inputs: Json


class ModelRun(msgspec.Struct, frozen=True):
    """What a model says: ``status`` is ok, missing_input, not_applicable or out_of_range.

    With ``ok`` come the model's outputs, with ``missing_input`` the names in ``missing``, with
    ``not_applicable`` a ``reason``, with ``out_of_range`` the ``field`` that cannot be true.
    """

    model: str
    version: str
    result: Json


def entry(model: Model) -> ModelEntry:
    """Return what is told of a model."""
    lines = (model.fn.__doc__ or "").strip().splitlines()
    asked = [(name, True) for name in model.inputs] + [(name, False) for name in model.optional]
    return ModelEntry(
        key=model.key,
        version=model.version,
        summary=lines[0].replace("``", "") if lines else "",
        inputs=tuple(ModelInput(name, unit_in(name), needed) for name, needed in asked),
        outputs=tuple(ModelValue(name, unit_in(name)) for name in model.outputs),
        evidence=model.grade,
        citation=model.citation,
        section=model.section,
    )
