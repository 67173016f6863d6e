"""Where contents lie: a folder, or an object store, behind the same four verbs.

Names are made of ids only. A piece or a content is written once under a name of its own and
never changed, so nobody can read half of one.
"""

from collections.abc import Iterator
from typing import ClassVar, Protocol
from uuid import UUID

from django.core.files.storage import storages

from apps.common.errors import AppError

CHUNK_BYTES = 64 * 1024


class StorageUnavailable(AppError):
    """The place where files lie does not answer; nothing is lost, try again."""

    code: ClassVar[str] = "storage-unavailable"
    status: ClassVar[int] = 503
    retry: ClassVar[str] = "after"


class Source(Protocol):
    """Something to be stored, read once from front to back."""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to ``size`` bytes; none at the end."""


class Files(Protocol):
    """A storage. Every method raises ``StorageUnavailable`` when it can not."""

    def write(self, name: str, source: Source) -> None:
        """Store all of ``source`` under a name; durable, and whole or not at all."""

    def stream(self, name: str, *, first: int, size: int) -> Iterator[bytes]:
        """Return ``size`` bytes from ``first`` on; opened before this returns."""

    def remove(self, name: str) -> None:
        """Forget a name; nothing happens when it is not known."""

    def remove_under(self, folder: str) -> None:
        """Forget every name below a folder."""


def files() -> Files:
    """Return the storage of this deployment."""
    storage: Files = storages["uploads"]  # type: ignore[assignment]  # settings name one of ours
    return storage


def upload_folder(athlete_id: UUID, upload_id: UUID) -> str:
    """Return the folder of everything an upload brought."""
    return f"{athlete_id}/{upload_id}"


def parts_folder(athlete_id: UUID, upload_id: UUID) -> str:
    """Return the folder of an upload's pieces."""
    return f"{upload_folder(athlete_id, upload_id)}/parts"


def part_name(athlete_id: UUID, upload_id: UUID, name: UUID) -> str:
    """Return where a piece lies."""
    return f"{parts_folder(athlete_id, upload_id)}/{name}"


def content_name(athlete_id: UUID, upload_id: UUID) -> str:
    """Return where a finished file lies."""
    return f"{upload_folder(athlete_id, upload_id)}/content"
