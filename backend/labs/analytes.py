"""The analytes we know: codes, units, exact conversion and what can be true."""

import math
from collections.abc import Sequence
from decimal import Context, Decimal
from functools import lru_cache
from typing import Literal

import msgspec

from backend.tables import read_table

MICRO_SIGNS = str.maketrans({"\u00b5": "u", "\u03bc": "u"})  # the sign and the Greek letter
EXACT = Context(prec=28)
ADULT_FROM_Y = 18


class LoincCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One code a laboratory may send for the analyte."""

    code: str
    note: str
    support: str


class UnitAlias(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Other spellings of ``unit``, and units of the same size."""

    unit: str
    also: tuple[str, ...]


class Factor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a value in ``unit`` becomes canonical: times ``multiply`` or over ``divide``."""

    unit: str
    support: str
    source: str
    multiply: Decimal | None = None
    divide: Decimal | None = None


class Interval(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits in the canonical unit."""

    support: str
    source: str
    low: Decimal | None = None
    high: Decimal | None = None


class Reference(Interval, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What healthy adults show; None stands for anyone, any age, any assay."""

    sex: Literal["female", "male"] | None = None
    from_y: int | None = None
    to_y: int | None = None
    menopause: Literal["pre", "post"] | None = None
    assay: str | None = None
    high_included: bool = True

    def side(self, value: Decimal) -> Literal["below", "within", "above"]:
        """Return where a value in the canonical unit lies."""
        if self.low is not None and value < self.low:
            return "below"
        if self.high is None or value < self.high or (self.high_included and value == self.high):
            return "within"
        return "above"


class Variation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Variation within (CVi) and between (CVg) people, in percent."""

    group: str
    cvi_pct: Decimal
    support: str
    source: str
    cvg_pct: Decimal | None = None


class Analyte(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of the table; see the head of ``analytes.toml``.

    ``label`` is English, ``labels`` are those of other languages.
    Values above ``acute_above`` say that the body was fighting something that day.
    """

    key: str
    label: str
    labels: dict[str, str] = {}
    unit: str | None = None
    loinc: tuple[LoincCode, ...] = ()
    local_codes: tuple[str, ...] = ()
    excluded_codes: tuple[str, ...] = ()
    aliases: tuple[UnitAlias, ...] = ()
    factors: tuple[Factor, ...] = ()
    plausible: Interval | None = None
    fallback: tuple[Reference, ...] = ()
    variation: tuple[Variation, ...] = ()
    assay_specific: bool = False
    acute_above: Decimal | None = None


class _Table(msgspec.Struct, frozen=True):
    version: str
    analytes: tuple[Analyte, ...]


_TABLE = read_table("backend.labs", "analytes.toml", _Table)
VERSIONS: dict[str, str] = {"analytes": _TABLE.version}
ANALYTES: dict[str, Analyte] = {analyte.key: analyte for analyte in _TABLE.analytes}
_BY_CODE: dict[str, str] = {
    code: analyte.key
    for analyte in _TABLE.analytes
    for code in (*analyte.local_codes, *(entry.code for entry in analyte.loinc))
}


def spelling(unit: str) -> str:
    """Return a unit's text without blanks, micro signs, ``mcg`` or capitals."""
    return "".join(unit.translate(MICRO_SIGNS).split()).lower().replace("mcg", "ug")


def _spellings(analyte: Analyte) -> dict[str, str]:
    """Return every accepted spelling of an analyte's units with the unit it stands for."""
    named = [analyte.unit] if analyte.unit else []
    units = {spelling(unit): unit for unit in (*named, *(f.unit for f in analyte.factors))}
    for alias in analyte.aliases:
        units.update({spelling(other): alias.unit for other in alias.also})
    return units


_UNITS: dict[str, dict[str, str]] = {key: _spellings(ANALYTES[key]) for key in ANALYTES}


def identify(analyte: str | None, codes: Sequence[str]) -> str | None:
    """Return the key of what was measured, or None when it is none of ours.

    A stated key wins over codes, unless a code says it was something else (62290-2 is
    1,25-dihydroxy vitamin D, never 25-OH); among codes the first known one decides.
    """
    known = (
        analyte
        if analyte in ANALYTES
        else next((_BY_CODE[c] for c in codes if c in _BY_CODE), None)
    )
    if known is None or set(codes) & set(ANALYTES[known].excluded_codes):
        return None
    return known


def unit_as(analyte: str, unit: str) -> str:
    """Return the table's spelling of ``unit`` for an analyte, or ``unit`` itself."""
    return _UNITS.get(analyte, {}).get(spelling(unit), unit)


def factor_of(analyte: str, unit: str) -> Factor | None:
    """Return how ``unit``, in the table's spelling, becomes canonical; None if it can not."""
    known = ANALYTES.get(analyte)
    return next((f for f in known.factors if f.unit == unit), None) if known else None


def canonical(analyte: str, value: Decimal, unit: str | None) -> Decimal | None:
    """Return ``value`` in the analyte's canonical unit.

    Args:
        analyte: a key of the table.
        value: as printed by the laboratory.
        unit: as printed; spellings and same-sized units are known per analyte.
    Returns:
        The converted value, exact to 28 digits and never through a float; None when the
        unit is absent or unknown, or the analyte has no canonical unit.
    """
    known = ANALYTES.get(analyte)
    if known is None or known.unit is None or unit is None:
        return None
    spelled = unit_as(analyte, unit)
    if spelled == known.unit:
        return value
    factor = factor_of(analyte, spelled)
    if factor is None:
        return None
    if factor.divide is not None:
        return EXACT.divide(value, factor.divide)
    return EXACT.multiply(value, factor.multiply or Decimal(1))


@lru_cache(maxsize=4096)
def converts(analyte: str, unit: str | None) -> bool:
    """Return whether a value in ``unit`` can be made canonical."""
    return canonical(analyte, Decimal(1), unit) is not None


def is_plausible(analyte: str, value: Decimal) -> bool:
    """Return whether a canonical value can be true; always so without stated bounds."""
    known = ANALYTES.get(analyte)
    limits = known.plausible if known else None
    if limits is None:
        return True
    low, high = limits.low, limits.high
    return (low is None or value >= low) and (high is None or value <= high)


def likely_unit(analyte: str, value: Decimal, unit: str | None) -> str | None:
    """Return the unit in which an implausible printed value would be a usual one, if there is one.

    A guess for people to check ("looks like nmol/L reported as ng/mL?"); nothing is converted by it.
    """
    known = ANALYTES.get(analyte)
    if known is None or known.unit is None or known.plausible is None or not unit:
        return None
    printed = canonical(analyte, value, unit)
    if printed is None or is_plausible(analyte, printed):
        return None
    spelled = unit_as(analyte, unit)
    for other in (known.unit, *(factor.unit for factor in known.factors)):
        meant = canonical(analyte, value, other)
        if other != spelled and meant is not None and is_plausible(analyte, meant):
            return other
    return None


def fallback_for(
    analyte: str,
    *,
    age: int | None,
    sex: str | None = None,
    menopausal_status: str | None = None,
    assay: str | None = None,
) -> Reference | None:
    """Return the interval to read a result with when its laboratory printed none.

    Args:
        analyte: a key of the table.
        age: completed years; under 18 there is none, an unknown age fits no limited row.
        sex: ``female`` or ``male``; a row for one of them is never read for the other.
        menopausal_status: ``pre``, ``transition`` or ``post``.
        assay: name of the method as printed; analytes whose numbers depend on it have no
            interval without, nor with a method the table does not know.
    """
    known = ANALYTES.get(analyte)
    if known is None or (age is not None and age < ADULT_FROM_Y):
        return None
    method = _letters(assay or "")
    for row in known.fallback:
        limited = row.from_y is not None or row.to_y is not None
        in_age = not limited or (
            age is not None
            and (row.from_y is None or row.from_y <= age)
            and (row.to_y is None or age <= row.to_y)
        )
        if (
            in_age
            and row.sex in (None, sex)
            and row.menopause in (None, menopausal_status)
            and (row.assay is None or _letters(row.assay) in method)
        ):
            return row
    return None


def _letters(text: str) -> str:
    return "".join(sign for sign in text.lower() if sign.isalnum())


def variation_of(analyte: str, sex: str | None = None) -> Variation | None:
    """Return an analyte's variation; None when none is published for everyone or this sex."""
    known = ANALYTES.get(analyte)
    rows = known.variation if known else ()
    return next((row for row in rows if row.group in ("all", sex)), None)


def plausible_bounds(analyte: str) -> tuple[float, float]:
    """Return the limits beyond which a canonical value can not be true."""
    limits = ANALYTES[analyte].plausible
    low, high = (limits.low, limits.high) if limits else (None, None)
    return (
        -math.inf if low is None else float(low),
        math.inf if high is None else float(high),
    )


def unit_of(analyte: str) -> str | None:
    """Return the canonical unit (UCUM), or None when values stay as printed."""
    known = ANALYTES.get(analyte)
    return known.unit if known else None


def label(analyte: str, locale: str = "en") -> str:
    """Return a name for people in the language of a locale, else in English."""
    known = ANALYTES.get(analyte)
    return known.labels.get(locale.split("-")[0], known.label) if known else analyte
