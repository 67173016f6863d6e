"""An athlete's endpoints: preview one's row, pause, resume, renew, ask a guardian."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api.authentication import OwnerView, owner_of
from apps.coaching.api.serializers import ConsentGrantSerializer
from apps.coaching.api.sharing_serializers import (
    GuardianAskedSerializer,
    GuardianClaimSerializer,
    PreviewChoiceSerializer,
    PreviewSerializer,
    RenewalClaimSerializer,
    ResumptionClaimSerializer,
)
from apps.coaching.api.trying import check_limit, check_presence, limit
from apps.coaching.preview import row_if_shared
from apps.coaching.services.consent import pause_grant, renew_grant, resume_grant
from apps.coaching.services.guardians import ask_guardian
from apps.coaching.services.invitations import InvitationNotValid
from apps.coaching.services.letters import mail_guardian


class InvitationRowView(OwnerView):
    """The athlete's own row, before they decide."""

    @extend_schema(
        operation_id="coaching_preview_row",
        parameters=[PreviewChoiceSerializer],
        responses={200: PreviewSerializer},
    )
    def get(self, request: Request, secret: str) -> Response:
        """Return your row as the team would see it if you shared these categories now."""
        asked = PreviewChoiceSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        check_limit(request, secret)
        try:
            row = row_if_shared(
                athlete=owner_of(request),
                secret=secret,
                now=timezone.now(),
                **asked.validated_data,
            )
        except InvitationNotValid:
            limit(request, secret)
            raise
        return Response(PreviewSerializer({"row": row}).data)


class GrantPauseView(OwnerView):
    """Show nothing for a while."""

    @extend_schema(
        operation_id="coaching_pause_grant", request=None, responses={200: ConsentGrantSerializer}
    )
    def post(self, request: Request, grant_id: UUID) -> Response:
        """Pause a consent from the team's next look on; they are told what they are at an end."""
        grant = pause_grant(athlete=owner_of(request), grant_id=grant_id, now=timezone.now())
        return Response(ConsentGrantSerializer(grant).data)


class GrantResumeView(OwnerView):
    """Go on sharing."""

    @extend_schema(
        operation_id="coaching_resume_grant",
        request=ResumptionClaimSerializer,
        responses={200: ConsentGrantSerializer},
    )
    def post(self, request: Request, grant_id: UUID) -> Response:
        """Go on with a paused consent; takes ``password`` as accepting does."""
        body = ResumptionClaimSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        check_presence(request, body.validated_data["password"])
        grant = resume_grant(athlete=owner_of(request), grant_id=grant_id, now=timezone.now())
        return Response(ConsentGrantSerializer(grant).data)


class GrantRenewalView(OwnerView):
    """Agree anew."""

    @extend_schema(
        operation_id="coaching_renew_grant",
        request=RenewalClaimSerializer,
        responses={200: ConsentGrantSerializer},
    )
    def post(self, request: Request, grant_id: UUID) -> Response:
        """Agree to the words and the coaches of today until a new end; the old consent ends.

        Takes ``password`` and a guardian as accepting does.
        """
        body = RenewalClaimSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        claim = body.validated_data
        says_adult = claim.pop("is_adult")
        check_presence(request, claim.pop("password"))
        grant = renew_grant(
            athlete=owner_of(request),
            grant_id=grant_id,
            says_adult=says_adult,
            now=timezone.now(),
            **claim,
        )
        return Response(ConsentGrantSerializer(grant).data)


class GuardianRequestsView(OwnerView):
    """Under 18: ask a guardian."""

    @extend_schema(
        operation_id="coaching_ask_guardian",
        request=GuardianClaimSerializer,
        responses={201: GuardianAskedSerializer},
    )
    def post(self, request: Request) -> Response:
        """Make a link by which a guardian can agree to your choice; the team learns nothing of it.

        It is open for seven days at most, and shown this once.
        """
        body = GuardianClaimSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        claim, athlete = body.validated_data, owner_of(request)
        address, secret = claim.pop("email", ""), claim.pop("code", None)
        if secret is not None:
            limit(request, secret)
        check_presence(request, claim.pop("password"))
        asked = ask_guardian(athlete=athlete, secret=secret, now=timezone.now(), **claim)
        is_mailed = bool(address) and mail_guardian(
            athlete_id=athlete.id, address=address, asked=asked
        )
        shown = {**vars(asked), "is_mailed": is_mailed}
        return Response(GuardianAskedSerializer(shown).data, status=status.HTTP_201_CREATED)
