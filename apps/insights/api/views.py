"""Endpoints of an athlete's own derived data: parse, one selector, render."""

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.accounts.api.authentication import OwnerView, owner_of
from apps.common.actor import acting_as
from apps.common.errors import NotFound
from apps.common.list_queries import PageQuerySerializer, linked
from apps.common.paging import encode_cursor
from apps.insights.api.answers import FusionPage, fusion_answers
from apps.insights.fusion_selectors import fusions_page, sources_by_id


class FusionListView(OwnerView):
    """Which of the athlete's records count as one workout."""

    @extend_schema(
        operation_id="fusions_list",
        tags=["read"],
        parameters=[PageQuerySerializer],
        responses={200: FusionPage},
    )
    def get(self, request: Request, athlete: str) -> HttpResponse:
        """List fused, asked and separated records; `fusion_decision` records change them."""
        owner = owner_of(request).id
        if athlete not in ("me", str(owner)):
            raise NotFound
        query = PageQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        with acting_as(owner):
            rows, end = fusions_page(owner=owner, limit=asked["limit"], after=asked.get("cursor"))
            sources = sources_by_id(
                owner=owner, records=[one for row in rows for one in row.records]
            )
        page = FusionPage(
            athlete_id=owner,
            fusions=fusion_answers(rows, sources),
            next_cursor=encode_cursor(end) if end else None,
        )
        response = HttpResponse(msgspec.json.encode(page), content_type="application/json")
        return linked(response, request, page.next_cursor)
