"""Addresses of uploads and of the files they become."""

from django.urls import path

from apps.uploads.api.blob_views import BlobView
from apps.uploads.api.upload_views import UploadsView, UploadView

urlpatterns = [
    path("uploads", UploadsView.as_view(), name="uploads"),
    path("uploads/<uuid:upload_id>", UploadView.as_view(), name="upload"),
    path("athletes/<str:athlete>/blobs/<str:sha256>", BlobView.as_view(), name="blob"),
]
