"""What the read endpoints take in their query."""

from typing import Any

from rest_framework import serializers

from apps.integrations.paging import InvalidCursor, decode_cursor
from backend.labs import analytes

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


class AnalyteField(serializers.CharField):
    """An analyte by our key or by a LOINC code."""

    def to_internal_value(self, data: Any) -> Any:
        """Return our key."""
        code = super().to_internal_value(data)
        analyte = analytes.identify(code, [code])
        if analyte is None:
            raise serializers.ValidationError("No analyte has this code.", code="unknown-code")
        return analyte


class PageQuerySerializer(serializers.Serializer[Any]):
    """Which part of a list."""

    limit = serializers.IntegerField(
        min_value=1, max_value=MAX_ROWS, default=DEFAULT_ROWS, required=False
    )
    cursor = CursorField(
        max_length=200, required=False, help_text="`next_cursor` of the page before."
    )


class ObservationQuerySerializer(PageQuerySerializer):
    """Results of which analyte, and which part of them."""

    code = AnalyteField(
        max_length=64, help_text="An analyte key such as `vitd_25oh`, or a LOINC code."
    )
