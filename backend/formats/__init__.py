"""Readers of files from watches and laboratories: bytes in, record drafts out."""

import re

from backend.formats.fhir import read_fhir
from backend.formats.fit import read_fit
from backend.formats.imported import (
    Draft,
    FileTooLarge,
    FileWarning,
    ImportedFile,
    UnitMissing,
    UnreadableFile,
    refuse_oversize,
)

_JSON_OBJECT = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*\{")


def sniff(data: bytes) -> str | None:
    """Return the format of a file by its content: ``fit``, ``fhir`` or None when unknown.

    A file name or media type is never asked: both are often wrong.
    """
    if len(data) >= 12 and data[8:12] == b".FIT":
        return "fit"
    if _JSON_OBJECT.match(data) and b'"resourceType"' in data:
        return "fhir"
    return None


def read(data: bytes) -> ImportedFile:
    """Return the records of a file of any format we read.

    Raises:
        FileTooLarge: above 25 MB.
        UnreadableFile: an unknown format, or a file its reader refuses.
        UnitMissing: a laboratory value we know came without a unit.
    """
    refuse_oversize(data)
    kind = sniff(data)
    if kind == "fit":
        return read_fit(data)
    if kind == "fhir":
        return read_fhir(data)
    raise UnreadableFile(
        "The content is neither a FIT activity nor FHIR R4 JSON. "
        "Send the .fit file of the watch or the JSON export of the laboratory.",
        pointer="0",
    )


__all__ = [
    "Draft",
    "FileTooLarge",
    "FileWarning",
    "ImportedFile",
    "UnitMissing",
    "UnreadableFile",
    "read",
    "read_fhir",
    "read_fit",
    "sniff",
]
