"""What the inbox endpoints give."""

from typing import Any

from rest_framework import serializers

from apps.reminders.selectors import MAX_CURSOR
from apps.reminders.services.answer import ACTIONS


class InboxQuerySerializer(serializers.Serializer[Any]):
    """Where to go on reading."""

    cursor = serializers.CharField(
        max_length=MAX_CURSOR, required=False, help_text="`next_cursor` of the page before."
    )


class InboxItemSerializer(serializers.Serializer[Any]):
    """One open reminder, with the rule and the evidence it stands on."""

    reminder_id = serializers.UUIDField()
    rule = serializers.CharField()
    rule_version = serializers.IntegerField()
    topic = serializers.CharField()
    text = serializers.DictField(
        child=serializers.CharField(), help_text="The sentence, by locale."
    )
    reason = serializers.CharField()
    grade = serializers.CharField(help_text="Evidence grade of the rule.")
    evidence = serializers.CharField(help_text="Where the rule comes from.")
    source_record = serializers.UUIDField(help_text="The record that led to the reminder.")
    due_date = serializers.DateField(help_text="The person's local calendar day.")
    priority = serializers.IntegerField()
    state = serializers.CharField()
    created_at = serializers.DateTimeField()
    seen_at = serializers.DateTimeField(allow_null=True)


class InboxSerializer(serializers.Serializer[Any]):
    """A page of the inbox, soonest due first."""

    items = InboxItemSerializer(many=True)
    unread = serializers.IntegerField(
        help_text="Open reminders that are due and not seen yet, on all pages."
    )
    next_cursor = serializers.CharField(allow_null=True)
    push_stopped = serializers.ListField(
        child=serializers.CharField(),
        help_text="Names of devices that messages reach no more; the app there turns it on again.",
    )


class InboxAnswerSerializer(serializers.Serializer[Any]):
    """What the person did with a reminder."""

    action = serializers.ChoiceField(choices=ACTIONS)
    snooze_until = serializers.DateField(
        required=False,
        allow_null=True,
        help_text="Local day on which a snoozed one comes back; a week from today when absent.",
    )


class PushConfigSerializer(serializers.Serializer[Any]):
    """How a device can register to be woken."""

    vapid_public_key = serializers.CharField(
        allow_null=True,
        help_text="What a browser subscribes with, base64url; null without Web Push.",
    )
    channels = serializers.ListField(
        child=serializers.CharField(), help_text="Of `apns`, `fcm`, `webpush` those set up here."
    )
