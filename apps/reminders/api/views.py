"""Inbox endpoints: parse, one service or selector, render."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api.authentication import OwnerView, owner_of
from apps.common.actor import acting_as
from apps.reminders.api.serializers import (
    InboxAnswerSerializer,
    InboxItemSerializer,
    InboxQuerySerializer,
    InboxSerializer,
    PushConfigSerializer,
)
from apps.reminders.selectors import inbox_of
from apps.reminders.services.answer import answer
from apps.reminders.services.inbox import mark_seen
from apps.reminders.transports import push_config


class InboxView(OwnerView):
    """The person's open reminders."""

    @extend_schema(
        operation_id="inbox_list",
        parameters=[InboxQuerySerializer],
        responses={200: InboxSerializer},
    )
    def get(self, request: Request) -> Response:
        """List a page, soonest due first, and count what is unread."""
        query = InboxQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        owner = owner_of(request)
        with acting_as(owner.id):
            page = inbox_of(owner=owner.id, cursor=query.validated_data.get("cursor"))
        return Response(InboxSerializer(page).data)


class InboxSeenView(OwnerView):
    """One reminder of the person."""

    @extend_schema(
        operation_id="inbox_mark_seen", request=None, responses={200: InboxItemSerializer}
    )
    def post(self, request: Request, reminder_id: UUID) -> Response:
        """Mark it as seen; again changes nothing."""
        entry = mark_seen(
            athlete_id=owner_of(request).id, reminder_id=reminder_id, now=timezone.now()
        )
        return Response(InboxItemSerializer(entry).data)


class InboxAnswerView(OwnerView):
    """The person's answer to one reminder."""

    @extend_schema(
        operation_id="inbox_answer",
        request=InboxAnswerSerializer,
        responses={200: InboxItemSerializer},
    )
    def post(self, request: Request, reminder_id: UUID) -> Response:
        """Answer it on all devices; the same answer again changes nothing."""
        body = InboxAnswerSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        entry = answer(
            athlete_id=owner_of(request).id,
            reminder_id=reminder_id,
            now=timezone.now(),
            **body.validated_data,
        )
        return Response(InboxItemSerializer(entry).data)


class PushConfigView(OwnerView):
    """What this service can wake devices by."""

    @extend_schema(operation_id="push_config", responses={200: PushConfigSerializer})
    def get(self, request: Request) -> Response:
        """Name the channels that are set up, and the key a browser subscribes with."""
        return Response(PushConfigSerializer(push_config()).data)
