"""Addresses of the athlete's page."""

from django.urls import path
from django.views.generic import RedirectView

from apps.insights.pages import views

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="me"), name="home"),
    path("me", views.me, name="me"),
    path("me/fusions/<uuid:fusion_id>", views.fusion_decision, name="fusion-decision"),
]
