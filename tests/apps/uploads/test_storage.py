"""The folder and the object store keep the same promises."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from apps.uploads.storage import Files, StorageUnavailable
from apps.uploads.storage.local import LocalFiles
from tests.apps.uploads.object_store import BUCKET, client, held, keys_in, object_store, options
from tests.apps.uploads.sending import content
from tests.ports import free_port

MIB = 2**20


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """An object store."""
    with object_store() as address:
        yield address


@pytest.fixture(params=["folder", "object store"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Files]:
    """One storage of each kind."""
    if request.param == "folder":
        yield LocalFiles(location=tmp_path)
        return
    address = request.getfixturevalue("store")
    with held(**options(address), location=f"tests/{tmp_path.name}") as storage:
        yield storage


@pytest.fixture
def names(files: Files, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[], list[str]]:
    """Every name there is in the storage."""

    def found() -> list[str]:
        if isinstance(files, LocalFiles):
            paths = (path for path in tmp_path.rglob("*") if path.is_file())
            return sorted(str(path.relative_to(tmp_path)) for path in paths)
        prefix = f"tests/{tmp_path.name}/"
        keys = keys_in(request.getfixturevalue("store"))
        return sorted(key.removeprefix(prefix) for key in keys if key.startswith(prefix))

    return found


class Slow:
    """A source that gives little at a time, as a network does, and perhaps breaks."""

    def __init__(self, data: bytes, *, breaks_after: int | None = None) -> None:
        self._data = io.BytesIO(data)
        self._breaks_after = breaks_after

    def read(self, size: int = -1, /) -> bytes:
        """Return up to 10,000 bytes."""
        if self._breaks_after is not None and self._data.tell() >= self._breaks_after:
            raise RuntimeError("broken")
        return self._data.read(min(size, 10_000) if size > 0 else 10_000)


def read(files: Files, name: str, first: int, size: int) -> bytes:
    """Return a span of a stored file."""
    return b"".join(files.stream(name, first=first, size=size))


class TestStorage:
    @pytest.mark.parametrize("size", [1, 65_536, 8 * MIB, 8 * MIB + 1, 17 * MIB])
    def test_gives_back_what_it_was_given(self, files: Files, size: int) -> None:
        data = content(size)
        files.write("a/b/c", Slow(data))
        assert read(files, "a/b/c", 0, size) == data
        assert read(files, "a/b/c", size - 1, 1) == data[-1:]
        middle = size // 2
        assert read(files, "a/b/c", middle, size - middle) == data[middle:]

    @pytest.mark.parametrize("size", [100_000, 17 * MIB])
    def test_has_nothing_of_what_broke_on_the_way(
        self, files: Files, names: Callable[[], list[str]], size: int
    ) -> None:
        with pytest.raises(RuntimeError):
            files.write("a/b", Slow(content(size), breaks_after=size // 2))
        assert names() == []
        with pytest.raises(StorageUnavailable):
            files.stream("a/b", first=0, size=1)

    def test_replaces_the_whole(self, files: Files) -> None:
        for data in (content(300_000), content(1_000, seed=2)):
            files.write("a/b", Slow(data))
            assert read(files, "a/b", 0, len(data)) == data

    def test_keeps_the_old_when_the_new_broke(self, files: Files) -> None:
        files.write("a/b", Slow(b"old"))
        with pytest.raises(RuntimeError):
            files.write("a/b", Slow(content(100_000), breaks_after=50_000))
        assert read(files, "a/b", 0, 3) == b"old"

    def test_removes_one_name_or_all_below_a_folder(
        self, files: Files, names: Callable[[], list[str]]
    ) -> None:
        for name in ("a/b/1", "a/b/parts/2", "a/bc/3", "a/4"):
            files.write(name, Slow(b"x"))
        files.remove("a/4")
        files.remove("a/4")
        files.remove_under("a/b")
        files.remove_under("a/b")
        assert names() == ["a/bc/3"]

    def test_can_be_read_half_and_closed(self, files: Files) -> None:
        files.write("a", Slow(content(300_000)))
        chunks = files.stream("a", first=0, size=300_000)
        assert next(chunks)
        chunks.close()  # type: ignore[attr-defined]  # what the web server does

    @pytest.mark.parametrize("name", ["../b", "a/../../b", "/etc/passwd"])
    def test_stays_at_its_own_place(self, files: Files, name: str) -> None:
        with pytest.raises(Exception, match=r"denied|outside|unsafe|Attempted"):
            files.write(name, Slow(b"x"))


class TestObjectStore:
    def test_leaves_no_unfinished_parts_behind(self, store: str) -> None:
        with client(store) as plain, held(**options(store)) as storage:
            plain.create_multipart_upload(Bucket=BUCKET, Key="lost/a/content")
            storage.remove_under("lost/a")
            assert "Uploads" not in plain.list_multipart_uploads(Bucket=BUCKET)

    def test_that_is_away_is_said_to_be(self) -> None:
        with held(**options(f"http://127.0.0.1:{free_port()}")) as away:
            with pytest.raises(StorageUnavailable):
                away.write("a", Slow(b"x"))
            with pytest.raises(StorageUnavailable):
                away.stream("a", first=0, size=1)
