"""tus headers as values."""

import base64
import hashlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.blobs.tus import (
    BadHeader,
    Checksum,
    declared,
    parse_checksum,
    parse_metadata,
    whole_number,
)

DIGEST = hashlib.sha256(b"x").hexdigest()


def header(values: dict[str, str]) -> str:
    """Return a metadata header."""
    pairs = (f"{key} {base64.b64encode(text.encode()).decode()}" for key, text in values.items())
    return ",".join(pairs)


class TestMetadata:
    @given(
        st.dictionaries(
            st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=","),
                    min_size=1, max_size=20),
            st.text(st.characters(exclude_categories=["Cs"]), max_size=50),
            max_size=10,
        )
    )  # fmt: skip
    def test_comes_back_as_it_was_sent(self, values: dict[str, str]) -> None:
        assert parse_metadata(header(values)) == values

    @given(st.text(max_size=200))
    def test_is_read_or_refused(self, text: str) -> None:
        with suppress(BadHeader):
            parse_metadata(text)

    def test_may_have_a_key_without_a_value(self) -> None:
        assert parse_metadata("is_private, a YQ==") == {"is_private": "", "a": "a"}


class TestDeclaration:
    def test_names_digest_size_and_type(self) -> None:
        told = header({"sha256": DIGEST.upper(), "filetype": "Application/PDF", "filename": "a"})
        found = declared(length="5", metadata=told)
        assert (found.sha256, found.size) == (DIGEST, 5)
        assert (found.media_type, found.file_name) == ("application/pdf", "a")
        assert found.metadata == told

    @pytest.mark.parametrize("text", [None, "", "-1", "1.0", " 1", "1\n", "²", "9" * 17])
    def test_needs_a_whole_number(self, text: str | None) -> None:
        with pytest.raises(BadHeader):
            whole_number("Upload-Length", text)


class TestChecksum:
    @pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
    def test_is_of_two_kinds(self, algorithm: str) -> None:
        digest = hashlib.new(algorithm, b"x").digest()
        text = f"{algorithm} {base64.b64encode(digest).decode()}"
        assert parse_checksum(text) == Checksum(algorithm, digest)
        assert parse_checksum(None) is None

    @pytest.mark.parametrize("text", ["", "sha1", "sha1 %", "sha1 é", "sha512 AAAA", "sha256 AAAA"])
    def test_is_nothing_else(self, text: str) -> None:
        with pytest.raises(BadHeader):
            parse_checksum(text)
