"""What third parties read: parse, decide, one selector inside the athlete's wall, render."""

from decimal import Decimal

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.common.actor import acting_as
from apps.common.list_queries import PageQuerySerializer, linked
from apps.common.paging import Place, encode_cursor
from apps.insights.selectors import latest_summary
from apps.integrations.access import readable_athlete
from apps.integrations.api.answers import (
    LabObservation,
    ObservationPage,
    SummaryAnswer,
    WorkoutPage,
    answer,
)
from apps.integrations.api.authentication import ResourceView, reader_of
from apps.integrations.api.queries import ObservationQuerySerializer
from apps.integrations.scopes import LABS, SUMMARY, WORKOUTS
from apps.integrations.selectors import observations_page, sessions_page
from backend.labs.analytes import likely_unit
from backend.readmodels import Observation


class SummaryView(ResourceView):
    """The athlete's summary."""

    scope = SUMMARY

    @extend_schema(operation_id="summary_read", responses={200: SummaryAnswer})
    def get(self, request: Request, athlete: str) -> HttpResponse:
        """Return the summary that stands now."""
        reader = reader_of(request)
        owner = readable_athlete(reader=reader, athlete=athlete, scope=self.scope)
        with acting_as(reader.athlete_id):
            summary = latest_summary(owner=owner)
        return answer(SummaryAnswer(athlete_id=owner, summary=summary))


class ObservationListView(ResourceView):
    """The athlete's results of one analyte."""

    scope = LABS

    @extend_schema(
        operation_id="observations_list",
        parameters=[ObservationQuerySerializer],
        responses={200: ObservationPage},
    )
    def get(self, request: Request, athlete: str) -> HttpResponse:
        """List results, newest first."""
        reader = reader_of(request)
        owner = readable_athlete(reader=reader, athlete=athlete, scope=self.scope)
        query = ObservationQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        with acting_as(reader.athlete_id):
            rows, end = observations_page(
                owner=owner,
                analyte=asked["code"],
                limit=asked["limit"],
                after=asked.get("cursor"),
            )
        page = ObservationPage(
            athlete_id=owner,
            analyte=asked["code"],
            observations=tuple(_observation(row) for row in rows),
            next_cursor=_cursor(end),
        )
        return linked(answer(page), request, page.next_cursor)


class WorkoutListView(ResourceView):
    """The athlete's rated workouts."""

    scope = WORKOUTS

    @extend_schema(
        operation_id="workouts_list",
        parameters=[PageQuerySerializer],
        responses={200: WorkoutPage},
    )
    def get(self, request: Request, athlete: str) -> HttpResponse:
        """List workouts, newest first."""
        reader = reader_of(request)
        owner = readable_athlete(reader=reader, athlete=athlete, scope=self.scope)
        query = PageQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        with acting_as(reader.athlete_id):
            rows, end = sessions_page(owner=owner, limit=asked["limit"], after=asked.get("cursor"))
        page = WorkoutPage(athlete_id=owner, workouts=tuple(rows), next_cursor=_cursor(end))
        return linked(answer(page), request, page.next_cursor)


def _observation(row: Observation) -> LabObservation:
    return LabObservation(
        id=row.record_id,
        analyte=row.analyte,
        observed_at=row.observed_at,
        precision=row.precision,
        value=_plain(row.value),
        unit=row.unit,
        comparator=row.comparator,
        source_value=_plain(row.source_value),
        source_unit=row.source_unit,
        ref_low=_plain(row.ref_low),
        ref_high=_plain(row.ref_high),
        lab=row.lab,
        method=row.method,
        status=row.status,
        usable=row.usable,
        flags=row.flags,
        likely_unit=likely_unit(row.analyte, row.source_value, row.source_unit)
        if row.source_value is not None
        else None,
    )


def _plain(value: Decimal | None) -> Decimal | None:
    """Return a number without the zeros its column pads it with, and without an exponent."""
    return None if value is None else Decimal(f"{value.normalize():f}")


def _cursor(end: Place | None) -> str | None:
    return encode_cursor(end) if end else None
