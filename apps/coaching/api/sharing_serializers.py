"""What an athlete's endpoints about renewing, guardians and previews take and give."""

from typing import Any

from rest_framework import serializers

from apps.coaching.api.fields import InstantField
from apps.coaching.api.serializers import (
    CATEGORY_CHOICES,
    PanelPartSerializer,
    PanelReasonSerializer,
    adult_field,
    password_field,
)
from apps.coaching.roster import GROUPS


class RowPreviewSerializer(serializers.Serializer[Any]):
    """An athlete's row as a team would see it now."""

    name = serializers.CharField()
    group = serializers.ChoiceField(choices=GROUPS)
    sentence = serializers.CharField()
    reasons = PanelReasonSerializer(many=True)
    sparkline = serializers.ListField(child=serializers.FloatField())
    last_data_at = serializers.DateTimeField(allow_null=True)
    as_of = serializers.DateField(allow_null=True)
    next_due_on = serializers.DateField(allow_null=True)
    shared = serializers.ListField(child=serializers.ChoiceField(choices=CATEGORY_CHOICES))
    not_shared = serializers.ListField(child=serializers.ChoiceField(choices=CATEGORY_CHOICES))
    parts = serializers.DictField(child=PanelPartSerializer())


class PreviewSerializer(serializers.Serializer[Any]):
    """The row for a choice; null when nothing is chosen, since then there is none."""

    row = RowPreviewSerializer(allow_null=True)


class PreviewChoiceSerializer(serializers.Serializer[Any]):
    """The categories to preview."""

    categories = serializers.MultipleChoiceField(
        choices=CATEGORY_CHOICES, required=False, default=set
    )


class ResumptionClaimSerializer(serializers.Serializer[Any]):
    """Going on with a paused consent, as it was."""

    password = password_field()


class RenewalClaimSerializer(serializers.Serializer[Any]):
    """Agreeing anew; without categories, to the same ones."""

    ends_at = InstantField()
    text_version = serializers.CharField(
        max_length=16, help_text="Version of the consent text the athlete read."
    )
    categories = serializers.MultipleChoiceField(choices=CATEGORY_CHOICES, required=False)
    is_adult = adult_field()
    password = password_field()


class GuardianClaimSerializer(serializers.Serializer[Any]):
    """What a guardian is asked to agree to: an invitation's ``code``, or a grant to renew."""

    code = serializers.CharField(max_length=64, required=False)
    grant_id = serializers.UUIDField(required=False)
    categories = serializers.MultipleChoiceField(choices=CATEGORY_CHOICES)
    ends_at = InstantField()
    text_version = serializers.CharField(max_length=16)
    email = serializers.EmailField(
        required=False,
        allow_blank=True,
        help_text="Where to send the link, too; it is not kept.",
    )
    password = password_field()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse neither and both."""
        if ("code" in attrs) == ("grant_id" in attrs):
            raise serializers.ValidationError("Send a code, or the id of a grant to renew.")
        return attrs


class GuardianAskedSerializer(serializers.Serializer[Any]):
    """The link for the guardian; it is shown this once."""

    link = serializers.URLField()
    expires_at = serializers.DateTimeField()
    is_mailed = serializers.BooleanField()


class OpenInvitationSerializer(serializers.Serializer[Any]):
    """An invitation that can still be accepted; its link and code are kept nowhere."""

    invitation_id = serializers.UUIDField()
    categories = serializers.ListField(child=serializers.ChoiceField(choices=CATEGORY_CHOICES))
    purpose = serializers.CharField()
    for_coach = serializers.BooleanField()
    made_by = serializers.CharField()
    made_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    max_uses = serializers.IntegerField()
    uses = serializers.IntegerField()
    uses_left = serializers.IntegerField()


class OpenInvitationListSerializer(serializers.Serializer[Any]):
    """A team's open invitations, newest first."""

    invitations = OpenInvitationSerializer(many=True)
