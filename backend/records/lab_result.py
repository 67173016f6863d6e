"""`lab_result`: one laboratory value as printed, and its projection to an observation."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec

from backend.days import InvalidInstant, local_day, parse_instant
from backend.labs import analytes
from backend.readmodels import Observation
from backend.records.base import Body, Instant, LongText, RecordType, ShortText
from backend.records.workout_session import FUTURE_LIMIT

Measured = Annotated[float, msgspec.Meta(ge=-1e15, le=1e15)]
WITHDRAWN = frozenset({"cancelled", "entered_in_error"})
UNREPORTED = frozenset({"registered", "preliminary"})


class Code(msgspec.Struct, frozen=True, omit_defaults=True):
    """One coding of what was measured."""

    system: ShortText
    code: ShortText
    text: ShortText | None = None


class SupplementDose(msgspec.Struct, frozen=True):
    """What the person was taking when the sample was drawn."""

    code: ShortText
    amount: Measured
    unit: ShortText


class LabResult(Body, frozen=True, omit_defaults=True, kw_only=True):
    """A laboratory result; the value, unit and range as the laboratory printed them.

    ``collected_at`` is an instant, or a date of day, month or year precision.
    """

    collected_at: ShortText
    status: ShortText
    analyte: ShortText | None = None
    codes: tuple[Code, ...] = ()
    code_text: ShortText | None = None
    value: Measured | None = None
    comparator: ShortText | None = None
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
    verified: ShortText | None = None

    def __post_init__(self) -> None:
        """Refuse a collection time that is neither an instant nor a date."""
        super().__post_init__()
        try:
            parse_instant(self.collected_at)
        except InvalidInstant as error:
            raise InvalidInstant(error.detail, pointer="/collected_at") from error


class _Exact(msgspec.Struct):
    """The numbers of a stored body, digit for digit."""

    value: Decimal | None = None
    ref_low: Decimal | None = None
    ref_high: Decimal | None = None


def plausibility(body: LabResult, now: datetime) -> tuple[str, ...]:
    """Return why a result must stay out of the models, if at all."""
    flags = []
    if parse_instant(body.collected_at)[0] > now + FUTURE_LIMIT:
        flags.append("in_future")
    analyte = analytes.identify(body.analyte, [code.code for code in body.codes])
    unit = body.unit_ucum or body.unit
    if analyte and body.value is not None and not body.comparator:
        value = analytes.canonical(analyte, Decimal(str(body.value)), unit)
        if value is not None and not analytes.is_plausible(analyte, value):
            flags.append("implausible")
    return tuple(flags)


def observe(record_id: UUID, raw: bytes, *, zone: str | None, now: datetime) -> Observation | None:
    """Return the read-model row of a stored result, or None when nothing known was measured.

    A comparator (``<4``) makes the value censored: it is shown, never computed with.
    """
    body = msgspec.json.decode(raw, type=LabResult)
    analyte = analytes.identify(body.analyte, [code.code for code in body.codes])
    if analyte is None:
        return None
    exact = msgspec.json.decode(raw, type=_Exact)
    observed_at, precision = parse_instant(body.collected_at)
    unit = body.unit_ucum or body.unit
    flags = list(plausibility(body, now))
    flags += [body.status] if body.status in WITHDRAWN | UNREPORTED else []
    flags += ["censored"] if body.comparator else []
    convert = analytes.canonical
    value = None if exact.value is None else convert(analyte, exact.value, unit)
    if exact.value is not None and value is None:
        flags.append("unit_unknown")
    if body.comparator or body.status in WITHDRAWN:
        value = None
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
        usable=value is not None and not flags,
        flags=tuple(flags),
    )


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
)
