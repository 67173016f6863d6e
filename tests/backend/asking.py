"""What the tests of the models say of a result."""

from backend.models import run
from backend.results import Result


def missing(*names: str) -> Result:
    """The result for inputs that were not given."""
    return {"status": "missing_input", "missing": list(names)}


def wrong(field: str) -> Result:
    """The result for a value that can not be true."""
    return {"status": "out_of_range", "field": field}


def refused(reason: str) -> Result:
    """The result for a person or sample the model is not meant for."""
    return {"status": "not_applicable", "reason": reason}


def ask(key: str, base: dict[str, object], **change: object) -> Result:
    """The result of a model for usual inputs with a change."""
    return run(key, base | change)
