"""Summaries that were published, what each rested on, and how a measure moved.

Call inside `acting_as`: rows of others are not there.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from apps.insights.models import Summary
from apps.insights.selectors import (
    first_session_date,
    load_days_of,
    newest_observations,
    observations_of,
)
from apps.insights.services.snapshot import read_facts
from apps.sync.selectors import feed_state, profile_of
from backend.days import local_day
from backend.loading.days import coverage_days
from backend.records.server_owned import RiskSummary
from backend.summary.kept import KeptInput
from backend.summary.series import LABS, Point, points_of
from backend.summary.situation import TREND_DAYS, situation
from backend.summary.trends import Trend, trend_of

MOST_RESULTS = 400
Kept = tuple[RiskSummary, dict[str, KeptInput]]


class KeptSummary(msgspec.Struct, frozen=True):
    """One summary that was published; ``id`` names what it rested on.

    Equal inputs give an equal id, and no second summary.
    """

    id: str
    as_of: date
    algorithm_version: str
    covers_seq: int
    overall: str
    published_at: datetime


def kept_summaries(
    *, owner: UUID, limit: int, before: tuple[datetime, str] | None = None
) -> list[KeptSummary]:
    """Return published summaries, newest first, from after a place of an earlier page."""
    rows = Summary.objects.filter(athlete_id=owner).order_by("-published_at", "inputs_hash")
    if before is not None:
        at, last = before
        rows = rows.filter(published_at__lte=at).exclude(published_at=at, inputs_hash__lte=last)
    return [
        KeptSummary(
            id=row.inputs_hash,
            as_of=row.as_of,
            algorithm_version=row.algorithm_version,
            covers_seq=row.covers_seq,
            overall=row.body["overall"],
            published_at=row.published_at,
        )
        for row in rows[:limit]
    ]


def kept_pair(*, owner: UUID, ids: Sequence[str]) -> dict[str, Kept]:
    """Return published summaries and their inputs, by id; unknown ones are left out."""
    rows = Summary.objects.filter(athlete_id=owner, inputs_hash__in=ids)
    return {row.inputs_hash: (_summary(row.body), _inputs(row.inputs)) for row in rows}


def _summary(body: Any) -> RiskSummary:
    return msgspec.convert(body, RiskSummary, strict=False)


def _inputs(kept: Any) -> dict[str, KeptInput]:
    return msgspec.convert(kept or {}, dict[str, KeptInput], strict=False)


def trend_for(*, owner: UUID, measure: str, now: datetime) -> tuple[Trend | None, list[Point]]:
    """Return the trend of one measure and the values behind it, newest first."""
    profile = profile_of(owner)
    as_of = local_day(now, zone=profile.zone or "UTC")
    observations = newest_observations(owner=owner)
    if measure in LABS:
        others = [one for one in observations if one.analyte != measure]
        observations = [*others, *observations_of(owner=owner, analyte=measure, limit=MOST_RESULTS)]
    first = as_of - timedelta(days=TREND_DAYS - 1)
    feed = feed_state(owner)
    input_at = feed.input_at if feed else None
    about = situation(
        as_of=as_of,
        profile=profile,
        load_days=load_days_of(owner=owner, first=first, last=as_of),
        coverage_days=coverage_days(
            as_of=as_of,
            first_session=first_session_date(owner=owner, without=()),
            last_input=local_day(input_at, zone=profile.zone or "UTC") if input_at else None,
        ),
        observations=observations,
        facts=read_facts(owner, zone=profile.zone),
    )
    return trend_of(about, measure), points_of(about, measure)
