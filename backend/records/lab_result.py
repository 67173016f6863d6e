"""`lab_result`: one laboratory value as printed, and its projection to an observation."""

import math
from datetime import datetime, time
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from backend.days import InvalidInstant, local_day, parse_instant
from backend.labs import analytes
from backend.labs.dimensions import measures
from backend.readmodels import Observation
from backend.records.base import (
    ClientBody,
    Instant,
    InvalidRecord,
    LongText,
    Measured,
    RecordType,
    ShortText,
    one_of,
)
from backend.records.lab_spellings import DOWN, UP
from backend.records.reading import read
from backend.records.times import time_flags

REPORTED = frozenset({"final", "amended", "corrected"})
WITHDRAWN = frozenset({"cancelled", "entered_in_error"})
UNREPORTED = frozenset({"registered", "preliminary"})
# A result that may be read, but not compared: it was not sampled as its analyte must be.
PREANALYTIC = "preanalytic_not_met"
FASTED_BEFORE = time(10)
# Where a result lies by its laboratory's flag (HL7's letters, or the word).
FLAGGED = {
    "below_lab_interval": ("L", "LL", "LU", "LOW"),
    "within_lab_interval": ("N", "NORMAL"),
    "above_lab_interval": ("H", "HH", "HU", "HIGH"),
}


class Code(msgspec.Struct, frozen=True, omit_defaults=True):
    """One coding of what was measured.

    Fields:
        system: whose code it is, such as `http://loinc.org`.
        code: code in that system.
        text: the system's name for it.
    """

    system: ShortText
    code: ShortText
    text: ShortText | None = None


class SupplementDose(msgspec.Struct, frozen=True):
    """What the person was taking when the sample was drawn.

    Fields:
        code: which supplement, such as `vitamin_d`.
        amount: how much per day, in `unit`.
        unit: unit as stated.
    """

    code: ShortText
    amount: Measured
    unit: ShortText


class LabResult(ClientBody, frozen=True, omit_defaults=True, kw_only=True):
    """A laboratory result; the value, unit and range as the laboratory printed them.

    Fields:
        collected_at: when the sample was drawn: an instant, or a day, month or year.
        status: how far the laboratory is; another than these is not modelled.
        analyte: key of the analyte table, or the app's own.
        codes: codings as sent.
        code_text: what the laboratory calls it.
        value: number as printed, every digit.
        comparator: makes the value a bound (`<4`), never a number to compute with.
        value_text: what was printed instead of a number.
        unit: unit as printed.
        unit_ucum: the same unit in UCUM, when the sender says it is.
        ref_low: lower end of the laboratory's interval, in the value's unit.
        ref_high: upper end of it.
        ref_text: the interval as printed.
        flag: the laboratory's own flag.
        collected_precision: how much of `collected_at` is known, as the source says.
        issued_at: when the laboratory released it.
        lab: which laboratory; another one makes a trend not comparable.
        method: method of the assay.
        device: which analyser.
        specimen: what was drawn, such as serum.
        panel: what it was ordered with.
        order_id: the laboratory's number.
        fasting: whether the person had fasted.
        biotin_48h: whether biotin was taken within 48 hours.
        acute_illness: whether the person was ill.
        fracture_last_12m: whether a bone broke within a year.
        on_bone_drug: whether a bone drug was taken.
        supplement_dose: what was taken of the vitamin or mineral itself.
        verified: whether a signed card proves the result.
    """

    collected_at: ShortText
    status: Annotated[str, one_of(*sorted(UNREPORTED), *sorted(REPORTED), *sorted(WITHDRAWN))]
    analyte: ShortText | None = None
    codes: tuple[Code, ...] = ()
    code_text: ShortText | None = None
    value: Measured | None = None
    comparator: Literal["<", "<=", ">=", ">"] | None = None
    value_text: LongText | None = None
    unit: ShortText | None = None
    unit_ucum: ShortText | None = None
    ref_low: Measured | None = None
    ref_high: Measured | None = None
    ref_text: ShortText | None = None
    flag: ShortText | None = None
    collected_precision: ShortText | None = None
    issued_at: Instant | None = None
    lab: ShortText | None = None
    method: ShortText | None = None
    device: ShortText | None = None
    specimen: ShortText | None = None
    panel: ShortText | None = None
    order_id: ShortText | None = None
    fasting: bool | None = None
    biotin_48h: bool | None = None
    acute_illness: bool | None = None
    fracture_last_12m: bool | None = None
    on_bone_drug: bool | None = None
    supplement_dose: SupplementDose | None = None
    verified: Annotated[str, one_of("signed_card", "none")] | None = None

    @property
    def identified(self) -> str | None:
        """The key of what was measured, by name or by code; None when it is none of ours."""
        return analytes.identify(self.analyte, [code.code for code in self.codes])

    def unit_for(self, analyte: str) -> str | None:
        """Return the unit to read the value in: the first one given that can be converted."""
        given = [unit for unit in (self.unit_ucum, self.unit) if unit]
        known = (unit for unit in given if analytes.converts(analyte, unit))
        return next(known, given[0] if given else None)


class _Exact(msgspec.Struct):
    """The numbers of a stored body, digit for digit."""

    value: Decimal | None = None
    ref_low: Decimal | None = None
    ref_high: Decimal | None = None


