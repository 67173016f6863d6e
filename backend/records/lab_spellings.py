"""How older apps spell a `lab_result` (schema 1)."""

from typing import Any

import msgspec
from msgspec import Raw

from backend.records.base import Fields
from backend.records.converting import renamed, turned

LOINC = "http://loinc.org"
NAMES = {
    "specimen_at": "collected_at",
    "unit_source": "unit",
    "flag_source": "flag",
    "laboratory": "lab",
}


def _to_codes(fields: Fields) -> Fields:
    """1 to 2: one LOINC code became a list of codings; the original's names lost their suffix."""
    fields = renamed(fields, NAMES)
    code = _decoded(fields.get("loinc"), str)
    if code is None:
        return fields
    codings = _decoded(fields.get("codes"), list[dict[str, Raw]]) or []
    first = _first_loinc(codings)
    if first is None:
        codings = [_coding(code), *codings]
    elif _decoded(codings[first].get("code"), str) != code:
        codings = [*codings[:first], _coding(code), *codings[first + 1 :]]
    kept = {name: raw for name, raw in fields.items() if name != "loinc"}
    return {**kept, "codes": Raw(msgspec.json.encode(codings))}


def _to_loinc(fields: Fields) -> Fields:
    """2 to 1: the first LOINC code stands alone; the codings stay for the way back."""
    fields = renamed(fields, turned(NAMES))
    codings = _decoded(fields.get("codes"), list[dict[str, Raw]]) or []
    first = _first_loinc(codings)
    if first is None or "code" not in codings[first]:
        return {name: raw for name, raw in fields.items() if name != "loinc"}
    return {**fields, "loinc": codings[first]["code"]}


def _coding(code: str) -> dict[str, Raw]:
    encode = msgspec.json.encode
    return {"system": Raw(encode(LOINC)), "code": Raw(encode(code))}


def _first_loinc(codings: list[dict[str, Raw]]) -> int | None:
    for index, coding in enumerate(codings):
        if _decoded(coding.get("system"), str) == LOINC:
            return index
    return None


def _decoded(raw: Raw | None, kind: Any) -> Any:
    """Return a field's value, or None when it is absent or of another form."""
    try:
        return None if raw is None else msgspec.json.decode(raw, type=kind)
    except msgspec.DecodeError:
        return None


UP = {1: _to_codes}
DOWN = {2: _to_loinc}
