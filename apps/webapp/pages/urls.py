"""Addresses of the web app."""

from django.urls import path

from apps.webapp.pages import views

urlpatterns = [
    path("app", views.page, name="webapp"),
    path("app/manifest.webmanifest", views.manifest, name="webapp-manifest"),
    path("app/tables.json", views.tables, name="webapp-tables"),
    path("app/sw.js", views.worker, name="webapp-worker"),
    path("app/qr.svg", views.qr, name="webapp-qr"),
]
