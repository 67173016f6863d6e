"""What the read endpoints take in their query."""

from typing import Any

from rest_framework import serializers

from apps.common.listing import PageQuerySerializer
from backend.labs import analytes


class AnalyteField(serializers.CharField):
    """An analyte by our key or by a LOINC code."""

    def to_internal_value(self, data: Any) -> Any:
        """Return our key."""
        code = super().to_internal_value(data)
        analyte = analytes.identify(code, [code])
        if analyte is None:
            raise serializers.ValidationError("No analyte has this code.", code="unknown-code")
        return analyte


class ObservationQuerySerializer(PageQuerySerializer):
    """Results of which analyte, and which part of them."""

    code = AnalyteField(
        max_length=64, help_text="An analyte key such as `vitd_25oh`, or a LOINC code."
    )
