"""The person's preferences: what may be asked for, and the endpoint."""

from collections.abc import Mapping
from datetime import date, time
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api.authentication import OwnerView, owner_of
from apps.accounts.models import User
from apps.common.actor import acting_as
from apps.common.errors import AppError
from apps.reminders.preferences import Preferences, preferences_of
from apps.reminders.services.preferences import change_preferences
from apps.reminders.topics import TOPIC_KEYS
from backend.days import LATEST_YEAR, local_day
from backend.reminding.delivery import CHANNELS

NOT_PLACES = frozenset({"localtime", "Factory"})
MOST_PER_WEEK = 100


class InvalidPreferences(AppError):
    """The preferences have invalid fields; nothing was changed."""

    code: ClassVar[str] = "invalid-request"
    status: ClassVar[int] = 422


class QuietHoursSerializer(serializers.Serializer[Any]):
    """A span of the local clock, end exclusive; it may pass midnight."""

    def get_fields(self) -> dict[str, Any]:
        """Return both ends; `from` is no name a class could give a member."""
        return {
            "from": serializers.TimeField(format="%H:%M", source="starts"),
            "to": serializers.TimeField(format="%H:%M", source="ends"),
        }

    def validate(self, attrs: dict[str, time]) -> dict[str, time]:
        """Refuse a window with one end, or one that leaves no minute of the day."""
        if len(attrs) < 2:  # a partial change of the preferences is whole here
            raise serializers.ValidationError("Give both `from` and `to`.")
        starts, ends = (attrs[name].replace(second=0, microsecond=0) for name in ("starts", "ends"))
        if starts == ends:
            raise serializers.ValidationError("Leave some of the day: the two times are the same.")
        return {"from": starts, "to": ends}


class PreferencesSerializer(serializers.Serializer[Any]):
    """How the person is reminded; fields that are absent stay as they are."""

    zone = serializers.CharField(max_length=64, help_text="IANA name of the time zone.")
    locale = serializers.RegexField(
        r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*\Z", max_length=35, help_text="Such as `de-AT`."
    )
    delivery_hour = serializers.IntegerField(min_value=0, max_value=23)
    quiet_hours = QuietHoursSerializer(allow_null=True)
    reminders_per_week = serializers.IntegerField(min_value=0, max_value=MOST_PER_WEEK)
    channels_off = serializers.ListField(
        child=serializers.ChoiceField(choices=CHANNELS), max_length=len(CHANNELS)
    )
    topics_off = serializers.ListField(
        child=serializers.ChoiceField(choices=TOPIC_KEYS), max_length=len(TOPIC_KEYS)
    )
    paused_until = serializers.DateField(
        allow_null=True, help_text="Local day on which delivery goes on, at `delivery_hour`."
    )
    weekly_digest = serializers.BooleanField()

    def validate_zone(self, zone: str) -> str:
        """Refuse a zone nobody knows."""
        if zone not in available_timezones() - NOT_PLACES:
            raise serializers.ValidationError("This time zone is not known.")
        return zone

    def validate_paused_until(self, day: date | None) -> date | None:
        """Refuse a day that is over where the person is."""
        if day is not None and not self.context["today"] <= day <= date(LATEST_YEAR, 12, 31):
            raise serializers.ValidationError("Choose today or a later day.")
        return day

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what nobody knows: a misspelt field would be lost in silence."""
        strange = sorted(set(self.initial_data) - set(self.fields))
        if strange:
            raise serializers.ValidationError({name: ["Not a preference."] for name in strange})
        return attrs


def checked_changes(asked: Any, *, zone: str) -> dict[str, Any]:
    """Return valid changes of preferences; ``zone`` is the person's until now.

    Raises ``InvalidPreferences`` with a message by field and a JSON pointer to each.
    """
    wanted = asked.get("zone") if isinstance(asked, Mapping) else None
    today = local_day(timezone.now(), zone=wanted if isinstance(wanted, str) else zone)
    form = PreferencesSerializer(data=asked, partial=True, context={"today": today})
    if not form.is_valid():
        errors: Any = form.errors
        pointers = [f"/{name}" for name in errors if name != "non_field_errors"]
        raise InvalidPreferences(errors=errors, pointers=pointers)
    return dict(form.validated_data)


class PreferencesView(OwnerView):
    """How the person is reminded."""

    @extend_schema(operation_id="preferences_get", responses={200: PreferencesSerializer})
    def get(self, request: Request) -> Response:
        """Return what holds, defaults included."""
        return Response(PreferencesSerializer(_read(owner_of(request))).data)

    @extend_schema(
        operation_id="preferences_change",
        request=PreferencesSerializer,
        responses={200: PreferencesSerializer},
    )
    def patch(self, request: Request) -> Response:
        """Change some; they reach every device as fields of the profile."""
        owner = owner_of(request)
        changes = checked_changes(request.data, zone=_read(owner).zone)
        change_preferences(athlete_id=owner.id, changes=changes, now=timezone.now())
        return Response(PreferencesSerializer(_read(owner)).data)


def _read(owner: User) -> Preferences:
    with acting_as(owner.id):
        return preferences_of(owner)
