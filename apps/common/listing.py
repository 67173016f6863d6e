"""What every list takes in its query, and how it names its next page."""

from typing import Any

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from apps.common.paging import InvalidCursor, decode_cursor

DEFAULT_ROWS = 100
MAX_ROWS = 1_000


class CursorField(serializers.CharField):
    """A page's beginning, as an earlier answer named it."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the place the cursor stands for."""
        try:
            return decode_cursor(super().to_internal_value(data))
        except InvalidCursor as error:
            raise serializers.ValidationError(str(error), code="invalid-cursor") from error


class PageQuerySerializer(serializers.Serializer[Any]):
    """Which part of a list."""

    limit = serializers.IntegerField(
        min_value=1, max_value=MAX_ROWS, default=DEFAULT_ROWS, required=False
    )
    cursor = CursorField(
        max_length=200, required=False, help_text="`next_cursor` of the page before."
    )


def linked(response: HttpResponse, request: Request, cursor: str | None) -> HttpResponse:
    """Name the next page in a ``Link`` header, as every list does."""
    if cursor is not None:
        query = request.query_params.copy()
        query["cursor"] = cursor
        response["Link"] = f'<{request.path}?{query.urlencode()}>; rel="next"'
    return response
