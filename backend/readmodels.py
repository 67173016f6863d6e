"""What the models read: one plain struct per read-model row, without identity of the person.

They are derived from records by the recompute and can be rebuilt from them at any time.
"""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec


class Block(msgspec.Struct, frozen=True):
    """Impacts of one size: ``bw`` peak force in body weights, ``cycles`` how many."""

    bw: float
    cycles: float


class SessionLoad(msgspec.Struct, frozen=True):
    """What one workout meant for bone, and its volume for context.

    ``tier`` A measured, B sets, C estimate, D not rated. ``blu`` bone loading units before
    recovery; ``srpe_au`` session rating times minutes; ``volume_kg`` repetitions times kg;
    ``energy_kcal`` as the device estimated it; ``availability`` full, limited or out, as said.
    """

    record_id: UUID
    local_date: date
    starts_at: datetime
    ends_at: datetime
    activity: str
    tier: str
    blocks: tuple[Block, ...]
    blu: float
    habitual_cycles: float
    cycles_ge_2bw: float
    cycles_ge_3bw: float
    heavy_reps: int
    minutes: float
    srpe_au: float | None
    volume_kg: float | None
    flags: tuple[str, ...] = ()
    energy_kcal: float | None = None
    availability: str | None = None


class LoadDay(msgspec.Struct, frozen=True):
    """One local calendar day with at least one session.

    ``blu`` includes the recovery factor; ``blu_by_tier`` sums the sessions' share of it.
    ``energy_kcal`` is None when a session of the day does not tell.
    """

    local_date: date
    blu: float
    blu_by_tier: dict[str, float]
    day_class: str
    heavy_day: bool
    cycles_ge_2bw: float
    cycles_ge_3bw: float
    heavy_reps: int
    minutes: float
    srpe_au: float
    volume_kg: float
    sessions: int
    last_loading_end: datetime | None
    energy_kcal: float | None = None


class FusionRow(msgspec.Struct, frozen=True):
    """Records that count as one workout, that are asked about, or that were taken apart.

    As the `fusion` record, with its id and when the workout started.
    """

    fusion_id: UUID
    records: tuple[UUID, ...]
    primary_id: UUID
    rule_version: str
    score: float
    reason: str
    decided_by: str
    state: str
    fields: dict[str, UUID]
    decided_at: datetime | None
    starts_at: datetime


class Observation(msgspec.Struct, frozen=True):
    """One measured value: a laboratory result today, tests and scans later.

    ``value`` is canonical (UCUM ``unit``) and ``None`` when it could not be converted, when
    the result is censored (``comparator``) or withdrawn; ``source_value`` is as printed.
    ``usable`` says whether a model may read it; ``flags`` say why not.
    """

    record_id: UUID
    analyte: str
    observed_at: datetime
    precision: str
    local_date: date
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
    flags: tuple[str, ...] = ()
