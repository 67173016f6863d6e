"""Who looked, over the API: lines with their places in the chain, so that a client can check."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api.authentication import OwnerView, owner_of
from apps.coaching.api.serializers import CATEGORY_CHOICES
from apps.coaching.log_selectors import PAGE_LINES, LogInView, LookInView, access_log_of
from apps.common.list_queries import MAX_ROWS, linked
from backend.access_chain import Head
from backend.records.server_owned import LOOKED_AT

LARGEST_NUMBER = 2**62


class AccessLogQuerySerializer(serializers.Serializer[Any]):
    """Which part of the log."""

    limit = serializers.IntegerField(
        min_value=1, max_value=MAX_ROWS, default=PAGE_LINES, required=False
    )
    cursor = serializers.IntegerField(
        min_value=1,
        max_value=LARGEST_NUMBER,
        required=False,
        help_text="`next_cursor` of the page before.",
    )


class AccessHeadSerializer(serializers.Serializer[Any]):
    """Where the log ends; number 0 and zeros when nobody ever looked."""

    seq = serializers.IntegerField()
    digest = serializers.CharField(help_text="SHA-256, hexadecimal.")


class AccessLineSerializer(serializers.Serializer[Any]):
    """Somebody looked."""

    seq = serializers.IntegerField(help_text="Place in the log, without gaps from 1 on.")
    id = serializers.UUIDField()
    at = serializers.DateTimeField()
    viewer_id = serializers.UUIDField()
    viewer_name = serializers.CharField()
    team_id = serializers.UUIDField()
    team_name = serializers.CharField()
    what = serializers.ChoiceField(choices=LOOKED_AT)
    categories = serializers.ListField(
        child=serializers.ChoiceField(choices=CATEGORY_CHOICES),
        help_text="As they were written; their order counts in the digest.",
    )
    prev = serializers.CharField(help_text="Digest of the line before; zeros before the first.")
    digest = serializers.CharField(help_text="SHA-256 over `prev` and the line, hexadecimal.")


class AccessLogSerializer(serializers.Serializer[Any]):
    """Who looked, newest first, and the head of the whole log."""

    athlete_id = serializers.UUIDField()
    head = AccessHeadSerializer()
    lines = AccessLineSerializer(many=True)
    next_cursor = serializers.IntegerField(allow_null=True)


class AccessLogView(OwnerView):
    """Who looked at the athlete's data."""

    @extend_schema(
        operation_id="coaching_access_log",
        parameters=[AccessLogQuerySerializer],
        responses={200: AccessLogSerializer},
    )
    def get(self, request: Request) -> HttpResponse:
        """List who looked, when and at what, newest first; each line seals the one before."""
        query = AccessLogQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        log = access_log_of(
            owner=owner_of(request), before=asked.get("cursor"), limit=asked["limit"]
        )
        cursor = None if log.next_before is None else str(log.next_before)
        return linked(Response(AccessLogSerializer(_shown(log)).data), request, cursor)


def _shown(log: LogInView) -> dict[str, object]:
    return {
        "athlete_id": log.athlete_id,
        "head": _head(log.head),
        "lines": [_line(look) for look in log.looks],
        "next_cursor": log.next_before,
    }


def _head(head: Head) -> dict[str, object]:
    return {"seq": head.seq, "digest": head.digest.hex()}


def _line(look: LookInView) -> dict[str, object]:
    return {
        **vars(look.line),
        "viewer_name": look.viewer_name,
        "team_name": look.team_name,
        "prev": look.line.prev.hex(),
        "digest": look.line.digest.hex(),
    }
