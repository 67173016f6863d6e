"""Fields of what clients send, stricter than the usual ones."""

from datetime import datetime

from rest_framework import serializers


class InstantField(serializers.DateTimeField):
    """A point of time with its offset: without one it would be another hour elsewhere."""

    def enforce_timezone(self, value: datetime) -> datetime:
        """Return the instant; one that says no offset is refused, not guessed at."""
        if value.tzinfo is None:
            raise serializers.ValidationError(
                "Give the offset from UTC, as in 2026-03-01T09:00:00Z."
            )
        return super().enforce_timezone(value)
