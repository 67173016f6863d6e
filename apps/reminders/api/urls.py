"""Addresses of the inbox endpoints."""

from django.urls import path

from apps.reminders.api import calendar, preferences, views, wishes

urlpatterns = [
    path("me/calendar", calendar.CalendarView.as_view(), name="calendar"),
    path("me/reminder-wishes", wishes.WishListView.as_view(), name="reminder-wishes"),
    path("me/reminder-wishes/<uuid:wish_id>", wishes.WishView.as_view(), name="reminder-wish"),
    path("me/preferences", preferences.PreferencesView.as_view(), name="preferences"),
    path("push/config", views.PushConfigView.as_view(), name="push-config"),
    path("me/inbox", views.InboxView.as_view(), name="inbox"),
    path("me/inbox/<uuid:reminder_id>/seen", views.InboxSeenView.as_view(), name="inbox-seen"),
    path(
        "me/inbox/<uuid:reminder_id>/answer",
        views.InboxAnswerView.as_view(),
        name="inbox-answer",
    ),
]
