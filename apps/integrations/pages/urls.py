"""Addresses of the pages."""

from django.urls import path

from apps.integrations.pages import views

urlpatterns = [
    path("me/apps", views.connections, name="connections"),
    path("me/apps/<slug:client_id>/end", views.end_connection, name="connection-end"),
]
