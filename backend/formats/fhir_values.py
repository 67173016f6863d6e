"""Values, units and intervals of FHIR results, digit for digit."""

import re
from collections.abc import Callable
from decimal import Decimal

import msgspec

from backend.formats.fhir_model import Concept, Measured, Quantity, Range, Ratio, ReferenceRange
from backend.formats.imported import UnreadableFile

UCUM = "http://unitsofmeasure.org"
FLAGS = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
SMALLEST_EXPONENT, LARGEST_EXPONENT = -20, 20
LARGEST_VALUE = Decimal("1E15")  # what a record can hold
LONGEST_SHORT, LONGEST_LONG = 200, 10_000

_NUMBER = re.compile(r"^\s*([+-]?\d{1,30}(?:\.\d{1,30})?)\s*$", re.ASCII)
_CENSORED = re.compile(
    r"^\s*([<>]=?)\s*(\d{1,30}(?:\.\d{1,30})?)(?:\s*([^\s\d]\S{0,40}))?\s*$", re.ASCII
)
# HL7's own bone density example: "g/cm-2" reads g.cm2 in UCUM; the display says what is meant.
_REPAIRED = {("g/cm-2", "g/cm2"): "g/cm2"}

Warn = Callable[[str, str, str], None]


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """One value as printed.

    ``unit`` is as sent, ``unit_ucum`` only when the sender said it is UCUM. ``lacks_unit``
    points at a number without any unit.
    """

    value: Decimal | None = None
    comparator: str | None = None
    value_text: str | None = None
    unit: str | None = None
    unit_ucum: str | None = None
    lacks_unit: str | None = None


def short(text: str | None) -> str | None:
    """Return a text as a record holds it: at most 200 characters, None when blank."""
    return (text or "").strip()[:LONGEST_SHORT].strip() or None


def value_of(measured: Measured, pointer: str, warn: Warn) -> Value:
    """Return the one value of an observation or component that has exactly one.

    Raises:
        UnreadableFile: a number no measurement has (exponent outside -20 to 20).
    """
    match measured:
        case Measured(value_quantity=Quantity() as quantity):
            return _quantity(quantity, f"{pointer}/valueQuantity", warn)
        case Measured(value_string=str() as text):
            return _text(text, f"{pointer}/valueString", warn)
        case Measured(value_codeable_concept=Concept() as concept):
            return Value(value_text=concept.label)
        case Measured(value_integer=int() as count):
            return Value(value=Decimal(count), lacks_unit=f"{pointer}/valueInteger")
        case Measured(value_range=Range() as span):
            return Value(value_text=_joined(span.low, " - ", span.high))
        case Measured(value_ratio=Ratio() as ratio):
            return Value(value_text=_joined(ratio.numerator, ":", ratio.denominator))
        case Measured(value_boolean=bool() as truth):
            return Value(value_text="true" if truth else "false")
    return Value(value_text=measured.value_date_time or measured.value_time)


def _quantity(quantity: Quantity, pointer: str, warn: Warn) -> Value:
    unit, ucum = _units(quantity, pointer, warn)
    raw = bytes(quantity.value)
    if raw in (b"", b"null"):
        return Value(unit=unit, unit_ucum=ucum)
    comparator = short(quantity.comparator)
    if raw.startswith(b'"'):
        text = msgspec.json.decode(raw, type=str)
        number = _NUMBER.match(text)
        if not number:
            read = _text(text, f"{pointer}/value", warn)
            if read.value is None:
                warn("value_not_a_number", f"{pointer}/value", "The value is kept as text.")
                return read
            return msgspec.structs.replace(
                read, unit=unit or read.unit, unit_ucum=ucum,
                lacks_unit=None if unit or read.unit else f"{pointer}/unit",
            )  # fmt: skip
        warn("number_as_text", f"{pointer}/value", "The number was sent as text.")
        value = Decimal(number[1])
    else:
        value = decimal_of(raw, f"{pointer}/value")
    if abs(value) > LARGEST_VALUE:
        warn("number_out_of_range", f"{pointer}/value", "The number is kept as text.")
        return Value(value_text=raw.decode(), unit=unit, unit_ucum=ucum, comparator=comparator)
    lacks = None if unit else f"{pointer}/unit"
    return Value(
        value=value, comparator=comparator, unit=unit, unit_ucum=ucum, lacks_unit=lacks
    )  # fmt: skip


