"""A coach's endpoints: parse, one service or selector, render."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api.authentication import OwnerView, owner_of
from apps.accounts.api.keeping import idempotent
from apps.coaching.api.serializers import (
    CoachedAthleteSerializer,
    CoachedTeamListSerializer,
    CoachedTeamSerializer,
    InvitationClaimSerializer,
    InvitedSerializer,
    TeamClaimSerializer,
)
from apps.coaching.selectors import coached_teams
from apps.coaching.services.invitations import invite
from apps.coaching.services.looking import look_at_athlete
from apps.coaching.services.teams import create_team


class TeamListView(OwnerView):
    """Teams of the signed-in coach."""

    @extend_schema(operation_id="coaching_list_teams", responses={200: CoachedTeamListSerializer})
    def get(self, request: Request) -> Response:
        """List the teams the coach is in."""
        teams = coached_teams(viewer=owner_of(request))
        return Response(CoachedTeamListSerializer({"teams": teams}).data)

    @extend_schema(
        operation_id="coaching_create_team",
        request=TeamClaimSerializer,
        responses={201: CoachedTeamSerializer},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Open a team with the caller as its head coach."""
        body = TeamClaimSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        team = create_team(head=owner_of(request), now=timezone.now(), **body.validated_data)
        shown = {"id": team.id, "name": team.name, "role": "head"}
        return Response(CoachedTeamSerializer(shown).data, status=status.HTTP_201_CREATED)


class TeamInvitationsView(OwnerView):
    """Invitations of a team."""

    @extend_schema(
        operation_id="coaching_invite",
        request=InvitationClaimSerializer,
        responses={201: InvitedSerializer},
    )
    @idempotent
    def post(self, request: Request, team_id: UUID) -> Response:
        """Make an invitation; its link and code are shown this once."""
        body = InvitationClaimSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        invited = invite(
            coach=owner_of(request), team_id=team_id, now=timezone.now(), **body.validated_data
        )
        return Response(InvitedSerializer(invited).data, status=status.HTTP_201_CREATED)


class TeamAthleteView(OwnerView):
    """One athlete as shared with a team."""

    @extend_schema(operation_id="coaching_athlete", responses={200: CoachedAthleteSerializer})
    def get(self, request: Request, team_id: UUID, athlete_id: UUID) -> Response:
        """Return the shared parts; the athlete can see that you looked."""
        found = look_at_athlete(
            viewer=owner_of(request), team_id=team_id, athlete_id=athlete_id, now=timezone.now()
        )
        shown = {**vars(found.row), "weeks": found.weeks}
        return Response(CoachedAthleteSerializer(shown).data)
