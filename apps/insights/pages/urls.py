"""Addresses of the athlete's page."""

from django.urls import path
from django.views.generic import RedirectView

from apps.insights.pages import views

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="me"), name="home"),
    path("me", views.me, name="me"),
]
