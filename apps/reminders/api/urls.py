"""Addresses of the inbox endpoints."""

from django.urls import path

from apps.reminders.api import views

urlpatterns = [
    path("push/config", views.PushConfigView.as_view(), name="push-config"),
    path("me/inbox", views.InboxView.as_view(), name="inbox"),
    path("me/inbox/<uuid:reminder_id>/seen", views.InboxSeenView.as_view(), name="inbox-seen"),
]
