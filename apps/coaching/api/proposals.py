"""A coach proposes a reminder: parse, one service call, render."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api.authentication import OwnerView, owner_of
from apps.coaching.services.proposing import propose_reminder
from apps.reminders.topics import TOPIC_KEYS
from backend.days import LATEST_YEAR
from backend.records.reminder_wish import ReminderWish, is_plain_line


class ReminderProposalClaimSerializer(serializers.Serializer[Any]):
    """What the athlete is asked to be reminded of."""

    title = serializers.CharField(min_length=1, max_length=200)
    due_date = serializers.DateField()
    every_months = serializers.IntegerField(required=False, min_value=1, max_value=120)
    topic = serializers.ChoiceField(required=False, choices=TOPIC_KEYS)

    def validate_title(self, title: str) -> str:
        """Refuse line breaks and characters that are not there to be read."""
        if not is_plain_line(title):
            raise serializers.ValidationError("Write one line of plain words.")
        return title

    def validate_due_date(self, day: date) -> date:
        """Refuse a day that can not be stored or is over everywhere."""
        if day < timezone.now().date() - timedelta(days=1) or day.year > LATEST_YEAR:
            raise serializers.ValidationError("Choose a day from now on.")
        return day


class ReminderProposalSerializer(serializers.Serializer[Any]):
    """The proposal; it counts once the athlete accepts it."""

    id = serializers.UUIDField()


class ReminderProposalsView(OwnerView):
    """Proposals to one athlete of a team."""

    @extend_schema(
        operation_id="coaching_propose_reminder",
        request=ReminderProposalClaimSerializer,
        responses={201: ReminderProposalSerializer},
    )
    def post(self, request: Request, team_id: UUID, athlete_id: UUID) -> Response:
        """Propose one; the athlete accepts or declines it, and nobody is told which."""
        body = ReminderProposalClaimSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wish = propose_reminder(
            coach=owner_of(request),
            team_id=team_id,
            athlete_id=athlete_id,
            body=msgspec.convert(body.validated_data, type=ReminderWish),
            now=timezone.now(),
        )
        return Response(ReminderProposalSerializer(wish).data, status=status.HTTP_201_CREATED)
