"""Readers of files from watches and laboratories: bytes in, record drafts out."""

import re

from backend.formats.actigraph import Worn, read_actigraph
from backend.formats.actigraph_header import is_actigraph, pieces_of, stranger
from backend.formats.fhir import read_fhir
from backend.formats.fit import read_fit
from backend.formats.imported import (
    Draft,
    FileTooLarge,
    FileWarning,
    ImportedFile,
    PlacementMissing,
    UnitMissing,
    UnreadableFile,
    refuse_oversize,
)

_JSON_OBJECT = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*\{")


def sniff(data: bytes) -> str | None:
    """Return the format of a file by its content: ``fit``, ``fhir``, ``actigraph``, or None.

    A file name or media type is never asked: both are often wrong.
    """
    if len(data) >= 12 and data[8:12] == b".FIT":
        return "fit"
    if _JSON_OBJECT.match(data) and b'"resourceType"' in data:
        return "fhir"
    if is_actigraph(data):
        return "actigraph"
    return None


def read(data: bytes, *, worn: Worn | None = None) -> ImportedFile:
    """Return the records of a file of any format we read.

    ``worn`` is needed for raw accelerometry only; a larger file of it goes to
    ``read_actigraph`` in pieces.
    Raises:
        FileTooLarge: above 25 MB.
        PlacementMissing: raw accelerometry without ``worn``.
        UnreadableFile: an unknown format, or a file its reader refuses.
        UnitMissing: a laboratory value we know came without a unit.
    """
    refuse_oversize(data)
    kind = sniff(data)
    if kind == "fit":
        return read_fit(data)
    if kind == "fhir":
        return read_fhir(data)
    if kind == "actigraph":
        if worn is None:
            raise PlacementMissing
        return read_actigraph(pieces_of(data), worn=worn)
    raise UnreadableFile(
        stranger(data)
        or "The content is neither a FIT activity, FHIR R4 JSON nor raw CSV of ActiGraph. Send the "
        ".fit file of the watch, the JSON export of the laboratory or the export of ActiLife.",
        pointer="0",
    )


__all__ = [
    "Draft",
    "FileTooLarge",
    "FileWarning",
    "ImportedFile",
    "PlacementMissing",
    "UnitMissing",
    "UnreadableFile",
    "Worn",
    "is_actigraph",
    "read",
    "read_actigraph",
    "read_fhir",
    "read_fit",
    "sniff",
]
