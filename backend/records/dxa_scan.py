"""`dxa_scan`: bone density by site, as the machine printed it."""

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
    Uid,
    one_of,
)
from backend.records.times import range_flags, time_flags

# Our convention [E]: beyond these a comma slipped or a column was swapped.
SITE_BOUNDS = {"bmd_g_cm2": (0.1, 3), "t_score": (-12, 12), "z_score": (-12, 12), "tbs": (0.3, 2.5)}


class SiteResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """One site of a scan. Scores are stored as printed, never computed from each other.

    Fields:
        uid: names the result for ever, unique within the scan.
        site: part of the skeleton; `tblh` is the whole body less head, for children.
        side: side of the body.
        bmd_g_cm2: areal bone mineral density.
        t_score: score against young adults.
        z_score: score against people of the same age.
        tbs: trabecular bone score.
    """

    uid: Uid
    site: Annotated[str, one_of("lumbar_spine", "total_hip", "femoral_neck", "radius_33", "tblh")]
    side: Annotated[str, one_of("left", "right")] | None = None
    bmd_g_cm2: NonNegative | None = None
    t_score: Measured | None = None
    z_score: Measured | None = None
    tbs: NonNegative | None = None


class DxaScan(ClientBody, frozen=True, omit_defaults=True, kw_only=True):
    """A scan on one machine; another machine's is not comparable.

    Fields:
        scanned_at: when the scan was made.
        manufacturer: who made the machine.
        model: model of the machine.
        device_id: which machine of the model.
        software: software and its version.
        operator: who positioned, when known.
        reference_database: population the scores refer to.
        excluded_vertebrae: vertebrae left out, such as `L3`.
        facility_precision: standard deviation of repeated scans in g/cm2, by site.
        site_results: what was measured where.
    """

    scanned_at: Instant
    manufacturer: ShortText
    site_results: tuple[SiteResult, ...] = ()
    model: ShortText | None = None
    device_id: ShortText | None = None
    software: ShortText | None = None
    operator: ShortText | None = None
    reference_database: ShortText | None = None
    excluded_vertebrae: tuple[ShortText, ...] | None = None
    facility_precision: dict[ShortText, NonNegative] | None = None


def plausibility(body: DxaScan, now: datetime) -> tuple[str, ...]:
    """Return why a scan must stay out of the models, if at all."""
    flags = time_flags(body.scanned_at, now)
    for result in body.site_results:
        flags += range_flags(result, SITE_BOUNDS)
    return tuple(dict.fromkeys(flags))


DXA_SCAN = RecordType(
    name="dxa_scan",
    type_id=5,
    schema=1,
    owner="client",
    policy="guard",
    category="dxa",
    body=DxaScan,
    occurred_at=lambda body: body.scanned_at,
    plausibility=plausibility,
    keyed={"site_results": {}},
)
