"""Account endpoints: parse, one service or selector, render."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api.authentication import OwnerView, owner_of
from apps.accounts.api.keeping import idempotent
from apps.accounts.api.serializers import (
    AccountSerializer,
    DeviceClaimSerializer,
    DeviceListSerializer,
    DeviceSerializer,
    PushTokenSerializer,
    SignedInSerializer,
    SignInSerializer,
    SignUpSerializer,
)
from apps.accounts.selectors import devices_of
from apps.accounts.services.push import clear_push, register_push
from apps.accounts.services.sign_in import describe_device, revoke_device, sign_in, sign_out
from apps.accounts.services.sign_up import sign_up
from apps.common.errors import NotFound
from apps.common.limits import limit_attempts
from apps.common.methods import ApiView


class SignUpView(ApiView):
    """Open an account."""

    authentication_classes: Any = []
    permission_classes: Any = []

    @extend_schema(
        operation_id="auth_sign_up", request=SignUpSerializer, responses={201: AccountSerializer}
    )
    def post(self, request: Request) -> Response:
        """Create a person with an empty feed."""
        body = SignUpSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        limit_attempts("sign-up", request.META.get("REMOTE_ADDR", ""))
        user = sign_up(**body.validated_data)
        return Response({"athlete_id": user.id}, status=status.HTTP_201_CREATED)


class SignInView(ApiView):
    """Exchange a password for a device's token."""

    authentication_classes: Any = []
    permission_classes: Any = []

    @extend_schema(
        operation_id="auth_sign_in", request=SignInSerializer, responses={200: SignedInSerializer}
    )
    def post(self, request: Request) -> Response:
        """Register the device and return its token, shown this once."""
        body = SignInSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        device = body.validated_data.pop("device")
        limit_attempts("sign-in", body.validated_data["email"].lower())
        signed_in = sign_in(**body.validated_data, **device, now=timezone.now())
        return Response(SignedInSerializer(signed_in).data)


class SignOutView(OwnerView):
    """End this device's token."""

    @extend_schema(operation_id="auth_sign_out", request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """Forget the token that was sent, and where to wake the device."""
        sign_out(token=request.headers.get("Authorization", "").partition(" ")[2])
        return Response(status=status.HTTP_204_NO_CONTENT)


class DeviceListView(OwnerView):
    """The person's devices."""

    @extend_schema(operation_id="devices_list", responses={200: DeviceListSerializer})
    def get(self, request: Request) -> Response:
        """List devices that still have access."""
        return Response(DeviceListSerializer({"devices": devices_of(owner=owner_of(request))}).data)

    @extend_schema(
        operation_id="devices_describe",
        request=DeviceClaimSerializer,
        responses={200: DeviceSerializer},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Describe a device anew, as after an update of the app or the system.

        A device is registered by signing in on it; an unknown installation is not found.
        """
        body = DeviceClaimSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        installation = body.validated_data.pop("installation")
        device = describe_device(
            user=owner_of(request), installation=installation, **body.validated_data
        )
        return Response(DeviceSerializer(device).data)


class PushTokenView(OwnerView):
    """Where a device can be woken."""

    @extend_schema(
        operation_id="devices_set_push_token",
        request=PushTokenSerializer,
        responses={204: None},
    )
    def put(self, request: Request, device_id: UUID) -> Response:
        """Set the device's push token; it leaves any other device that had it."""
        body = PushTokenSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        owner = owner_of(request)
        if not register_push(
            user=owner, device_id=device_id, now=timezone.now(), **body.validated_data
        ):
            raise NotFound
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(operation_id="devices_clear_push_token", responses={204: None})
    def delete(self, request: Request, device_id: UUID) -> Response:
        """Wake the device no more; again changes nothing."""
        if not clear_push(user=owner_of(request), device_id=device_id):
            raise NotFound
        return Response(status=status.HTTP_204_NO_CONTENT)


class DeviceView(OwnerView):
    """One of the person's devices."""

    @extend_schema(operation_id="devices_revoke", responses={204: None})
    def delete(self, request: Request, device_id: UUID) -> Response:
        """End the device's access; it notices on its next request."""
        owner = owner_of(request)
        if not revoke_device(user=owner, device_id=device_id, now=timezone.now()):
            raise NotFound
        return Response(status=status.HTTP_204_NO_CONTENT)
