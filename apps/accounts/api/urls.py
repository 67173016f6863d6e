"""Addresses of the account endpoints."""

from django.urls import path

from apps.accounts.api import views

urlpatterns = [
    path("auth/sign-up", views.SignUpView.as_view(), name="auth-sign-up"),
    path("auth/sign-in", views.SignInView.as_view(), name="auth-sign-in"),
    path("auth/sign-out", views.SignOutView.as_view(), name="auth-sign-out"),
    path("devices", views.DeviceListView.as_view(), name="devices"),
    path("devices/<uuid:device_id>/push-token", views.PushTokenView.as_view(), name="push-token"),
    path("devices/<uuid:device_id>", views.DeviceView.as_view(), name="device"),
]
