"""Phones of real people at a real server: their stores, and what the server holds."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from apps.accounts.services.sign_in import open_device
from phone import Phone, Store
from tests.conftest import Person
from tests.serving import WebProcess

WORKOUT = {
    "activity": "running",
    "rpe": 6,
    "started_at": "2026-03-01T18:00:00+01:00",
    "ended_at": "2026-03-01T18:45:00+01:00",
    "utc_offset_min": 60,
    "local_date": "2026-03-01",
}
LAB = {
    "analyte": "vitd_25oh",
    "value": 41.5,
    "unit": "nmol/L",
    "collected_at": "2026-02-26T08:05:00+01:00",
    "status": "final",
}


@contextmanager
def device(
    web: WebProcess, person: Person, path: Path | None = None, **options: Any
) -> Iterator[Phone]:
    """Hold one more phone of a person, signed in; an existing store stays who it is."""
    with Store(path) as store, Phone(web.url, store, **{"attempts": 3, **options}) as phone:
        if store.account().token is None:
            signed = open_device(
                user=person.user,
                installation=uuid4(),
                name="Test phone",
                platform="tests",
                now=datetime.now(UTC),  # noqa: TID251 (the edge of a test)
            )
            store.sign_in(
                email=person.user.email,
                athlete=person.id,
                device=signed.device_id,
                token=signed.access_token,
            )
        yield phone


def seen(phone: Phone) -> dict[UUID, dict[str, Any]]:
    """What the person sees, by record."""
    return {record.id: record.body for record in phone.records()}


def versions(phone: Phone) -> dict[UUID, tuple[str, int]]:
    """Version and revision of each live record in the phone's clean copy."""
    return {
        key: (str(record.v), record.rev)
        for key, record in phone.store.clean_records().items()
        if not record.deleted
    }


def held_by_server(person: Person) -> dict[UUID, tuple[str, int]]:
    """Version and revision of each live record of the person's feed."""
    answer = person.get("/v1/athletes/me/changes", max_rows="2000")
    assert answer.status_code == 200, answer.content
    rows = answer.json()["page"]["rows"]
    return {UUID(row["id"]): (row["v"], row["rev"]) for row in rows}


def bodies_at_server(person: Person) -> dict[UUID, dict[str, Any]]:
    """Body of each live record of the person's feed."""
    answer = person.get("/v1/athletes/me/changes", max_rows="2000")
    return {UUID(row["id"]): row["body"] for row in answer.json()["page"]["rows"]}
