"""What the coaching endpoints take and give."""

from typing import Any

from rest_framework import serializers

from apps.coaching.api.fields import InstantField
from apps.coaching.categories import USUAL, Category
from apps.coaching.models import ConsentGrant
from apps.coaching.roster import GROUPS
from apps.common.names import check_seen


def usual_categories() -> set[str]:
    """Return what an invitation asks when the coach does not say."""
    return {category.value for category in USUAL}


CATEGORY_CHOICES = [(category.value, category.title) for category in Category]


class TeamClaimSerializer(serializers.Serializer[Any]):
    """A new team."""

    name = serializers.CharField(max_length=120, validators=[check_seen])


class CoachedTeamSerializer(serializers.Serializer[Any]):
    """A team the signed-in coach is in."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    role = serializers.ChoiceField(choices=["head", "assistant"])
    archived_at = serializers.DateTimeField(allow_null=True)


class CoachedTeamListSerializer(serializers.Serializer[Any]):
    """The coach's teams."""

    teams = CoachedTeamSerializer(many=True)


class InvitationClaimSerializer(serializers.Serializer[Any]):
    """What a coach asks athletes to share, and why."""

    categories = serializers.MultipleChoiceField(
        choices=CATEGORY_CHOICES,
        allow_empty=False,
        required=False,
        default=usual_categories,
    )
    purpose = serializers.CharField(max_length=500)
    max_uses = serializers.IntegerField(min_value=1, max_value=200, required=False, default=1)
    days = serializers.IntegerField(min_value=1, max_value=30, required=False, default=7)
    for_coach = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Ask somebody to coach with the team instead; then no data is asked.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask another coach for no data."""
        return attrs | {"categories": set()} if attrs["for_coach"] else attrs


class InvitedSerializer(serializers.Serializer[Any]):
    """An invitation to hand on; link and code are shown this once."""

    invitation_id = serializers.UUIDField()
    link = serializers.URLField()
    code = serializers.CharField()
    categories = serializers.ListField(child=serializers.ChoiceField(choices=CATEGORY_CHOICES))
    expires_at = serializers.DateTimeField()
    max_uses = serializers.IntegerField()


class PanelReasonSerializer(serializers.Serializer[Any]):
    """Why a row is raised: what was seen, in its unit, beside the person's own baseline.

    ``record_ids`` are the records it rests on; none where it counts days, or tells no values.
    """

    code = serializers.CharField()
    sentence = serializers.CharField()
    number = serializers.FloatField(allow_null=True)
    unit = serializers.CharField()
    baseline = serializers.FloatField(allow_null=True)
    severity = serializers.IntegerField()
    record_ids = serializers.ListField(child=serializers.UUIDField())
    since = serializers.DateField()


class PanelAthleteSerializer(serializers.Serializer[Any]):
    """One athlete of a roster, made of what they share and nothing else."""

    athlete_id = serializers.UUIDField()
    name = serializers.CharField()
    sentence = serializers.CharField()
    reasons = PanelReasonSerializer(many=True)
    sparkline = serializers.ListField(child=serializers.FloatField())
    last_data_at = serializers.DateTimeField(allow_null=True)
    as_of = serializers.DateField(allow_null=True)
    next_due_on = serializers.DateField(allow_null=True)
    shared = serializers.ListField(child=serializers.ChoiceField(choices=CATEGORY_CHOICES))
    not_shared = serializers.ListField(child=serializers.ChoiceField(choices=CATEGORY_CHOICES))
    ends_at = serializers.DateTimeField()


class PanelPartSerializer(serializers.Serializer[Any]):
    """What one shared category shows; ``facts`` are plain texts by name."""

    band = serializers.CharField(allow_null=True)
    reasons = PanelReasonSerializer(many=True)
    sparkline = serializers.ListField(child=serializers.FloatField())
    facts = serializers.DictField(child=serializers.CharField())


class CoachedWeekSerializer(serializers.Serializer[Any]):
    """Seven days of loading, and the volume beside it."""

    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    blu = serializers.FloatField()
    tier = serializers.CharField(allow_null=True)
    minutes = serializers.FloatField()
    sessions = serializers.IntegerField()


class CoachedAthleteSerializer(PanelAthleteSerializer):
    """One athlete's shared parts by category; weeks need loading and sessions."""

    group = serializers.ChoiceField(choices=GROUPS)
    parts = serializers.DictField(child=PanelPartSerializer())
    weeks = CoachedWeekSerializer(many=True)


