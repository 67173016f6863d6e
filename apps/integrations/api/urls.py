"""Addresses third parties read from."""

from django.urls import path

from apps.integrations.api import views

urlpatterns = [
    path("athletes/<str:athlete>/summary", views.SummaryView.as_view(), name="summary"),
    path(
        "athletes/<str:athlete>/observations",
        views.ObservationListView.as_view(),
        name="observations",
    ),
    path("athletes/<str:athlete>/workouts", views.WorkoutListView.as_view(), name="workouts"),
]
