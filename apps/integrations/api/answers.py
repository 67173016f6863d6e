"""What third parties get. Numbers are JSON numbers, exact as stored; units stand beside them."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec
from django.http import HttpResponse

from backend.readmodels import SessionLoad
from backend.records.server_owned import RiskSummary

_encoder = msgspec.json.Encoder(decimal_format="number")


class SummaryAnswer(msgspec.Struct, frozen=True):
    """The summary that stands now; null until enough is known for a first one."""

    athlete_id: UUID
    summary: RiskSummary | None


class LabObservation(msgspec.Struct, frozen=True):
    """One laboratory value.

    ``value`` is in ``unit``, the analyte's canonical UCUM unit; null when it could not be
    converted, is only a bound (``comparator``) or was withdrawn. ``source_value`` and
    ``source_unit`` are as the laboratory printed them; ``ref_low`` and ``ref_high`` are its
    range in ``unit``. ``flags`` say why a value is kept out of the models, ``usable`` whether
    it is not. ``likely_unit`` is the unit in which a value that cannot be true would be a usual
    one: a slip to check.
    """

    id: UUID
    analyte: str
    observed_at: datetime
    precision: str
    value: Decimal | None
    unit: str | None
    comparator: str | None
    source_value: Decimal | None
    source_unit: str | None
    ref_low: Decimal | None
    ref_high: Decimal | None
    lab: str | None
    method: str | None
    status: str
    usable: bool
    flags: tuple[str, ...]
    likely_unit: str | None = None


class ObservationPage(msgspec.Struct, frozen=True):
    """Results of one analyte, newest first; ``next_cursor`` is null on the last page."""

    athlete_id: UUID
    analyte: str
    observations: tuple[LabObservation, ...]
    next_cursor: str | None


class WorkoutPage(msgspec.Struct, frozen=True):
    """Rated workouts, newest first; ``next_cursor`` is null on the last page.

    ``minutes`` in minutes, ``srpe_au`` in rating times minutes, ``volume_kg`` in kilograms,
    ``blu`` in bone loading units before recovery.
    """

    athlete_id: UUID
    workouts: tuple[SessionLoad, ...]
    next_cursor: str | None


def answer(value: msgspec.Struct) -> HttpResponse:
    """Return a struct as JSON."""
    return HttpResponse(_encoder.encode(value), content_type="application/json")
