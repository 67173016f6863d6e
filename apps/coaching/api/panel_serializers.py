"""What the panel and its marks take and give."""

from typing import Any

from rest_framework import serializers

from apps.coaching.api.fields import InstantField
from apps.coaching.api.serializers import CoachedTeamSerializer, PanelAthleteSerializer
from apps.coaching.models import Mark
from apps.coaching.panel import BANDS, MAX_CURSOR, MAX_PAGE, SORTS, USUAL_PAGE
from apps.coaching.roster import GROUPS
from apps.coaching.services.marks import MOST_REASONS

A_YEAR_DAYS = 366


class PanelFilterSerializer(serializers.Serializer[Any]):
    """Which athletes of a team."""

    group = serializers.ChoiceField(choices=GROUPS, required=False)
    tag = serializers.CharField(max_length=40, required=False)
    band = serializers.ChoiceField(
        choices=BANDS, required=False, help_text="A band of any part that is shared."
    )
    stale_days = serializers.IntegerField(
        min_value=1, max_value=A_YEAR_DAYS, required=False, help_text="No data for so many days."
    )
    due_within_days = serializers.IntegerField(
        min_value=0,
        max_value=A_YEAR_DAYS,
        required=False,
        help_text="The next reminder is due by then, or overdue.",
    )
    q = serializers.CharField(
        max_length=120, required=False, help_text="Stands in the name; case and accents are equal."
    )
    sort = serializers.ChoiceField(choices=SORTS, required=False, default=SORTS[0])


class PanelQuerySerializer(PanelFilterSerializer):
    """Which athletes of a team, and which page of them."""

    cursor = serializers.CharField(
        max_length=MAX_CURSOR, required=False, help_text="`next_cursor` of the page before."
    )
    limit = serializers.IntegerField(
        min_value=1, max_value=MAX_PAGE, required=False, default=USUAL_PAGE
    )


class StandingMarkSerializer(serializers.Serializer[Any]):
    """The mark that stands on a row; ``reasons`` are those it covers."""

    mark_id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=["reviewed", "snoozed"])
    author_id = serializers.UUIDField()
    author = serializers.CharField()
    at = serializers.DateTimeField()
    ending = serializers.CharField()
    note = serializers.CharField()
    until = serializers.DateTimeField(allow_null=True)
    reasons = serializers.ListField(child=serializers.CharField())


class PanelRowSerializer(PanelAthleteSerializer):
    """One athlete of the panel, and why they stand where they stand."""

    group = serializers.ChoiceField(choices=GROUPS)
    tags = serializers.ListField(child=serializers.CharField())
    availability = serializers.CharField(allow_null=True)
    open_reminders = serializers.IntegerField(allow_null=True)
    covered_days = serializers.IntegerField(allow_null=True)
    reason_marks = serializers.ListField(
        child=serializers.CharField(), help_text="What a mark says it covers (`code@since`)."
    )
    reviewed = StandingMarkSerializer(allow_null=True)


class PanelSerializer(serializers.Serializer[Any]):
    """A page of a team at one moment; ``counts`` by group heed every filter but ``group``."""

    team = CoachedTeamSerializer()
    rows = PanelRowSerializer(many=True)
    counts = serializers.DictField(child=serializers.IntegerField())
    size = serializers.IntegerField(help_text="How many share with the team.")
    tags = serializers.ListField(child=serializers.CharField())
    not_shared = serializers.DictField(child=serializers.IntegerField())
    next_cursor = serializers.CharField(allow_null=True)
    as_of = serializers.DateTimeField()


class MarkClaimSerializer(serializers.Serializer[Any]):
    """What a coach does about a row; `reviewed` has an ``ending``, `snoozed` an ``until``."""

    kind = serializers.ChoiceField(choices=["reviewed", "snoozed", "nudged"])
    reasons = serializers.ListField(
        child=serializers.CharField(max_length=96),
        required=False,
        default=list,
        max_length=MOST_REASONS,
        help_text="`reason_marks` of the row that was seen.",
    )
    ending = serializers.ChoiceField(choices=Mark.Ending.choices, required=False)
    until = InstantField(required=False)
    note = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what belongs to another kind, and a kind without its own."""
        own = {"reviewed": "ending", "snoozed": "until", "nudged": None}[attrs["kind"]]
        for name in ("ending", "until"):
            if name == own and name not in attrs:
                raise serializers.ValidationError({name: "This kind of mark needs it."})
            if name != own and name in attrs:
                raise serializers.ValidationError({name: "This kind of mark has none."})
        if own is None and (attrs["reasons"] or attrs["note"]):
            raise serializers.ValidationError({"note": "A nudge says nothing of its own."})
        return attrs


class MarkSerializer(serializers.Serializer[Any]):
    """What a coach did about a row."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Mark.Kind.choices)
    author_id = serializers.UUIDField()
    reasons = serializers.ListField(child=serializers.CharField())
    ending = serializers.CharField()
    until = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField()
    made_at = serializers.DateTimeField()
    undone_at = serializers.DateTimeField(allow_null=True)
    undone_by_id = serializers.UUIDField(allow_null=True)


class MarkInViewSerializer(serializers.Serializer[Any]):
    """A mark of the row's history; one stands."""

    mark = MarkSerializer()
    author = serializers.CharField()
    undone_by = serializers.CharField(allow_null=True)
    is_standing = serializers.BooleanField()


class MarkListSerializer(serializers.Serializer[Any]):
    """The newest marks of a row, newest first."""

    marks = MarkInViewSerializer(many=True)
