"""Fields of what clients send that say no more than they were told."""

from datetime import datetime
from typing import ClassVar

from rest_framework import serializers

from apps.coaching.names import readable


class InstantField(serializers.DateTimeField):
    """A point of time with its offset: without one it would be another hour elsewhere."""

    default_error_messages: ClassVar[dict[str, str]] = {
        "no_offset": "Give the offset from UTC, as in 2026-03-01T09:00:00Z."
    }

    def enforce_timezone(self, value: datetime) -> datetime:
        """Return the instant; one that says no offset is refused, not guessed at."""
        if value.tzinfo is None:
            self.fail("no_offset")
        return super().enforce_timezone(value)


class TeamNameField(serializers.CharField):
    """A team's name, of which something can be seen."""

    default_error_messages: ClassVar[dict[str, str]] = {
        "unseen": "Nothing of this name can be seen; use letters or signs."
    }

    def to_internal_value(self, data: object) -> str:
        """Return the name on one line."""
        name = readable(super().to_internal_value(data))
        if not name:
            self.fail("unseen")
        return name
