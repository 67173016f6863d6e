"""Reminders and intervals of one's own: what may be asked for, and the endpoints."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api.authentication import OwnerView, owner_of
from apps.accounts.api.keeping import idempotent
from apps.common.actor import acting_as
from apps.reminders.services.wishes import (
    Wish,
    add_wish,
    answer_proposal,
    change_wish,
    delete_wish,
    wishes_of,
)
from apps.reminders.topics import TOPIC_KEYS
from backend.days import LATEST_YEAR
from backend.records.reminder_wish import ReminderWish, is_plain_line
from backend.reminding.bounds import BOUNDS, is_within

REPEATS = ("every_months", "every_days")


class TitleField(serializers.CharField):
    """One line of plain words."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_length=1, max_length=200, **options)

    def to_internal_value(self, data: Any) -> str:
        """Refuse line breaks and characters that are not there to be read."""
        text: str = super().to_internal_value(data)
        if not is_plain_line(text):
            raise serializers.ValidationError("Write one line of plain words.")
        return text


class OwnReminderSerializer(serializers.Serializer[Any]):
    """A reminder in the person's words."""

    title = TitleField(help_text="Shown in the inbox only, never in a message.")
    due_date = serializers.DateField()
    every_months = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=120
    )
    every_days = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=3650
    )
    topic = serializers.ChoiceField(required=False, allow_null=True, choices=TOPIC_KEYS)

    def validate_due_date(self, day: date) -> date:
        """Refuse a day nobody will see."""
        if day.year > LATEST_YEAR or day.year < timezone.now().year - 1:
            raise serializers.ValidationError("Choose a day from now on.")
        return day

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse two ways to repeat."""
        if all(attrs.get(name) for name in REPEATS):
            raise serializers.ValidationError({"every_days": ["Repeat by days or by months."]})
        return attrs


class OwnIntervalSerializer(serializers.Serializer[Any]):
    """Another interval for a rule of the catalogue."""

    rule = serializers.ChoiceField(choices=list(BOUNDS))
    interval_days = serializers.IntegerField(min_value=1)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse an interval outside of the rule's bounds, and say which they are."""
        rule = str(attrs.get("rule") or self.context.get("rule"))
        if "interval_days" in attrs and not is_within(rule, attrs["interval_days"]):
            first, last = BOUNDS.get(rule, (0, 0))
            words = f"This rule takes {first} to {last} days, never more than twice its own."
            raise serializers.ValidationError({"interval_days": [words]})
        return attrs


class WishClaimSerializer(serializers.Serializer[Any]):
    """Either `title` and `due_date`, or `rule` and `interval_days`."""

    title = TitleField(required=False)
    due_date = serializers.DateField(required=False)
    every_months = serializers.IntegerField(required=False, allow_null=True)
    every_days = serializers.IntegerField(required=False, allow_null=True)
    topic = serializers.CharField(required=False, allow_null=True)
    rule = serializers.CharField(required=False)
    interval_days = serializers.IntegerField(required=False)


class WishChangeSerializer(OwnReminderSerializer):
    """Changes of a wish; `accepted` answers what a coach proposed."""

    interval_days = serializers.IntegerField(required=False, min_value=1)
    accepted = serializers.BooleanField(required=False)


class WishSerializer(serializers.Serializer[Any]):
    """One wish; `standing` is `own`, `proposed`, `accepted` or `declined`."""

    id = serializers.UUIDField()
    standing = serializers.CharField()
    title = serializers.CharField(allow_null=True, source="body.title")
    due_date = serializers.DateField(allow_null=True, source="body.due_date")
    every_months = serializers.IntegerField(allow_null=True, source="body.every_months")
    every_days = serializers.IntegerField(allow_null=True, source="body.every_days")
    topic = serializers.CharField(allow_null=True, source="body.topic")
    rule = serializers.CharField(allow_null=True, source="body.rule")
    interval_days = serializers.IntegerField(allow_null=True, source="body.interval_days")
    proposed_by = serializers.UUIDField(allow_null=True, source="body.proposed_by")


