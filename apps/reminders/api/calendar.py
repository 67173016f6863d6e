"""The person's calendar address: made, told of, and ended."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api.authentication import OwnerView, owner_of
from apps.accounts.api.keeping import idempotent
from apps.common.actor import acting_as
from apps.reminders.services.calendars import calendar_of, end_calendar, make_calendar


class CalendarClaimSerializer(serializers.Serializer[Any]):
    """What the calendar shows: the sentences of the inbox, or one that says nothing."""

    with_titles = serializers.BooleanField(default=False)


class CalendarAddressSerializer(serializers.Serializer[Any]):
    """The address, shown this once; who has it reads the calendar."""

    url = serializers.CharField()
    with_titles = serializers.BooleanField()


class CalendarStateSerializer(serializers.Serializer[Any]):
    """Whether there is an address."""

    is_on = serializers.BooleanField()
    with_titles = serializers.BooleanField()
    created_at = serializers.DateTimeField(allow_null=True)


class CalendarView(OwnerView):
    """The calendar that other programs subscribe to."""

    @extend_schema(operation_id="calendar_get", responses={200: CalendarStateSerializer})
    def get(self, request: Request) -> Response:
        """Tell whether there is an address; the address itself is not kept."""
        owner = owner_of(request)
        with acting_as(owner.id):
            found = calendar_of(owner=owner.id)
        state = {
            "is_on": found is not None,
            "with_titles": bool(found and found.with_titles),
            "created_at": found.created_at if found else None,
        }
        return Response(CalendarStateSerializer(state).data)

    @extend_schema(
        operation_id="calendar_make",
        request=CalendarClaimSerializer,
        responses={201: CalendarAddressSerializer},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Make a new address; an earlier one ends."""
        body = CalendarClaimSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        with_titles: bool = body.validated_data["with_titles"]
        url = make_calendar(
            athlete_id=owner_of(request).id, with_titles=with_titles, now=timezone.now()
        )
        made = CalendarAddressSerializer({"url": url, "with_titles": with_titles})
        return Response(made.data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="calendar_end", request=None, responses={204: None})
    def delete(self, request: Request) -> Response:
        """End the address; again changes nothing."""
        end_calendar(athlete_id=owner_of(request).id)
        return Response(status=status.HTTP_204_NO_CONTENT)
