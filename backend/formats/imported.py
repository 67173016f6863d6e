"""What every reader returns, and how every reader refuses."""

from datetime import datetime
from hashlib import sha256
from typing import ClassVar

import msgspec

from backend.errors import CoreError

LARGEST_FILE = 25 * 1024 * 1024  # bytes; format notes, guards against hostile input


class UnreadableFile(CoreError):
    """The file could not be read; nothing was imported."""

    code: ClassVar[str] = "format.unreadable"


class FileTooLarge(CoreError):
    """The file is larger than 25 MB; nothing was imported."""

    code: ClassVar[str] = "format.too_large"


class UnitMissing(CoreError):
    """A laboratory value came without a unit; nothing was imported."""

    code: ClassVar[str] = "format.unit_missing"


class PlacementMissing(CoreError):
    """Nobody said where the monitor was worn; without that the impacts mean nothing."""

    code: ClassVar[str] = "format.placement_missing"


class FileWarning(msgspec.Struct, frozen=True):
    """Something read differently from how it was sent, or left out.

    ``pointer`` is a byte offset (FIT), a JSON pointer (FHIR) or a line (ActiGraph); ``detail``
    never repeats what the file says.
    """

    code: str
    pointer: str
    detail: str


class Draft(msgspec.Struct, frozen=True):
    """One record ready to be written: its identity at the source and its body as JSON.

    ``system`` and ``external_id`` with the athlete and ``type`` give the record id, so the
    same thing read twice is the same record.
    """

    type: str
    system: str
    external_id: str
    occurred_at: datetime
    body: bytes


class ImportedFile(msgspec.Struct, frozen=True):
    """The records of one file, in file order, and what the person should know about it."""

    format: str
    sha256: str
    drafts: tuple[Draft, ...]
    warnings: tuple[FileWarning, ...] = ()


def digest_of(data: bytes) -> str:
    """Return the SHA-256 of a file in lower-case hexadecimal."""
    return sha256(data).hexdigest()


def refuse_oversize(data: bytes) -> None:
    """Raise ``FileTooLarge`` for a file above 25 MB, before anything else looks at it."""
    if len(data) > LARGEST_FILE:
        raise FileTooLarge(
            f"The file has {len(data)} bytes; at most {LARGEST_FILE} are read. "
            "Export a shorter period, or one activity at a time.",
            pointer=str(LARGEST_FILE),
        )
