"""Files beside the feed: resumable uploads, and the blobs they become."""

from django.apps import AppConfig


class UploadsConfig(AppConfig):
    """Takes files in pieces, keeps them under their own ids, hands them to their owner."""

    name = "apps.uploads"
