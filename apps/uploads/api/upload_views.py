"""tus 1.0: create, look, send, end. Parse, one service, render."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date

from apps.accounts.access import Caller
from apps.common.actor import acting_as
from apps.sync.errors import MalformedRequest, UnsupportedEncoding
from apps.uploads.api.answers import TransferSlot, TusView
from apps.uploads.bounds import max_bytes
from apps.uploads.errors import UploadExpired
from apps.uploads.intake import Body
from apps.uploads.selectors import UploadState, find_upload, state_of
from apps.uploads.services.create import create_upload
from apps.uploads.services.receive import receive_piece
from apps.uploads.services.terminate import terminate_upload
from backend.blobs import tus

PIECE = "application/offset+octet-stream"


class UploadsView(TusView):
    """Where uploads begin."""

    def options(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        """Say what is spoken here; no sign-in is needed to ask."""
        return capabilities()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Create an upload or find the one this content has; a body is its first piece."""
        caller, now = self.caller(request), timezone.now()
        declared = tus.declared(
            length=request.headers.get("Upload-Length"),
            metadata=request.headers.get("Upload-Metadata"),
        )
        state = create_upload(athlete_id=caller.athlete_id, declared=declared, now=now)
        if request.content_type == PIECE and state.received == 0:
            state = _receive(request, caller, state.id, offset=0, now=now)
        response = HttpResponse(status=201)
        response["Location"] = reverse("upload", args=[state.id])
        return _with_place(response, state)


class UploadView(TusView):
    """One file on its way."""

    def options(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        """Say what is spoken here; no sign-in is needed to ask."""
        return capabilities()

    def head(self, request: HttpRequest, upload_id: UUID) -> HttpResponse:
        """Tell how much is here, so that a phone can go on from there."""
        caller, now = self.caller(request), timezone.now()
        with acting_as(caller.athlete_id):
            upload = find_upload(owner=caller.athlete_id, upload_id=upload_id)
        if upload.has_expired(now):
            raise UploadExpired
        state = state_of(upload)
        response = _with_place(HttpResponse(), state)
        response["Upload-Length"] = str(state.size)
        response["Upload-Metadata"] = state.metadata
        return response

    def patch(self, request: HttpRequest, upload_id: UUID) -> HttpResponse:
        """Append a piece; the last one says whether the content is what was declared."""
        caller, now = self.caller(request), timezone.now()
        if request.content_type != PIECE:
            raise UnsupportedEncoding(f"A piece is sent as {PIECE}.")
        offset = tus.whole_number("Upload-Offset", request.headers.get("Upload-Offset"))
        state = _receive(request, caller, upload_id, offset=offset, now=now)
        return _with_place(HttpResponse(status=204), state)

    def delete(self, request: HttpRequest, upload_id: UUID) -> HttpResponse:
        """Forget the upload; a file it has become stays."""
        caller = self.caller(request)
        terminate_upload(athlete_id=caller.athlete_id, upload_id=upload_id, now=timezone.now())
        return HttpResponse(status=204)


def capabilities() -> HttpResponse:
    """Answer a question for what this server can."""
    response = HttpResponse(status=204)
    response["Tus-Version"] = tus.VERSION
    response["Tus-Extension"] = ",".join(tus.EXTENSIONS)
    response["Tus-Checksum-Algorithm"] = ",".join(tus.HASHES)
    response["Tus-Max-Size"] = str(max_bytes())
    return response


def _receive(
    request: HttpRequest, caller: Caller, upload_id: UUID, *, offset: int, now: datetime
) -> UploadState:
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedEncoding("A piece is sent as it is.")
    checksum = tus.parse_checksum(request.headers.get("Upload-Checksum"))
    body = Body(request.META["wsgi.input"], length=_told_length(request))
    with TransferSlot():
        return receive_piece(
            athlete_id=caller.athlete_id,
            upload_id=upload_id,
            offset=offset,
            body=body,
            checksum=checksum,
            now=now,
        )


def _told_length(request: HttpRequest) -> int | None:
    """Return how long the body is told to be, None when it ends where it ends."""
    text = request.headers.get("Content-Length", "")
    is_http_2 = request.META.get("SERVER_PROTOCOL", "").startswith("HTTP/2")
    if "Transfer-Encoding" in request.headers or (is_http_2 and not text):
        return None
    if text and not (text.isascii() and text.isdigit()):
        raise MalformedRequest("Content-Length is a whole number.")
    return int(text or 0)


def _with_place(response: HttpResponse, state: UploadState) -> HttpResponse:
    response["Upload-Offset"] = str(state.received)
    response["Upload-Expires"] = http_date(state.expires_at.timestamp())
    return response
