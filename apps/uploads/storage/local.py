"""A folder of this machine, or one that several machines share."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from django.core.files.storage import FileSystemStorage

from apps.uploads.storage import CHUNK_BYTES, Source, StorageUnavailable


class LocalFiles(FileSystemStorage):
    """Writes beside the place and moves when all is on the disk: whole or not at all."""

    def write(self, name: str, source: Source) -> None:
        """Store all of ``source``; it survives a crash of the machine once this returns."""
        with _or_unavailable():
            place = Path(self.path(name))
            self._ensure_folder(place.parent)
            beside = place.with_name(f"{place.name}.{uuid4().hex}.new")
            try:
                with beside.open("xb") as target:
                    while chunk := source.read(CHUNK_BYTES):
                        target.write(chunk)
                    target.flush()
                    os.fsync(target.fileno())
                beside.replace(place)
            except BaseException:
                beside.unlink(missing_ok=True)
                raise
            _sync_folder(place.parent)

    def stream(self, name: str, *, first: int, size: int) -> Iterator[bytes]:
        """Return ``size`` bytes from ``first`` on."""
        with _or_unavailable():
            source = Path(self.path(name)).open("rb")  # noqa: SIM115 (closed by the iterator)
            source.seek(first)
        return _Chunks(source, size)

    def remove(self, name: str) -> None:
        """Forget a file."""
        with _or_unavailable():
            Path(self.path(name)).unlink(missing_ok=True)

    def remove_under(self, folder: str) -> None:
        """Forget a folder and all in it, unfinished writes too."""
        with _or_unavailable():
            place = Path(self.path(folder))
            if place.exists():
                shutil.rmtree(place)

    def _ensure_folder(self, folder: Path) -> None:
        """Make a folder and put each new name on the disk with its parent."""
        missing = []
        while not folder.exists():
            missing.append(folder)
            folder = folder.parent
        for each in reversed(missing):
            each.mkdir(mode=0o700, exist_ok=True)
            _sync_folder(each.parent)


class _Chunks:
    """Reads a span of an open file and closes it, read to the end or not."""

    def __init__(self, source: BinaryIO, size: int) -> None:
        self._source = source
        self._left = size

    def __iter__(self) -> "_Chunks":
        return self

    def __next__(self) -> bytes:
        with _or_unavailable():
            chunk = self._source.read(min(CHUNK_BYTES, self._left)) if self._left else b""
        if not chunk:
            self.close()
            raise StopIteration
        self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        """Give the file back."""
        self._source.close()


@contextmanager
def _or_unavailable() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageUnavailable from error


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
