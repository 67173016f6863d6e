"""Fields of what clients send, stricter than the usual ones."""

from datetime import datetime
from typing import Any

from rest_framework import serializers

from apps.common.names import UNSEEN, readable


class InstantField(serializers.DateTimeField):
    """A point of time with its offset: without one it would be another hour elsewhere."""

    def enforce_timezone(self, value: datetime) -> datetime:
        """Return the instant; one that says no offset is refused, not guessed at."""
        if value.tzinfo is None:
            raise serializers.ValidationError(
                "Give the offset from UTC, as in 2026-03-01T09:00:00Z."
            )
        return super().enforce_timezone(value)


class TeamNameField(serializers.CharField):
    """A team's name, of which something can be seen."""

    def to_internal_value(self, data: Any) -> str:
        """Return the name on one line."""
        name = readable(super().to_internal_value(data))
        if not name:
            raise serializers.ValidationError(UNSEEN)
        return name
