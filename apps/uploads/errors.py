"""Refusals of uploads and blobs. None of them changed what is stored, unless it says so."""

from typing import ClassVar

from apps.common.errors import AppError


class UnsupportedTusVersion(AppError):
    """Only tus 1.0.0 is spoken here; send it as Tus-Resumable."""

    code: ClassVar[str] = "unsupported-tus-version"
    status: ClassVar[int] = 412


class UploadExpired(AppError):
    """The upload was given up; create it again."""

    code: ClassVar[str] = "upload-expired"
    status: ClassVar[int] = 410
    retry: ClassVar[str] = "now"


class OffsetConflict(AppError):
    """The piece does not begin where the upload stands; ask with HEAD and go on from there."""

    code: ClassVar[str] = "offset-conflict"
    status: ClassVar[int] = 409
    retry: ClassVar[str] = "now"


class PieceCutShort(AppError):
    """The body ended early; ask with HEAD how much was kept."""

    code: ClassVar[str] = "piece-cut-short"
    status: ClassVar[int] = 400
    retry: ClassVar[str] = "now"


class ChecksumMismatch(AppError):
    """The piece was damaged on its way and thrown away; send it again."""

    code: ClassVar[str] = "checksum-mismatch"
    status: ClassVar[int] = 460
    retry: ClassVar[str] = "now"


class ContentMismatch(AppError):
    """The finished content is not what was declared; the upload was discarded."""

    code: ClassVar[str] = "content-mismatch"
    status: ClassVar[int] = 422


class UploadDiffers(AppError):
    """This content was declared before with another size."""

    code: ClassVar[str] = "upload-differs"
    status: ClassVar[int] = 422


class QuotaExceeded(AppError):
    """There is no room for this file among the athlete's files."""

    code: ClassVar[str] = "quota"
    status: ClassVar[int] = 422


class TooManyTransfers(AppError):
    """This process is busy with other files; try again in a moment."""

    code: ClassVar[str] = "overloaded"
    status: ClassVar[int] = 503
    retry: ClassVar[str] = "after"


class RangeNotSatisfiable(AppError):
    """The range begins behind the end of the file."""

    code: ClassVar[str] = "range-not-satisfiable"
    status: ClassVar[int] = 416