def check(body: LabResult) -> None:
    """Refuse a result that contradicts itself.

    A time of collection that is none; a number below zero of something that has no less than
    none; and, where the record states the analyte, a unit that analyte is never measured in.
    What only carries the laboratory's codes keeps a unit nobody knows, with a flag: then the
    analyte is our reading of it, not a claim to be held to.
    """
    try:
        parse_instant(body.collected_at)
    except InvalidInstant as error:
        raise InvalidRecord(error.detail, pointer="/collected_at") from error
    analyte = body.identified
    if analyte is None or body.value is None:
        return
    if math.copysign(1, body.value) < 0:  # also -0.0
        raise InvalidRecord("There is never less than none of it.", pointer="/value")
    for name, unit in (("unit_ucum", body.unit_ucum), ("unit", body.unit)):
        fits = measures(analyte, unit) if unit else True
        if fits is False:
            raise InvalidRecord("The analyte has no such unit.", pointer=f"/{name}")
    unit = body.unit_for(analyte)
    stated = body.analyte == analyte and analytes.unit_of(analyte) is not None
    if stated and unit and not measures(analyte, unit) and not analytes.converts(analyte, unit):
        name = "unit_ucum" if unit == body.unit_ucum else "unit"
        raise InvalidRecord("The unit is unknown.", pointer=f"/{name}")


def plausibility(body: LabResult, now: datetime) -> tuple[str, ...]:
    """Return why a result must stay out of the models, if at all."""
    flags = list(time_flags(parse_instant(body.collected_at)[0], now))
    analyte = body.identified
    if analyte is None or body.value is None or analytes.unit_of(analyte) is None:
        return tuple(flags)
    exact = Decimal(str(body.value))
    value = analytes.canonical(analyte, exact, body.unit_for(analyte))
    if value is None:
        flags.append("unit_unknown")
    elif not body.comparator and not analytes.is_plausible(analyte, value):
        flags.append("implausible")
    if body.unit and body.unit_ucum:
        convert = analytes.canonical
        both = {convert(analyte, exact, body.unit), convert(analyte, exact, body.unit_ucum)}
        flags += ["units_disagree"] if len(both - {None}) > 1 else []
    return tuple(flags)


def observe(
    record_id: UUID,
    raw: bytes,
    *,
    zone: str | None,
    now: datetime,
    flags: tuple[str, ...] | None = None,
) -> Observation | None:
    """Return the read-model row of a stored result, or None when nothing known was measured.

    A comparator (``<4``) makes the value censored: it is shown, never computed with. Flags say
    why a result is not usable, but for ``preanalytic_not_met`` and, without a printed interval,
    those of ``FLAGGED``. ``flags`` are those the result was stored with, by the clock of that
    day; without them it is judged by ``now``.
    """
    body = read(LabResult, raw)
    analyte = body.identified
    if analyte is None:
        return None
    exact = msgspec.json.decode(raw, type=_Exact)
    observed_at, precision = parse_instant(body.collected_at)
    unit = body.unit_for(analyte)
    why_not = list(plausibility(body, now) if flags is None else flags)
    if body.status not in REPORTED:
        known = body.status in WITHDRAWN | UNREPORTED
        why_not.append(body.status if known else "status_unknown")
    why_not += ["censored"] if body.comparator else []
    convert = analytes.canonical
    value = None if exact.value is None else convert(analyte, exact.value, unit)
    if exact.value is not None and value is None and "unit_unknown" not in why_not:
        why_not.append("unit_unknown")
    if body.comparator or body.status in WITHDRAWN:
        value = None
    early = precision == "second" and _is_fasted_morning(body, observed_at.time())
    ill_sampled = (PREANALYTIC,) if analyte == "ctx" and not early else ()
    return Observation(
        record_id=record_id,
        analyte=analyte,
        observed_at=observed_at,
        precision=precision,
        local_date=observed_at.date() if precision != "second" else local_day(observed_at),
        value=value,
        unit=analytes.unit_of(analyte),
        comparator=body.comparator,
        source_value=exact.value,
        source_unit=unit,
        ref_low=None if exact.ref_low is None else convert(analyte, exact.ref_low, unit),
        ref_high=None if exact.ref_high is None else convert(analyte, exact.ref_high, unit),
        lab=body.lab,
        method=body.method,
        status=body.status,
        usable=value is not None and not why_not,
        flags=(*why_not, *ill_sampled, *_flagged(body)),
    )


def _flagged(body: LabResult) -> tuple[str, ...]:
    """Return where the laboratory's flag puts a result of which it printed no interval."""
    if body.flag is None or body.ref_low is not None or body.ref_high is not None:
        return ()
    told = body.flag.strip().upper()
    return tuple(name for name, letters in FLAGGED.items() if told in letters)


def _is_fasted_morning(body: LabResult, at: time) -> bool:
    """Return whether a sample of a known time of day, by its own clock, was fasted and early."""
    told = body.collected_precision not in ("day", "month", "year")
    return told and body.fasting is True and at < FASTED_BEFORE


LAB_RESULT = RecordType(
    name="lab_result",
    type_id=3,
    schema=2,
    owner="client",
    policy="guard",
    guard_except=("note",),
    category="labs",
    body=LabResult,
    occurred_at=lambda body: parse_instant(body.collected_at)[0],
    plausibility=plausibility,
    check=check,
    up=UP,
    down=DOWN,
)
