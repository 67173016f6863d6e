"""`body_composition`: mass, lean mass and their like on one day, by one method."""

from datetime import datetime
from typing import Annotated

import msgspec

from backend.records.base import (
    ClientBody,
    Instant,
    Measured,
    NonNegative,
    RecordType,
    ShortText,
    one_of,
)
from backend.records.times import range_flags, time_flags

# Our convention [E]: beyond these a unit or a comma slipped.
BOUNDS = {
    "mass_kg": (2, 650),
    "height_cm": (40, 280),
    "fat_pct": (1, 80),
    "lean_mass_kg": (1, 300),
    "alm_kg": (0.5, 150),
    "waist_cm": (20, 300),
}


class MuscleDensity(msgspec.Struct, frozen=True, omit_defaults=True):
    """Attenuation or density of muscle; comparable only at one site by one protocol.

    Fields:
        value: number, in `unit`.
        unit: unit of the value.
        site: where it was measured, such as `mid_thigh`.
        protocol: scan protocol.
    """

    value: Measured
    unit: Annotated[str, one_of("HU", "mg/cm3")]
    site: ShortText
    protocol: ShortText | None = None


class BodyComposition(ClientBody, frozen=True, omit_defaults=True, kw_only=True):
    """What a body is made of. Two methods, or two devices, are not comparable.

    Fields:
        measured_at: when it was measured.
        method: how it was measured.
        device: which scale or scanner.
        mass_kg: mass of the whole body.
        height_cm: standing height.
        fat_pct: fat, as percent of body mass.
        lean_mass_kg: mass without fat and bone mineral.
        alm_kg: lean soft tissue of arms and legs.
        waist_cm: circumference of the waist.
        muscle_density: density of muscle by CT or pQCT.
    """

    measured_at: Instant
    method: Annotated[str, one_of("dxa", "bia", "mri", "skinfold", "scale")]
    device: ShortText | None = None
    mass_kg: NonNegative | None = None
    height_cm: NonNegative | None = None
    fat_pct: NonNegative | None = None
    lean_mass_kg: NonNegative | None = None
    alm_kg: NonNegative | None = None
    waist_cm: NonNegative | None = None
    muscle_density: MuscleDensity | None = None


def plausibility(body: BodyComposition, now: datetime) -> tuple[str, ...]:
    """Return why a measurement must stay out of the models, if at all."""
    return time_flags(body.measured_at, now) + range_flags(body, BOUNDS)


BODY_COMPOSITION = RecordType(
    name="body_composition",
    type_id=4,
    schema=1,
    owner="client",
    policy="auto",
    category="body_composition",
    body=BodyComposition,
    occurred_at=lambda body: body.measured_at,
    plausibility=plausibility,
)
