"""Addresses third parties read from."""

from django.urls import path

from apps.integrations.api import trend_views, views

urlpatterns = [
    path("athletes/<str:athlete>/summary", views.SummaryView.as_view(), name="summary"),
    path(
        "athletes/<str:athlete>/observations",
        views.ObservationListView.as_view(),
        name="observations",
    ),
    path(
        "athletes/<str:athlete>/summaries",
        trend_views.SummaryListView.as_view(),
        name="summaries",
    ),
    path(
        "athletes/<str:athlete>/summaries/<str:before>/diff/<str:after>",
        trend_views.SummaryDiffView.as_view(),
        name="summary-diff",
    ),
    path(
        "athletes/<str:athlete>/trends/<str:measure>",
        trend_views.TrendView.as_view(),
        name="trend",
    ),
    path("athletes/<str:athlete>/workouts", views.WorkoutListView.as_view(), name="workouts"),
]
