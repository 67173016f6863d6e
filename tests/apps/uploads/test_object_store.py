"""Several web processes, as on several machines, with one object store between them."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from tests.apps.uploads.conftest import WebProcess, sweep_all, web_process
from tests.apps.uploads.object_store import environment, keys_in, object_store, used
from tests.apps.uploads.sending import Wire, checksum, content, piece
from tests.apps.uploads.test_tus import blob, create, path_of
from tests.conftest import Person
from tests.ports import free_port

pytestmark = pytest.mark.processes

MIB = 2**20


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """An object store."""
    with object_store() as address:
        yield address


@pytest.fixture(scope="module")
def webs(store: str) -> Iterator[tuple[WebProcess, WebProcess]]:
    """Two web processes that share nothing but database and store."""
    nowhere = Path("/nonexistent")
    with (
        web_process(nowhere, **environment(store)) as first,
        web_process(nowhere, **environment(store)) as second,
    ):
        yield first, second


def keys_of(store: str, person: Person) -> list[str]:
    """Return what the store holds of somebody."""
    return [key for key in keys_in(store) if key.startswith(f"files/{person.id}/")]


def sweep_with(address: str, *, days: float) -> None:
    """Sweep as a worker of that deployment would, so many days from now."""
    with used(address, location="files"):
        sweep_all(timezone.now() + timedelta(days=days))


class TestObjectStore:
    def test_lets_a_file_go_through_several_machines(
        self, webs: tuple[WebProcess, WebProcess], store: str, athlete: Person
    ) -> None:
        data = content(10 * MIB)
        where = create(webs[0], athlete, data)
        place = 0
        for turn, size in enumerate((100_000, 900_000, 5 * MIB, len(data))):
            body = data[place : place + size]
            headers = piece(place, **{"Upload-Checksum": checksum(body)})
            answer = webs[turn % 2].ask(athlete, "PATCH", where, headers, body)
            assert answer.status == 204
            place = answer.offset
            assert webs[(turn + 1) % 2].ask(athlete, "HEAD", where).offset == place
        for web in webs:
            assert blob(web, athlete, data).body == data
        part = webs[0].ask(
            athlete, "GET", path_of(data), {"Range": f"bytes={8 * MIB}-{8 * MIB + 9}"}
        )
        assert (part.status, part.body) == (206, data[8 * MIB : 8 * MIB + 10])
        (key,) = keys_of(store, athlete)
        assert key.endswith("/content")

    def test_keeps_what_arrived_of_a_cut_piece(
        self, webs: tuple[WebProcess, WebProcess], athlete: Person
    ) -> None:
        data = content(300_000)
        where = create(webs[0], athlete, data)
        with Wire(webs[0].port, athlete) as wire:
            wire.begin("PATCH", where, piece(0, **{"Content-Length": str(len(data))}))
            wire.send(data[:123_456])
            wire.stream.shutdown(1)
            assert wire.answer().code == "piece-cut-short"
        assert webs[1].ask(athlete, "HEAD", where).offset == 123_456
        answer = webs[1].ask(athlete, "PATCH", where, piece(123_456), data[123_456:])
        assert answer.status == 204
        assert blob(webs[0], athlete, data).body == data

    def test_is_left_clean(
        self, webs: tuple[WebProcess, WebProcess], store: str, athlete: Person
    ) -> None:
        data, other = content(200_000, seed=5), content(200_000, seed=6)
        where = create(webs[0], athlete, data)
        refused = webs[0].ask(athlete, "PATCH", where, piece(0), other)
        assert refused.code == "content-mismatch"
        assert keys_of(store, athlete) == []
        begun = create(webs[0], athlete, data)
        webs[0].ask(athlete, "PATCH", begun, piece(0), data[:1_000])
        assert len(keys_of(store, athlete)) == 1
        sweep_with(store, days=1.1)
        assert keys_of(store, athlete) == []
        assert webs[0].ask(athlete, "HEAD", begun).status == 404

    def test_takes_little_memory(
        self, webs: tuple[WebProcess, WebProcess], athlete: Person
    ) -> None:
        data = content(48 * MIB)
        where = create(webs[0], athlete, data)
        before, highest = webs[0].memory_bytes(), 0
        with Wire(webs[0].port, athlete) as wire:
            wire.begin("PATCH", where, piece(0, **{"Content-Length": str(len(data))}))
            for start in range(0, len(data), 4 * MIB):
                wire.send(data[start : start + 4 * MIB])
                highest = max(highest, webs[0].memory_bytes())
            assert wire.answer().status == 204
        assert blob(webs[0], athlete, data).body == data
        highest = max(highest, webs[0].memory_bytes())
        assert highest - before < 64 * MIB

    def test_that_is_away_loses_nothing(self, athlete: Person) -> None:
        data = content(2_000)
        away = environment(f"http://127.0.0.1:{free_port()}")
        with web_process(Path("/nonexistent"), **away) as web:
            where = create(web, athlete, data)
            answer = web.ask(athlete, "PATCH", where, piece(0), data)
            assert (answer.status, answer.code) == (503, "storage-unavailable")
            assert answer.headers["retry-after"] == "1"
            assert web.ask(athlete, "HEAD", where).offset == 0
