"""An athlete's endpoints: read an invitation, consent, narrow, end."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api.authentication import OwnerView, owner_of
from apps.coaching.api.serializers import (
    AcceptanceClaimSerializer,
    ConsentGrantSerializer,
    GrantListSerializer,
    InvitationPreviewSerializer,
    NarrowingSerializer,
)
from apps.coaching.api.trying import check_presence, limit
from apps.coaching.categories import (
    CONSENT_TEXT,
    CONSENT_TEXT_DIGEST,
    CONSENT_TEXT_VERSION,
    NEVER_SHARED,
)
from apps.coaching.selectors import grants_of, invitation_for
from apps.coaching.services.consent import accept_invitation, end_grant, narrow_grant

CONSENT = {
    "version": CONSENT_TEXT_VERSION,
    "text": CONSENT_TEXT,
    "sha256": CONSENT_TEXT_DIGEST.hex(),
}


class InvitationView(OwnerView):
    """An invitation before the athlete decides."""

    @extend_schema(
        operation_id="coaching_read_invitation", responses={200: InvitationPreviewSerializer}
    )
    def get(self, request: Request, secret: str) -> Response:
        """Return who asks, for what, and what stays hidden."""
        athlete = owner_of(request)
        limit(request, secret)
        found = invitation_for(athlete=athlete, secret=secret, now=timezone.now())
        shown = {
            **vars(found),
            "not_asked": found.not_asked,
            "choices": found.choices,
            "never_shared": NEVER_SHARED,
            "consent": CONSENT,
        }
        return Response(InvitationPreviewSerializer(shown).data)


class InvitationAcceptanceView(OwnerView):
    """The athlete's answer to a coach's invitation."""

    @extend_schema(
        operation_id="coaching_accept_invitation",
        request=AcceptanceClaimSerializer,
        responses={200: ConsentGrantSerializer},
    )
    def post(self, request: Request) -> Response:
        """Share some or all of what was asked; answering again returns the standing grant.

        With a token older than ten minutes it takes the ``password`` (403
        ``reauthentication-required``); under 18 a guardian decides (403
        ``coaching.guardian_needed``, see ``/v1/me/guardian-requests``).
        """
        body = AcceptanceClaimSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        claim = body.validated_data
        secret, says_adult = claim.pop("code"), claim.pop("is_adult")
        limit(request, secret)
        check_presence(request, claim.pop("password"))
        grant = accept_invitation(
            athlete=owner_of(request),
            secret=secret,
            says_adult=says_adult,
            now=timezone.now(),
            **claim,
        )
        return Response(ConsentGrantSerializer(grant).data)


class GrantListView(OwnerView):
    """The athlete's consents."""

    @extend_schema(operation_id="coaching_list_grants", responses={200: GrantListSerializer})
    def get(self, request: Request) -> Response:
        """List what is and was shared, with whom and until when."""
        grants = grants_of(owner=owner_of(request), now=timezone.now())
        return Response(GrantListSerializer({"grants": grants}).data)


class GrantNarrowingView(OwnerView):
    """Take categories away."""

    @extend_schema(
        operation_id="coaching_narrow_grant",
        request=NarrowingSerializer,
        responses={200: ConsentGrantSerializer},
    )
    def post(self, request: Request, grant_id: UUID) -> Response:
        """Keep only these categories, from the team's next look on."""
        body = NarrowingSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        grant = narrow_grant(
            athlete=owner_of(request),
            grant_id=grant_id,
            now=timezone.now(),
            **body.validated_data,
        )
        return Response(ConsentGrantSerializer(grant).data)


class GrantEndView(OwnerView):
    """Stop sharing."""

    @extend_schema(
        operation_id="coaching_end_grant", request=None, responses={200: ConsentGrantSerializer}
    )
    def post(self, request: Request, grant_id: UUID) -> Response:
        """End a consent, from the team's next look on; no reason is asked or told."""
        grant = end_grant(athlete=owner_of(request), grant_id=grant_id, now=timezone.now())
        return Response(ConsentGrantSerializer(grant).data)
