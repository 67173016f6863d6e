"""Addresses of an athlete's own derived data."""

from django.urls import path

from apps.insights.api import views

urlpatterns = [
    path("athletes/<str:athlete>/fusions", views.FusionListView.as_view(), name="fusions"),
]
