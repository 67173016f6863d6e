"""An object store that speaks S3, on the network."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage

from apps.uploads.storage import CHUNK_BYTES, Source, StorageUnavailable

# An object this large is sent in parts; one part is held in memory at a time.
SENT_AT_ONCE_BYTES = 8 * 1024 * 1024


class S3Files(S3Storage):  # type: ignore[misc]  # its package has no types
    """Objects appear whole or not at all, by the store's own promise."""

    def get_default_settings(self) -> dict[str, Any]:
        """Return settings that keep memory flat and never wait long for a silent store."""
        defaults: dict[str, Any] = super().get_default_settings()
        return defaults | {
            "default_acl": None,
            "transfer_config": TransferConfig(
                multipart_threshold=SENT_AT_ONCE_BYTES,
                multipart_chunksize=SENT_AT_ONCE_BYTES,
                use_threads=False,
            ),
            "client_config": Config(
                signature_version="s3v4",
                connect_timeout=3,
                read_timeout=10,
                retries={"total_max_attempts": 3, "mode": "standard"},
                # Not every store knows the newer checksum headers; contents have their SHA-256.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        }

    def write(self, name: str, source: Source) -> None:
        """Store all of ``source``."""
        with _or_unavailable():
            self.bucket.Object(self._key(name)).upload_fileobj(
                _ReadOnce(source), Config=self.transfer_config
            )

    def stream(self, name: str, *, first: int, size: int) -> Iterator[bytes]:
        """Return ``size`` bytes from ``first`` on."""
        with _or_unavailable():
            answer = self.bucket.Object(self._key(name)).get(
                Range=f"bytes={first}-{first + size - 1}"
            )
        return _Chunks(answer["Body"])

    def remove(self, name: str) -> None:
        """Forget an object."""
        with _or_unavailable():
            self.bucket.Object(self._key(name)).delete()

    def remove_under(self, folder: str) -> None:
        """Forget every object below a folder, and what was sent of unfinished ones."""
        prefix = self._key(folder) + "/"
        with _or_unavailable():
            self.bucket.objects.filter(Prefix=prefix).delete()
            client = self.connection.meta.client
            begun = client.list_multipart_uploads(Bucket=self.bucket_name, Prefix=prefix)
            for upload in begun.get("Uploads", ()):
                client.abort_multipart_upload(
                    Bucket=self.bucket_name, Key=upload["Key"], UploadId=upload["UploadId"]
                )

    def _key(self, name: str) -> str:
        return str(self._normalize_name(name))


class _ReadOnce:
    """Shows a source to boto as what it is: readable from front to back, no more."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def read(self, size: int = -1) -> bytes:
        """Return ``size`` bytes, fewer only at the end: a short read would end a part."""
        pieces = []
        while size != 0 and (piece := self._source.read(size if size > 0 else CHUNK_BYTES)):
            pieces.append(piece)
            size -= len(piece) if size > 0 else 0
        return b"".join(pieces)


class _Chunks:
    """Reads an answer's body and gives its connection back, read to the end or not."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def __iter__(self) -> "_Chunks":
        return self

    def __next__(self) -> bytes:
        with _or_unavailable():
            chunk: bytes = self._body.read(CHUNK_BYTES)
        if not chunk:
            self.close()
            raise StopIteration
        return chunk

    def close(self) -> None:
        """Give the connection back."""
        self._body.close()


@contextmanager
def _or_unavailable() -> Iterator[None]:
    try:
        yield
    except (Boto3Error, BotoCoreError, ClientError, OSError) as error:
        raise StorageUnavailable from error