def decimal_of(raw: bytes, pointer: str) -> Decimal:
    """Return a JSON number with every digit as sent; raises ``UnreadableFile``."""
    try:
        value = msgspec.json.decode(raw, type=Decimal)
    except (msgspec.DecodeError, ArithmeticError) as error:
        raise _no_number(pointer) from error
    if not value.is_finite() or not SMALLEST_EXPONENT <= value.adjusted() <= LARGEST_EXPONENT:
        raise _no_number(pointer)
    return value


def _no_number(pointer: str) -> UnreadableFile:
    return UnreadableFile(
        f"The file holds a number no measurement has ({pointer}). "
        "Ask the laboratory for a corrected export.",
        pointer=pointer,
    )


def _units(quantity: Quantity, pointer: str, warn: Warn) -> tuple[str | None, str | None]:
    """Return the unit as sent and the UCUM code; a code of another system is no unit."""
    is_ucum = quantity.system == UCUM
    code = short(quantity.code)
    sent = short(quantity.unit) or (code if is_ucum or quantity.system is None else None)
    ucum = code if is_ucum else None
    display = (sent or "").replace("²", "2").replace("^", "")
    repaired = _REPAIRED.get((ucum or "", display))
    if repaired:
        warn("unit_repaired", f"{pointer}/code", "The UCUM code was wrong; the unit text is used.")
        return sent, repaired
    return sent, ucum


def _text(text: str, pointer: str, warn: Warn) -> Value:
    """Return a text value; only ``<20 ng/mL`` and its like are read as a censored number."""
    censored = _CENSORED.match(text)
    kept = text[:LONGEST_LONG]
    if not censored or Decimal(censored[2]) > LARGEST_VALUE:
        return Value(value_text=kept)
    if not censored[3]:  # a number needs its unit, and a text has nowhere else to put it
        return Value(value_text=kept)
    warn("value_from_text", pointer, "The value was sent as text and read as a limit.")
    return Value(
        value=Decimal(censored[2]), comparator=censored[1], unit=censored[3], value_text=kept
    )


def _joined(left: Quantity | None, sign: str, right: Quantity | None) -> str | None:
    parts = [_printed(left), _printed(right)]
    return sign.join(parts)[:LONGEST_SHORT] if any(parts) else None


def _printed(quantity: Quantity | None) -> str:
    if quantity is None:
        return ""
    number = bytes(quantity.value).decode().strip('"')
    return f"{quantity.comparator or ''}{number} {quantity.unit or ''}".strip()


def interval_of(
    ranges: tuple[ReferenceRange, ...], value: Value, pointer: str
) -> dict[str, Decimal | str | None]:
    """Return ``ref_low``, ``ref_high`` and ``ref_text`` of the laboratory's own interval.

    The first range is the laboratory's; one side may be open. A range in another unit than
    the value stays text.
    """
    if not ranges:
        return {}
    first = ranges[0]
    sides: dict[str, Decimal | str | None] = {}
    for name, side in (("low", first.low), ("high", first.high)):
        raw = bytes(side.value) if side else b""
        if side is None or raw in (b"", b"null") or raw.startswith(b'"'):
            continue
        units = {side.unit, side.code} - {None}
        if units and not units & {value.unit, value.unit_ucum}:
            return {"ref_text": short(first.text or _joined(first.low, " - ", first.high))}
        limit = decimal_of(raw, f"{pointer}/referenceRange/0/{name}/value")
        sides[f"ref_{name}"] = limit if abs(limit) <= LARGEST_VALUE else None
    return {**sides, "ref_text": short(first.text)}


def flag_of(interpretations: tuple[Concept, ...]) -> str | None:
    """Return the laboratory's flag: HL7's letter when sent, else its first text."""
    for concept in interpretations:
        for coding in concept.coding:
            if coding.system == FLAGS and coding.code:
                return short(coding.code)
    return short(next((c.label for c in interpretations if c.label), None))
