"""How an athlete's summary and measures moved: parse, decide, one selector, render."""

import re
from uuid import UUID

import msgspec
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.common.actor import acting_as
from apps.common.errors import NotFound
from apps.common.list_queries import PageQuerySerializer, linked
from apps.common.paging import Place, encode_cursor
from apps.insights.kept_selectors import KeptSummary, kept_pair, kept_summaries, trend_for
from apps.integrations.access import readable_athlete
from apps.integrations.api.answers import answer
from apps.integrations.api.authentication import ResourceView, reader_of
from apps.integrations.scopes import LABS as LABS_SCOPE
from apps.integrations.scopes import SUMMARY
from backend.summary.diff import SummaryDiff, diff
from backend.summary.series import LABS, MEASURES, Point
from backend.summary.trends import Trend

ID = re.compile("[0-9a-f]{64}")  # of a summary: SHA-256
PLACE_CHARS = 32  # of which a cursor carries the first half


class SummaryPage(msgspec.Struct, frozen=True):
    """Published summaries, newest first; ``next_cursor`` is null on the last page."""

    athlete_id: UUID
    summaries: tuple[KeptSummary, ...]
    next_cursor: str | None


class DiffAnswer(msgspec.Struct, frozen=True):
    """What differs between two published summaries."""

    athlete_id: UUID
    before: str
    after: str
    diff: SummaryDiff


class TrendAnswer(msgspec.Struct, frozen=True):
    """How one measure moved.

    ``trend`` holds the verdict (improving, worsening, changed, no_real_change, not_comparable,
    first_value) and the numbers behind it; null without a value. ``points`` are the values,
    newest first; only those of one ``setting`` (device, side, laboratory, method) compare.
    """

    athlete_id: UUID
    measure: str
    trend: Trend | None
    points: tuple[Point, ...]


class SummaryListView(ResourceView):
    """Summaries that were published."""

    scope = SUMMARY

    @extend_schema(
        operation_id="summaries_list",
        tags=["read"],
        parameters=[PageQuerySerializer],
        responses={200: SummaryPage},
    )
    def get(self, request: Request, athlete: str) -> HttpResponse:
        """List published summaries, newest first."""
        reader = reader_of(request)
        owner = readable_athlete(reader=reader, athlete=athlete, scope=self.scope)
        query = PageQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        limit, after = query.validated_data["limit"], query.validated_data.get("cursor")
        place = (after.at, after.record_id.hex + "g") if after else None
        with acting_as(reader.athlete_id):
            rows = kept_summaries(owner=owner, limit=limit + 1, before=place)
        shown = rows[:limit]
        end = shown[-1] if len(rows) > limit else None
        cursor = encode_cursor(Place(end.published_at, UUID(end.id[:PLACE_CHARS]))) if end else None
        page = SummaryPage(athlete_id=owner, summaries=tuple(shown), next_cursor=cursor)
        return linked(answer(page), request, cursor)


class SummaryDiffView(ResourceView):
    """Why a summary changed."""

    scope = SUMMARY

    @extend_schema(operation_id="summaries_diff", tags=["read"], responses={200: DiffAnswer})
    def get(self, request: Request, athlete: str, before: str, after: str) -> HttpResponse:
        """Return inputs that came, were corrected or left, versions, and what moved each area."""
        reader = reader_of(request)
        owner = readable_athlete(reader=reader, athlete=athlete, scope=self.scope)
        if not (ID.fullmatch(before) and ID.fullmatch(after)):
            raise NotFound
        with acting_as(reader.athlete_id):
            kept = kept_pair(owner=owner, ids=[before, after])
        if before not in kept or after not in kept:
            raise NotFound
        (was, was_inputs), (now, now_inputs) = kept[before], kept[after]
        found = diff(was, now, was_inputs, now_inputs)
        return answer(DiffAnswer(athlete_id=owner, before=before, after=after, diff=found))


class TrendView(ResourceView):
    """One measure over time."""

    scope = SUMMARY

    @extend_schema(operation_id="trend_read", tags=["read"], responses={200: TrendAnswer})
    def get(self, request: Request, athlete: str, measure: str) -> HttpResponse:
        """Return whether the newest value differs from the one before by more than noise."""
        reader = reader_of(request)
        # A result is a result, also as a point of a trend.
        scope = LABS_SCOPE if measure in LABS else self.scope
        owner = readable_athlete(reader=reader, athlete=athlete, scope=scope)
        if measure not in MEASURES:
            raise NotFound
        with acting_as(reader.athlete_id):
            trend, points = trend_for(owner=owner, measure=measure, now=timezone.now())
        return answer(
            TrendAnswer(athlete_id=owner, measure=measure, trend=trend, points=tuple(points))
        )
