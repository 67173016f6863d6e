"""Records that name files, and what the feed says of those files."""

from typing import Any

from django.utils import timezone

from apps.insights.services.recompute import drain
from tests.apps.insights.test_recompute import rows_of, vitamin_d
from tests.apps.uploads.sending import sha256
from tests.conftest import Person


def reference(data: bytes, *, media_type: str = "application/pdf") -> dict[str, Any]:
    """Return a file as records name it."""
    return {"sha256": sha256(data), "size": len(data), "media_type": media_type}


def with_report(data: bytes) -> dict[str, Any]:
    """Return a put of a laboratory result that names its report."""
    op = vitamin_d()
    op["set"]["report"] = reference(data)
    return op


def work() -> None:
    """Do what a worker does after a push."""
    drain(now=timezone.now())


def told(person: Person) -> dict[str, str]:
    """Return what the feed says of each file: its state by SHA-256."""
    rows = rows_of(person, "blob_status")
    return {row["body"]["sha256"]: row["body"]["state"] for row in rows if not row["deleted"]}
