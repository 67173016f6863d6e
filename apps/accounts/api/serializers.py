"""What the account endpoints take and give."""

from typing import Any

from rest_framework import serializers


class SignUpSerializer(serializers.Serializer[Any]):
    """A new account."""

    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=128, trim_whitespace=False)
    display_name = serializers.CharField(max_length=120, required=False, default="")
    zone = serializers.CharField(max_length=64, required=False, default="UTC")


class AccountSerializer(serializers.Serializer[Any]):
    """The person that was created."""

    athlete_id = serializers.UUIDField()


class DeviceClaimSerializer(serializers.Serializer[Any]):
    """The phone that signs in."""

    installation = serializers.UUIDField()
    name = serializers.CharField(max_length=120)
    platform = serializers.CharField(max_length=40)


class SignInSerializer(serializers.Serializer[Any]):
    """Credentials and the phone they are used on."""

    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=128, trim_whitespace=False)
    device = DeviceClaimSerializer()


class SignedInSerializer(serializers.Serializer[Any]):
    """A token, shown once, bound to the device."""

    access_token = serializers.CharField()
    expires_at = serializers.DateTimeField()
    device_id = serializers.UUIDField()
    athlete_id = serializers.UUIDField()


class DevicePushSerializer(serializers.Serializer[Any]):
    """Whether a device can be woken, and why not."""

    channel = serializers.CharField(
        source="push_channel", help_text="`apns`, `fcm` or `webpush`; empty when there is none."
    )
    state = serializers.CharField(
        source="push_state", help_text="`none`, `on`, or `stopped` until it registers anew."
    )
    code = serializers.CharField(source="push_stopped", help_text="Why it was stopped, or empty.")


class DeviceSerializer(serializers.Serializer[Any]):
    """One of the person's devices."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    platform = serializers.CharField()
    created_at = serializers.DateTimeField()
    push = DevicePushSerializer(source="*")


class DeviceListSerializer(serializers.Serializer[Any]):
    """All devices with access."""

    devices = DeviceSerializer(many=True)


class PushTokenSerializer(serializers.Serializer[Any]):
    """Where a device can be woken."""

    channel = serializers.ChoiceField(choices=["apns", "fcm", "webpush"])
    token = serializers.CharField(
        max_length=2_000,
        help_text="The provider's; of `webpush` the subscription as JSON: `endpoint`, `p256dh`, "
        "`auth`, or as `PushSubscription.toJSON()` says it.",
    )
    environment = serializers.ChoiceField(
        choices=["production", "sandbox"], default="production", help_text="Of `apns`."
    )
