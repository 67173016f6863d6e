"""The panel's endpoints: parse, one service or selector, render."""

import hashlib
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api.authentication import OwnerView, owner_of
from apps.accounts.api.keeping import idempotent
from apps.coaching.api.panel_answers import panel_answer
from apps.coaching.api.panel_serializers import (
    MarkClaimSerializer,
    MarkListSerializer,
    MarkSerializer,
    PanelFilterSerializer,
    PanelQuerySerializer,
    PanelSerializer,
)
from apps.coaching.models import Mark
from apps.coaching.panel import PanelQuery, look_at_panel
from apps.coaching.panel_csv import panel_file
from apps.coaching.services import marks
from apps.common.answers import answer, has_tag
from apps.common.list_queries import linked
from apps.common.queries import read_query


class TeamPanelView(OwnerView):
    """A team's roster."""

    @extend_schema(
        operation_id="coaching_team_panel",
        parameters=[PanelQuerySerializer],
        responses={200: PanelSerializer, 304: OpenApiResponse(description="Not changed.")},
    )
    def get(self, request: Request, team_id: UUID) -> HttpResponseBase:
        """Return a page of what each athlete shares; they can see that you looked.

        The tag stands for everything but the moment.
        """
        plain = plain_request(request)
        found = look_at_panel(
            viewer=owner_of(request),
            team_id=team_id,
            query=PanelQuery(**asked(plain, PanelQuerySerializer)),
            now=timezone.now(),
        )
        body = panel_answer(found)
        tag = tag_of(body)
        if has_tag(plain, tag):
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": tag})
        response = answer(body)
        response["ETag"] = tag
        return linked(response, request, found.next_cursor)


class TeamPanelFileView(OwnerView):
    """A team's roster as a file."""

    @extend_schema(
        operation_id="coaching_team_panel_file",
        parameters=[PanelFilterSerializer],
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request, team_id: UUID) -> HttpResponseBase:
        """Return every row that fits, at most 10,000, as CSV; the athletes can see that you did.

        A cell that a spreadsheet would run as a formula begins with an apostrophe.
        """
        pieces = panel_file(
            viewer=owner_of(request),
            team_id=team_id,
            query=PanelQuery(**asked(plain_request(request), PanelFilterSerializer)),
            now=timezone.now(),
        )
        name = {"Content-Disposition": 'attachment; filename="panel.csv"'}
        return StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8", headers=name)


class AthleteMarksView(OwnerView):
    """What coaches did about one athlete's row."""

    @extend_schema(operation_id="coaching_list_marks", responses={200: MarkListSerializer})
    def get(self, request: Request, team_id: UUID, athlete_id: UUID) -> Response:
        """Return the newest marks, undone ones too, with who made and who undid them."""
        found = marks.marks_of(
            coach=owner_of(request), team_id=team_id, athlete_id=athlete_id, now=timezone.now()
        )
        return Response(MarkListSerializer({"marks": found}).data)

    @extend_schema(
        operation_id="coaching_mark", request=MarkClaimSerializer, responses={201: MarkSerializer}
    )
    @idempotent
    def post(self, request: Request, team_id: UUID, athlete_id: UUID) -> Response:
        """Review or snooze the reasons that were seen, or nudge the athlete, once a day."""
        body = MarkClaimSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given: dict[str, Any] = body.validated_data
        about: dict[str, Any] = {
            "coach": owner_of(request),
            "team_id": team_id,
            "athlete_id": athlete_id,
            "now": timezone.now(),
        }
        said = {"reasons": given["reasons"], "note": given["note"]}
        if given["kind"] == Mark.Kind.REVIEWED:
            mark = marks.review(ending=given["ending"], **said, **about)
        elif given["kind"] == Mark.Kind.NUDGED:
            mark = marks.nudge(**about)
        else:
            mark = marks.snooze(until=given["until"], **said, **about)
        return Response(MarkSerializer(mark).data, status=status.HTTP_201_CREATED)


class AthleteMarkView(OwnerView):
    """One mark."""

    @extend_schema(operation_id="coaching_undo_mark", request=None, responses={200: MarkSerializer})
    def delete(self, request: Request, team_id: UUID, athlete_id: UUID, mark_id: UUID) -> Response:
        """Undo the mark that stands; again changes nothing and tells who did."""
        mark = marks.undo(
            coach=owner_of(request),
            team_id=team_id,
            athlete_id=athlete_id,
            mark_id=mark_id,
            now=timezone.now(),
        )
        return Response(MarkSerializer(mark).data)


def asked(request: HttpRequest, kind: type[PanelFilterSerializer]) -> dict[str, Any]:
    """Return the parameters of a request; unknown and doubled ones are refused."""
    query = kind(data=read_query(request, kind().fields.keys()))
    query.is_valid(raise_exception=True)
    return dict(query.validated_data)


def plain_request(request: Request) -> HttpRequest:
    """Return Django's request."""
    plain: HttpRequest = request._request  # noqa: SLF001 (what DRF offers)
    return plain


def tag_of(body: dict[str, Any]) -> str:
    """Return a weak tag of an answer: it stands for everything but the moment."""
    said = {name: value for name, value in body.items() if name != "as_of"}
    # A cursor is sealed anew each time; the rows say the same.
    said["next_cursor"] = body["next_cursor"] is not None
    digest = hashlib.sha256(msgspec.json.encode(said)).hexdigest()
    return f'W/"{digest[:32]}"'
