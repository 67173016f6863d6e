"""Two walls around files, each with the other switched off."""

from collections.abc import Iterator

import pytest
from django.db import connection, connections
from django.test import Client

from apps.common.actor import acting_as
from apps.uploads.models import Blob, Upload
from tests.apps.uploads.naming import with_report, work
from tests.apps.uploads.sending import begin, declaring, piece, sha256, store
from tests.conftest import Person

TABLES = ("blob", "upload", "part", "reference", "place")
DATA = b"a report with a CANARY"
BEGUN = b"begun with a CANARY"


def count(table: str, person: Person) -> int:
    """Return how many rows of somebody the acting person sees."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM uploads_{table} WHERE athlete_id = %s", [str(person.id)]
        )
        return int(cursor.fetchone()[0])


@pytest.fixture
def filed(athlete: Person) -> Person:
    """An athlete with rows in every table."""
    athlete.sync([with_report(DATA)])
    work()
    store(athlete, DATA)
    where = f"/v1/uploads/{begin(athlete, BEGUN).id}"
    headers = athlete.headers | {"Tus-Resumable": "1.0.0"} | piece(0)
    answer = Client().patch(where, BEGUN[:5], content_type=headers["Content-Type"], headers=headers)
    assert answer.status_code == 204
    return athlete


class TestDatabase:
    @pytest.mark.parametrize("table", TABLES)
    def test_shows_an_athletes_rows_to_the_athlete_alone(
        self, filed: Person, stranger: Person, table: str
    ) -> None:
        assert count(table, filed) == 0
        with acting_as(stranger.id):
            assert count(table, filed) == 0
        with acting_as(filed.id):
            assert count(table, filed) > 0

    def test_takes_no_row_for_somebody_else(self, filed: Person, stranger: Person) -> None:
        with acting_as(stranger.id):
            assert Blob.objects.filter(athlete_id=filed.id).update(state="failed") == 0
            assert Upload.objects.filter(athlete_id=filed.id).delete()[0] == 0


class TestApp:
    @pytest.fixture
    def open_database(self) -> Iterator[None]:
        """Row-level security switched off."""
        with connections["owner"].cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"ALTER TABLE uploads_{table} DISABLE ROW LEVEL SECURITY")
        yield
        with connections["owner"].cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"ALTER TABLE uploads_{table} ENABLE ROW LEVEL SECURITY")
        connections["owner"].close()

    def test_gives_a_stranger_nothing_by_itself(
        self, filed: Person, stranger: Person, open_database: None
    ) -> None:
        with acting_as(stranger.id):
            assert count("blob", filed) == 1
            begun = Upload.objects.get(athlete_id=filed.id, sha256=sha256(BEGUN))
        headers = stranger.headers | {"Tus-Resumable": "1.0.0"} | piece(5)
        for method in ("HEAD", "PATCH", "DELETE"):
            answer = Client().generic(
                method,
                f"/v1/uploads/{begun.id}",
                BEGUN[5:],
                headers["Content-Type"],
                headers=headers,
            )
            assert answer.status_code == 404
        for athlete in ("me", str(filed.id)):
            answer = stranger.get(f"/v1/athletes/{athlete}/blobs/{sha256(DATA)}")
            assert answer.status_code == 404
        told = stranger.headers | {"Tus-Resumable": "1.0.0"} | declaring(DATA)
        created = Client().post("/v1/uploads", headers=told)
        assert (created.status_code, created["Upload-Offset"]) == (201, "0")
