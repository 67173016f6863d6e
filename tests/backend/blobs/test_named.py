"""Where records name files."""

import json
from typing import Any

import pytest

from backend.blobs.named import MAX_NAMED, BlobRef, blobs_named_in, is_media_type

PDF = {"sha256": "a" * 64, "size": 5, "media_type": "application/pdf"}
FIT = {"sha256": "b" * 64, "size": 7, "media_type": "application/vnd.ant.fit"}


def named(**body: Any) -> tuple[BlobRef, ...]:
    """Return what a body names."""
    return blobs_named_in(json.dumps(body).encode())


class TestNaming:
    def test_is_in_blobs_and_report(self) -> None:
        assert named(blobs=[FIT], report=PDF) == (BlobRef(**FIT), BlobRef(**PDF))  # type: ignore[arg-type]

    def test_counts_a_file_once_with_what_was_said_first(self) -> None:
        again = {**FIT, "size": 9}
        assert named(blobs=[FIT, FIT, again], report=again) == (BlobRef(**FIT),)  # type: ignore[arg-type]

    def test_keeps_what_it_does_not_know_out(self) -> None:
        assert named(blobs=[{**FIT, "title": "ride"}]) == (BlobRef(**FIT),)  # type: ignore[arg-type]

    def test_ends_somewhere(self) -> None:
        many = [{**PDF, "sha256": f"{number:064x}"} for number in range(MAX_NAMED + 1)]
        assert [ref.sha256 for ref in named(blobs=many)] == [
            f"{number:064x}" for number in range(MAX_NAMED)
        ]

    @pytest.mark.parametrize(
        "value",
        [
            None, "x", 7, [], {}, [[PDF]], {"sha256": "a" * 64},
            {**PDF, "sha256": "A" * 64}, {**PDF, "sha256": "a" * 63}, {**PDF, "sha256": "a" * 65},
            {**PDF, "sha256": "٣" * 64}, {**PDF, "size": 0}, {**PDF, "size": -1},
            {**PDF, "size": 1.5}, {**PDF, "size": "5"}, {**PDF, "size": True},
            {**PDF, "size": 2**53}, {**PDF, "media_type": ""}, {**PDF, "media_type": "pdf"},
            {**PDF, "media_type": "a/b\n"}, {**PDF, "media_type": "a/b;c=d"},
        ],
    )  # fmt: skip
    def test_takes_no_word_for_a_file(self, value: Any) -> None:
        assert named(blobs=[value], report=value) == ()

    @pytest.mark.parametrize("body", [b"", b"[]", b"nothing", b'{"blobs":' + b"[" * 5_000, b"{"])
    def test_of_no_body_is_none(self, body: bytes) -> None:
        assert blobs_named_in(body) == ()


class TestMediaType:
    @pytest.mark.parametrize("text", ["image/svg+xml", "application/vnd.ant.fit", "a/b"])
    def test_is_type_and_subtype(self, text: str) -> None:
        assert is_media_type(text)

    @pytest.mark.parametrize("text", ["A/b", "a/b ", "a//b", "/", "a/" + "b" * 128, "a/b\r\n"])
    def test_is_nothing_else(self, text: str) -> None:
        assert not is_media_type(text)
