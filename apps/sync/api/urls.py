"""Addresses of the sync contract."""

from django.urls import path

from apps.sync.api import views

urlpatterns = [
    path("athletes/<str:athlete>/sync", views.SyncView.as_view(), name="sync"),
    path("athletes/<str:athlete>/ops", views.OpsView.as_view(), name="ops"),
    path("athletes/<str:athlete>/changes", views.ChangesView.as_view(), name="changes"),
]
