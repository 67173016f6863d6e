"""The four results a model can give; plain values, ready for JSON."""

from collections.abc import Iterable

Result = dict[str, object]


def ok(**outputs: object) -> Result:
    """Return a computed result with the model's outputs."""
    return {"status": "ok", **outputs}


def missing(names: Iterable[str]) -> Result:
    """Return that required inputs are absent or null, by name and sorted."""
    return {"status": "missing_input", "missing": sorted(set(names))}


def not_applicable(reason: str) -> Result:
    """Return that the model is not meant for this person, device or sample."""
    return {"status": "not_applicable", "reason": reason}


def out_of_range(field: str) -> Result:
    """Return that the value of ``field`` can not be true."""
    return {"status": "out_of_range", "field": field}


def number_or_none(output: object) -> float | None:
    """Return an output as a number; None for one that is absent or is none."""
    return float(output) if isinstance(output, int | float) else None
