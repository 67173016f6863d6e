"""Erasure: nothing is left, nothing comes back, and phones are told."""

import io
import uuid
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from apps.common.actor import acting_as, snapshot_as
from apps.insights.services.derive import derive
from apps.insights.services.publish import publish
from apps.insights.services.recompute import recompute_athlete
from apps.insights.services.snapshot import read_snapshot
from apps.sync.erasing import Erased, erase_deleted, erase_feed
from apps.sync.selectors import feed_state
from tests.apps.insights.test_recompute import vitamin_d
from tests.apps.sync.ops import changed, deleted, feed, lab, one, restored, workout
from tests.apps.sync.test_reading import drain
from tests.apps.uploads.sending import store
from tests.conftest import Person, make_person

TABLES = ("sync_record", "sync_log", "sync_device_feed", "recompute_queue")
READ_MODELS = ("observation", "sessionload", "loadday", "summary", "panelrow", "published",
               "sessionsource", "fusion", "fusionmember", "fusiondecision")  # fmt: skip


def counts(person: Person, tables: tuple[str, ...] = TABLES) -> dict[str, int]:
    """Return how many rows each table holds of a person."""
    found = {}
    with acting_as(person.id), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table} WHERE athlete_id = %s", [person.id])
            found[table] = cursor.fetchone()[0]
    return found


def erase(person: Person) -> Erased:
    """Erase a person's feed."""
    with acting_as(person.id):
        return erase_feed(person.id)


class TestEraseFeed:
    def test_c56_a_phone_that_comes_back_is_told_and_re_creates_nothing(
        self, athlete: Person
    ) -> None:
        first = athlete.sync([workout(), lab()]).json()
        _, cursor = drain(athlete)
        drain(athlete, cursor)
        erased = erase(athlete)
        assert (erased.records, erased.ops) == (2, 2)
        assert set(counts(athlete).values()) == {0}
        outbox = [workout(), workout()]
        for ops in (outbox, []):
            answer = athlete.sync(
                ops, epoch=first["epoch"], witness=first["witness"], cursor=cursor
            )
            assert (answer.status_code, answer.json()["code"]) == (409, "epoch-changed")
        assert set(counts(athlete).values()) == {0}
        fresh = athlete.sync([]).json()
        assert fresh["epoch"] != first["epoch"]
        assert (fresh["witness"]["seq"], fresh["page"]["rows"]) == (0, [])
        page = athlete.sync([], cursor=cursor).json()["page"]
        assert page["reset"] == "cursor-unreadable"

    def test_leaves_a_feed_that_works(self, athlete: Person) -> None:
        athlete.sync([workout() for _ in range(5)])
        erase(athlete)
        op = workout()
        assert one(athlete, op)["seq"] == 1
        assert [row["id"] for row in feed(athlete)] == [op["id"]]
        with acting_as(athlete.id):
            state = feed_state(athlete.id)
        assert state is not None
        assert (state.head_seq, state.input_seq, state.derived_seq) == (1, 1, 0)

    def test_touches_nobody_else(self, athlete: Person, stranger: Person) -> None:
        stranger.sync([workout()])
        before = counts(stranger)
        erase(athlete)
        athlete.sync([workout()])
        erase(athlete)
        assert counts(stranger) == before

    def test_opens_no_feed_that_never_was(self, athlete: Person) -> None:
        assert erase(athlete) == Erased(0, 0)
        with acting_as(athlete.id):
            assert feed_state(athlete.id) is None

    def test_is_not_undone_by_a_recompute_under_way(self, athlete: Person) -> None:
        athlete.sync([workout(), vitamin_d()])
        now = timezone.now()
        with snapshot_as(athlete.id):
            snapshot = read_snapshot(athlete.id, now=now)
        assert snapshot is not None
        derived = derive(athlete.id, snapshot)
        erase(athlete)
        with acting_as(athlete.id):
            assert not publish(athlete_id=athlete.id, snapshot=snapshot, derived=derived, now=now)
        assert counts(athlete)["sync_record"] == 0


class TestCommand:
    def test_erases_what_was_derived_too(self, athlete: Person) -> None:
        athlete.sync([*(workout(source={"system": name}) for name in ("a", "b")), vitamin_d()])
        store(athlete, b"a report")
        recompute_athlete(athlete_id=athlete.id, now=timezone.now())
        tables = (*TABLES, *(f"insights_{name}" for name in READ_MODELS))
        tables = (*tables, "uploads_blob", "uploads_place", "reminders_inboxitem")
        assert counts(athlete, tables)["insights_observation"] == 1
        told = io.StringIO()
        call_command("erase_feed", "--athlete", athlete.user.email, "--yes", stdout=told)
        assert set(counts(athlete, tables).values()) == {0}
        assert "records" in told.getvalue()
        assert athlete.get("/v1/athletes/me/summary").json()["summary"] is None
        athlete.sync([vitamin_d()])
        recompute_athlete(athlete_id=athlete.id, now=timezone.now())
        assert counts(athlete, tables)["insights_observation"] == 1

    @pytest.mark.parametrize(
        "arguments",
        [["--athlete", "{email}"], ["--athlete", "nobody@example.org", "--yes"]],
    )
    def test_needs_to_be_meant(self, arguments: list[str]) -> None:
        person = make_person()
        person.sync([workout()])
        told = [argument.format(email=person.user.email) for argument in arguments]
        with pytest.raises(CommandError):
            call_command("erase_feed", *told)
        assert counts(person)["sync_record"] == 1


class TestEraseDeleted:
    def said(self, person: Person) -> str:
        with acting_as(person.id), connection.cursor() as cursor:
            cursor.execute("SELECT string_agg(l::text, ' ') FROM sync_log l")
            return str(cursor.fetchone()[0])

    def erase(self, person: Person, *ops: dict[str, Any]) -> int:
        with acting_as(person.id):
            return erase_deleted(person.id, [uuid.UUID(op["id"]) for op in ops])

    def test_leaves_stubs_and_receipts_and_no_word(self, athlete: Person) -> None:
        op, other = lab(value=417.317, note="CANARY"), lab(value=41.5)
        athlete.sync([op, other])
        late = changed(op, set={"value": 417.318})
        athlete.sync([late])
        assert one(athlete, changed(op, set={"value": 417.319}))["status"] == "conflict"
        gone = deleted(op, late["op"])
        assert one(athlete, gone)["status"] == "applied"
        assert "417.31" in self.said(athlete)
        assert self.erase(athlete, op) == 3
        said = self.said(athlete)
        assert "417.31" not in said
        assert "CANARY" not in said
        assert "41.5" in said
        assert one(athlete, op)["was"] == "applied"
        record = athlete.get(f"/v1/athletes/me/records/{op['id']}").json()["record"]
        assert record["deleted"] is True
        versions = athlete.get(f"/v1/athletes/me/records/{op['id']}/versions").json()["versions"]
        assert len(versions) == 4
        assert not any("body" in version for version in versions)

    def test_is_no_longer_undone_without_a_body(self, athlete: Person) -> None:
        op = workout(rpe=7)
        gone = deleted(op)
        athlete.sync([op, gone])
        self.erase(athlete, op)
        assert one(athlete, restored(op, gone["op"]))["status"] == "rejected"
        back = restored(op, gone["op"], set=op["set"])
        assert one(athlete, back)["status"] == "applied"

    def test_leaves_what_lives_alone(self, athlete: Person) -> None:
        op = workout(note="CANARY")
        athlete.sync([op])
        assert self.erase(athlete, op) == 0
        assert "CANARY" in self.said(athlete)