class CategorySerializer(serializers.Serializer[Any]):
    """A category in the words people decide by."""

    key = serializers.ChoiceField(choices=CATEGORY_CHOICES, source="value")
    title = serializers.CharField()
    shows = serializers.CharField()


class ConsentGrantSerializer(serializers.Serializer[Any]):
    """What the athlete shares with a team, and until when."""

    id = serializers.UUIDField()
    team_id = serializers.UUIDField()
    categories = serializers.ListField(child=serializers.ChoiceField(choices=CATEGORY_CHOICES))
    granted_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    paused_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    channel = serializers.ChoiceField(choices=ConsentGrant.Channel.choices)


class GrantInViewSerializer(ConsentGrantSerializer):
    """A grant with the names it stands for."""

    team_name = serializers.CharField()
    coaches = serializers.ListField(child=serializers.CharField())
    coaches_since = serializers.ListField(
        child=serializers.CharField(),
        help_text="Joined the team later; they see nothing until you renew.",
    )
    is_live = serializers.BooleanField(help_text="Whether the team may look now.")
    is_standing = serializers.BooleanField(help_text="Not ended; it may be paused.")
    renew_by = serializers.DateTimeField(
        allow_null=True, help_text="Its end, when that is 14 days away or less."
    )
    guardian = serializers.CharField()


class GrantListSerializer(serializers.Serializer[Any]):
    """All consents of the signed-in athlete, live ones first."""

    grants = GrantInViewSerializer(many=True)


class ConsentTextSerializer(serializers.Serializer[Any]):
    """The words an athlete agrees to."""

    version = serializers.CharField()
    text = serializers.CharField()
    sha256 = serializers.CharField()


class InvitationPreviewSerializer(serializers.Serializer[Any]):
    """Who asks, for what, and what stays hidden."""

    team_name = serializers.CharField()
    asked_by = serializers.CharField()
    purpose = serializers.CharField()
    coaches = serializers.ListField(child=serializers.CharField())
    categories = CategorySerializer(many=True)
    choices = serializers.ListField(
        child=CategorySerializer(many=True),
        help_text="What is asked as it is decided: choose one of each list, or none.",
    )
    not_asked = CategorySerializer(many=True)
    never_shared = serializers.ListField(child=serializers.CharField())
    consent = ConsentTextSerializer()
    expires_at = serializers.DateTimeField()
    longest_days = serializers.IntegerField()
    is_adult = serializers.BooleanField(
        allow_null=True,
        help_text="By the profile's birth date; without one false for whom a guardian agreed before, else null. Who is not 18 asks a guardian.",
    )
    standing = GrantInViewSerializer(allow_null=True)


def adult_field() -> serializers.BooleanField:
    """Return the field in which an athlete says how old they are."""
    return serializers.BooleanField(
        required=False,
        default=False,
        help_text="The athlete's word to be 18 or older; counts where no birth date is known.",
    )


def password_field() -> serializers.CharField:
    """Return the field by which somebody shows that they are there."""
    return serializers.CharField(
        required=False,
        default="",
        write_only=True,
        allow_blank=True,
        max_length=128,
        trim_whitespace=False,
        help_text="Needed when the token is older than ten minutes.",
    )


class AcceptanceClaimSerializer(serializers.Serializer[Any]):
    """The athlete's answer; ``code`` is the short code or the link's token."""

    code = serializers.CharField(max_length=64)
    categories = serializers.MultipleChoiceField(choices=CATEGORY_CHOICES)
    ends_at = InstantField()
    text_version = serializers.CharField(
        max_length=16, help_text="Version of the consent text the athlete read."
    )
    is_adult = adult_field()
    password = password_field()


class NarrowingSerializer(serializers.Serializer[Any]):
    """The categories to keep; none ends the grant."""

    categories = serializers.MultipleChoiceField(choices=CATEGORY_CHOICES)
