"""Handing out files: to their owner, as attachments that no browser runs."""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from apps.common.actor import acting_as
from apps.common.answers import refuse
from apps.common.errors import NotFound
from apps.uploads.api.answers import FileView, TransferSlot
from apps.uploads.errors import RangeNotSatisfiable
from apps.uploads.selectors import StoredFile, stored_file
from apps.uploads.storage import content_name, files
from backend.blobs.ranges import Span, Unsatisfiable, asked_span

# Whatever a file says of itself: it runs nothing, loads nothing and is nobody's page.
SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"


class BlobView(FileView):
    """A file whose content is here."""

    def get(self, request: HttpRequest, athlete: str, sha256: str) -> HttpResponseBase:
        """Hand out the file or one range of it."""
        caller = self.caller(request)
        if athlete.lower() not in ("me", str(caller.athlete_id)):
            raise NotFound
        with acting_as(caller.athlete_id):
            found = stored_file(owner=caller.athlete_id, sha256=sha256.lower())
        etag = f'"{found.sha256}"'
        if request.headers.get("If-None-Match") == etag:
            return HttpResponse(status=304, headers={"ETag": etag})
        try:
            span = _asked(request, found, etag)
        except Unsatisfiable:
            response = refuse(RangeNotSatisfiable())
            response["Content-Range"] = f"bytes */{found.size}"
            return response
        if request.method == "HEAD":
            return _whole_or_span(HttpResponse(), found, span, etag)
        content = _Content(
            content_name(caller.athlete_id, found.upload_id), span or Span(0, found.size - 1)
        )
        return _whole_or_span(StreamingHttpResponse(content), found, span, etag)


class _Content:
    """A file's bytes, and the slot that is given back with them."""

    def __init__(self, name: str, span: Span) -> None:
        self._slot = TransferSlot()
        try:
            self._chunks: Iterator[bytes] = files().stream(name, first=span.first, size=span.size)
        except BaseException:
            self._slot.close()
            raise

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks

    def close(self) -> None:
        """Give back what is held, read to the end or not."""
        getattr(self._chunks, "close", lambda: None)()
        self._slot.close()


def _asked(request: HttpRequest, found: StoredFile, etag: str) -> Span | None:
    """Return the range to send, None for the whole."""
    if request.headers.get("If-Range", etag) != etag:
        return None
    return asked_span(request.headers.get("Range", ""), size=found.size)


def _whole_or_span(
    response: HttpResponseBase, found: StoredFile, span: Span | None, etag: str
) -> HttpResponseBase:
    response["Content-Type"] = found.media_type
    response["Content-Length"] = str(span.size if span else found.size)
    response["Content-Disposition"] = content_disposition_header(True, found.file_name) or ""
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SANDBOX
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    if span is not None:
        response.status_code = 206
        response["Content-Range"] = f"bytes {span.first}-{span.last}/{found.size}"
    return response
