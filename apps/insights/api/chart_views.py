"""The numbers behind the pictures, as JSON and as CSV."""

from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from apps.accounts.api.authentication import OwnerView, owner_of
from apps.common.actor import acting_as
from apps.common.errors import NotFound
from apps.insights.api.answers import ChartAnswer, chart_answer
from apps.insights.chart_selectors import CHARTS, ChartReader, chart_of
from backend.charts.chart import csv_text
from backend.charts.impacts import NAME as IMPACTS
from backend.days import local_day

JSON, CSV = "application/json", "text/csv"


class CsvRenderer(JSONRenderer):
    """Lets a client ask for CSV; what it renders itself are problems, which stay JSON."""

    media_type = CSV
    format = "csv"


class ChartQuerySerializer(serializers.Serializer[Any]):
    """In which form, and of which session."""

    format = serializers.ChoiceField(
        choices=["json", "csv"],
        required=False,
        help_text="Instead of the `Accept` header.",
    )
    session = serializers.UUIDField(
        required=False,
        help_text="Whose `impacts` to show; without it the newest that has any.",
    )


class ChartView(OwnerView):
    """One picture's table."""

    renderer_classes: Any = [JSONRenderer, CsvRenderer]

    @extend_schema(
        operation_id="charts_read",
        tags=["read"],
        parameters=[
            OpenApiParameter("name", str, OpenApiParameter.PATH, enum=list(CHARTS)),
            ChartQuerySerializer,
        ],
        responses={(200, JSON): ChartAnswer, (200, CSV): OpenApiTypes.STR},
    )
    def get(self, request: Request, athlete: str, name: str) -> HttpResponse:
        """Return the numbers of one picture of the athlete's page, as its table shows them."""
        owner = owner_of(request)
        if athlete not in ("me", str(owner.id)):
            raise NotFound
        query = ChartQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        session: UUID | None = asked.get("session") if name == IMPACTS else None
        today = local_day(timezone.now(), zone=owner.zone)
        with acting_as(owner.id):
            reader = ChartReader(owner.id, today=today, zone=owner.zone, session=session)
            chart = chart_of(reader, name)
        if asked.get("format", request.accepted_renderer.format) == "csv":
            response = HttpResponse(csv_text(chart), content_type=f"{CSV}; charset=utf-8")
            response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
        else:
            body = msgspec.json.encode(chart_answer(owner.id, chart, as_of=today))
            response = HttpResponse(body, content_type=JSON)
        response["Vary"] = "Accept"
        return response
