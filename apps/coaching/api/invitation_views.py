"""A head coach's endpoints about invitations: make, list, withdraw."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api.authentication import OwnerView, owner_of
from apps.accounts.api.keeping import idempotent
from apps.coaching.api.serializers import InvitationClaimSerializer, InvitedSerializer
from apps.coaching.api.sharing_serializers import OpenInvitationListSerializer
from apps.coaching.inviting import open_invitations
from apps.coaching.services.invitations import invite, withdraw_invitation


class TeamInvitationsView(OwnerView):
    """Invitations of a team."""

    @extend_schema(
        operation_id="coaching_list_invitations", responses={200: OpenInvitationListSerializer}
    )
    def get(self, request: Request, team_id: UUID) -> Response:
        """List the invitations that can still be accepted."""
        found = open_invitations(coach=owner_of(request), team_id=team_id, now=timezone.now())
        return Response(OpenInvitationListSerializer({"invitations": found}).data)

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


class TeamInvitationView(OwnerView):
    """One invitation of a team."""

    @extend_schema(operation_id="coaching_withdraw_invitation", responses={204: None})
    def delete(self, request: Request, team_id: UUID, invitation_id: UUID) -> Response:
        """Let nobody accept it any more; consents by it stand. Again changes nothing."""
        withdraw_invitation(
            coach=owner_of(request),
            team_id=team_id,
            invitation_id=invitation_id,
            now=timezone.now(),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)
