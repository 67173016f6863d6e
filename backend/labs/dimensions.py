"""What kind of quantity a unit measures: enough to tell that two can not be the same thing."""

import re
from functools import cache, lru_cache

from backend.labs.analytes import ANALYTES, spelling

# Bases in the spelling without blanks and capitals. UCUM's [IU] and the enzyme unit are both
# an activity: laboratories print one for the other.
_BASES = {
    "g": "mass", "mol": "amount", "l": "volume", "u": "activity", "iu": "activity",
    "kat": "activity", "eq": "charge", "osm": "osmoles", "m": "length", "s": "time",
    "min": "time", "h": "time", "d": "time", "wk": "time", "a": "time", "cal": "energy",
    "j": "energy", "pa": "pressure", "bar": "pressure", "mmhg": "pressure", "n": "force",
    "hu": "attenuation", "hz": "frequency",
}  # fmt: skip
_WHOLE = {
    "%": "ratio", "1": "ratio", "ratio": "ratio", "index": "ratio", "kg/m2": "body mass index",
    "cel": "temperature", "degc": "temperature", "\u00b0c": "temperature", "bpm": "frequency",
    "lb": "mass", "lbs": "mass", "oz": "mass", "in": "length", "ft": "length",
    "ph": "acidity",
}  # fmt: skip
_PREFIXES = ("da", *"yzafpnumcdhkgt")
_PART = re.compile(r"(?:[\d.*^]*)([a-z%]+)([23]?)")


def dimension(unit: str) -> str | None:
    """Return the kind of quantity, such as ``mass/volume``, or None for an unknown text."""
    text = re.sub(r"/?\{[^}]*\}|[\[\]]", "", spelling(unit))
    if text in _WHOLE:
        return _WHOLE[text]
    kinds = [_kind(part) for part in text.split("/")]
    return "/".join(kind for kind in kinds if kind) if text and None not in kinds else None


def _kind(part: str) -> str | None:
    found = _PART.fullmatch(part)
    if found is None:
        return None
    name, power = found.groups()
    base = _BASES.get(name)
    for prefix in _PREFIXES:
        if base is None and name.startswith(prefix):
            base = _BASES.get(name.removeprefix(prefix))
    return base and base + power


@lru_cache(maxsize=4096)
def measures(analyte: str, unit: str) -> bool | None:
    """Return whether a unit can be one of an analyte's; None when it can not be told.

    It can not for a text we do not know, and for an analyte whose values stay as printed.
    """
    kind = dimension(unit)
    own = _dimensions_of(analyte)
    return None if kind is None or not own else kind in own


@cache
def _dimensions_of(analyte: str) -> frozenset[str]:
    known = ANALYTES.get(analyte)
    if known is None or known.unit is None:
        return frozenset()
    units = [known.unit, *(factor.unit for factor in known.factors)]
    units += [other for alias in known.aliases for other in alias.also]
    return frozenset(kind for unit in units if (kind := dimension(unit)))
