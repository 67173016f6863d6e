"""Addresses of the sync contract."""

from django.urls import path

from apps.sync.api import changes, reading, views

urlpatterns = [
    path("sync/config", reading.ConfigView.as_view(), name="sync-config"),
    path("athletes/<str:athlete>/sync", views.SyncView.as_view(), name="sync"),
    path("athletes/<str:athlete>/ops", views.OpsView.as_view(), name="ops"),
    path("athletes/<str:athlete>/ops/lookup", reading.LookupView.as_view(), name="ops-lookup"),
    path("athletes/<str:athlete>/changes", changes.ChangesView.as_view(), name="changes"),
    path("athletes/<str:athlete>/digest", reading.DigestView.as_view(), name="digest"),
    path(
        "athletes/<str:athlete>/records/<str:record>", reading.RecordView.as_view(), name="record"
    ),
    path(
        "athletes/<str:athlete>/records/<str:record>/versions",
        reading.HistoryView.as_view(),
        name="record-versions",
    ),
]
