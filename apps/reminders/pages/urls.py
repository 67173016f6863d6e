"""Addresses of the inbox page."""

from django.urls import path

from apps.reminders.pages import calendar_views, link_views, preference_views, views, wish_views

urlpatterns = [
    path(
        "calendar/<str:calendar>.ics",
        calendar_views.CalendarFileView.as_view(),
        name="calendar-file",
    ),
    path("me/calendar", calendar_views.CalendarPageView.as_view(), name="page-calendar"),
    path("me/reminder-wishes", wish_views.WishListPageView.as_view(), name="page-wishes"),
    path("me/reminder-wishes/<uuid:wish_id>", wish_views.WishPageView.as_view(), name="page-wish"),
    path(
        "me/preferences",
        preference_views.PreferencesPageView.as_view(),
        name="page-preferences",
    ),
    path("r/<str:token>", link_views.LinkPageView.as_view(), name="reminder-link"),
    path("me/inbox", views.InboxPageView.as_view(), name="page-inbox"),
    path(
        "me/inbox/<uuid:reminder_id>/seen",
        views.InboxSeenPageView.as_view(),
        name="page-inbox-seen",
    ),
    path(
        "me/inbox/<uuid:reminder_id>/answer",
        views.InboxAnswerPageView.as_view(),
        name="page-inbox-answer",
    ),
]
