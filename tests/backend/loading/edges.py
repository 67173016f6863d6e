"""The two refusals that the tests of loading models expect."""


def missing(*names: str) -> dict[str, object]:
    return {"status": "missing_input", "missing": list(names)}


def wrong(field: str) -> dict[str, object]:
    return {"status": "out_of_range", "field": field}
