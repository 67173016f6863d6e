"""The tus protocol over a real server: create, look, send, check, end."""

import pytest

from tests.apps.uploads.conftest import WebProcess
from tests.apps.uploads.sending import Wire, checksum, content, declaring, metadata, piece, sha256
from tests.conftest import Person


def create(web: WebProcess, person: Person, data: bytes, **values: str) -> str:
    """Return the address of a new upload."""
    answer = web.ask(person, "POST", "/v1/uploads", declaring(data, **values))
    assert answer.status == 201, answer.body
    return answer.headers["location"]


class TestUpload:
    def test_goes_in_pieces_and_becomes_a_file(self, web: WebProcess, athlete: Person) -> None:
        data = content(300_000)
        where = create(web, athlete, data, filename="report.pdf")

        first = web.ask(athlete, "PATCH", where, piece(0), data[:100_000])
        assert (first.status, first.offset) == (204, 100_000)
        place = web.ask(athlete, "HEAD", where)
        assert (place.status, place.offset, place.headers["upload-length"]) == (
            200,
            100_000,
            "300000",
        )
        last = web.ask(athlete, "PATCH", where, piece(100_000), data[100_000:])
        assert (last.status, last.offset) == (204, 300_000)

        file = web.ask(athlete, "GET", f"/v1/athletes/me/blobs/{sha256(data)}")
        assert (file.status, file.body) == (200, data)
        assert file.headers["content-type"] == "application/pdf"
        assert file.headers["content-disposition"] == 'attachment; filename="report.pdf"'