class IntervalBoundsSerializer(serializers.Serializer[Any]):
    """Between which days a rule's interval may be set."""

    rule = serializers.CharField()
    from_days = serializers.IntegerField()
    to_days = serializers.IntegerField()


class WishListSerializer(serializers.Serializer[Any]):
    """All wishes of the person, and what rules allow."""

    wishes = WishSerializer(many=True)
    intervals = IntervalBoundsSerializer(many=True)


def checked_wish(asked: Any) -> ReminderWish:
    """Return the wish a request or a form asks for. Raises ``ValidationError``."""
    is_interval = isinstance(asked, dict) and "rule" in asked
    form = OwnIntervalSerializer(data=asked) if is_interval else OwnReminderSerializer(data=asked)
    form.is_valid(raise_exception=True)
    return msgspec.convert(form.validated_data, type=ReminderWish)


class WishListView(OwnerView):
    """Reminders and intervals of the person's own, and what coaches proposed."""

    @extend_schema(operation_id="reminder_wishes_list", responses={200: WishListSerializer})
    def get(self, request: Request) -> Response:
        """List them, soonest first, with the bounds of every rule."""
        owner = owner_of(request)
        with acting_as(owner.id):
            wishes = wishes_of(owner=owner.id)
        bounds = [
            {"rule": rule, "from_days": first, "to_days": last}
            for rule, (first, last) in BOUNDS.items()
        ]
        return Response(WishListSerializer({"wishes": wishes, "intervals": bounds}).data)

    @extend_schema(
        operation_id="reminder_wishes_add",
        request=WishClaimSerializer,
        responses={201: WishSerializer},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Add one."""
        body = checked_wish(request.data)
        wish = add_wish(athlete_id=owner_of(request).id, body=body, now=timezone.now())
        return Response(WishSerializer(wish).data, status=status.HTTP_201_CREATED)


class WishView(OwnerView):
    """One wish of the person."""

    @extend_schema(
        operation_id="reminder_wishes_change",
        request=WishChangeSerializer(partial=True),
        responses={200: WishSerializer},
    )
    def patch(self, request: Request, wish_id: UUID) -> Response:
        """Change it, or accept or decline what a coach proposed."""
        wish = changed_wish(athlete_id=owner_of(request).id, wish_id=wish_id, asked=request.data)
        return Response(WishSerializer(wish).data)

    @extend_schema(operation_id="reminder_wishes_delete", request=None, responses={204: None})
    def delete(self, request: Request, wish_id: UUID) -> Response:
        """Delete it; its reminder closes."""
        delete_wish(athlete_id=owner_of(request).id, wish_id=wish_id, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


def changed_wish(*, athlete_id: UUID, wish_id: UUID, asked: Any) -> Wish:
    """Return a wish after valid changes. Raises ``ValidationError`` and what services do."""
    form = WishChangeSerializer(data=asked, partial=True)
    form.is_valid(raise_exception=True)
    changes = dict(form.validated_data)
    accepted = changes.pop("accepted", None)
    now = timezone.now()
    if "interval_days" in changes:
        _check_interval(athlete_id, wish_id, changes["interval_days"])
    wish = change_wish(athlete_id=athlete_id, wish_id=wish_id, changes=changes, now=now)
    if accepted is not None:
        wish = answer_proposal(athlete_id=athlete_id, wish_id=wish_id, accept=accepted, now=now)
    return wish


def _check_interval(athlete_id: UUID, wish_id: UUID, days: int) -> None:
    with acting_as(athlete_id):
        rules = {one.id: one.body.rule for one in wishes_of(owner=athlete_id)}
    context = {"rule": rules.get(wish_id) or ""}
    form = OwnIntervalSerializer(data={"interval_days": days}, partial=True, context=context)
    form.is_valid(raise_exception=True)
