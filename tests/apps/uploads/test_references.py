"""Who notices that a record names a file, and what the feed says of it then."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.common.actor import acting_as
from apps.common.statements import Question
from apps.sync.erasing import erase_feed
from apps.sync.selectors import between_question, feed_state
from apps.uploads.bounds import UNNAMED_KEPT
from apps.uploads.models import Blob, Place, Reference
from apps.uploads.services import references
from apps.uploads.services.erase import erase_blobs
from apps.uploads.services.references import note_references
from tests.apps.insights.test_recompute import rows_of
from tests.apps.sync.test_push import workout
from tests.apps.uploads.conftest import WebProcess, sweep_all
from tests.apps.uploads.naming import reference, told, with_report, work
from tests.apps.uploads.sending import content, declaring, piece, sha256
from tests.apps.uploads.test_tus import blob, create, send
from tests.conftest import Person
from tests.faults.held import Thread

pytestmark = pytest.mark.processes

DATA = content(2_000)
OTHER = content(2_000, seed=2)


def edit(op: dict[str, Any], base: str, **members: Any) -> dict[str, Any]:
    """Return the next op on the same record."""
    same = {name: op[name] for name in ("type", "id", "schema")}
    return {**same, "op": str(uuid.uuid4()), "base": base, "action": "put", **members}


class TestStatus:
    def test_is_pending_until_the_file_is_here(self, web: WebProcess, athlete: Person) -> None:
        athlete.sync([workout(blobs=[reference(DATA), reference(OTHER)])])
        work()
        assert told(athlete) == {sha256(DATA): "pending", sha256(OTHER): "pending"}
        send(web, athlete, DATA)
        assert told(athlete) == {sha256(DATA): "available", sha256(OTHER): "pending"}
        (row,) = [
            row for row in rows_of(athlete, "blob_status") if row["body"]["state"] == "available"
        ]
        assert row["body"] == reference(DATA) | {"state": "available"}
        assert row["by"] == {"actor": "server"}

    def test_is_failed_when_the_content_was_another(self, web: WebProcess, athlete: Person) -> None:
        athlete.sync([with_report(DATA)])
        work()
        where = create(web, athlete, DATA)
        assert web.ask(athlete, "PATCH", where, piece(0), OTHER).status == 422
        assert told(athlete) == {sha256(DATA): "failed"}
        create(web, athlete, DATA)
        assert told(athlete) == {sha256(DATA): "pending"}
        send(web, athlete, DATA)
        assert told(athlete) == {sha256(DATA): "available"}

    def test_is_there_at_once_for_a_file_that_came_first(
        self, web: WebProcess, athlete: Person
    ) -> None:
        send(web, athlete, DATA)
        assert told(athlete) == {sha256(DATA): "available"}
        athlete.sync([with_report(DATA)])
        work()
        assert told(athlete) == {sha256(DATA): "available"}
        (row,) = rows_of(athlete, "blob_status")
        assert row["rev"] == 1

    def test_can_not_be_pushed(self, athlete: Person) -> None:
        op = {**workout(), "type": "blob_status", "set": reference(DATA) | {"state": "available"}}
        (result,) = athlete.sync([op]).json()["results"]
        assert (result["status"], result["code"]) == ("rejected", "server-owned")

    def test_does_not_make_the_summary_stale(self, web: WebProcess, athlete: Person) -> None:
        athlete.sync([with_report(DATA)])
        work()
        with acting_as(athlete.id):
            before = feed_state(athlete.id)
        send(web, athlete, DATA)
        with acting_as(athlete.id):
            after = feed_state(athlete.id)
        assert before is not None
        assert after is not None
        assert after.head_seq == before.head_seq + 1
        assert (after.input_seq, after.derived_seq) == (before.input_seq, before.derived_seq)
        assert athlete.get("/v1/athletes/me/changes").json()["derived"]["state"] == "current"

    def test_goes_when_no_record_names_a_file_that_never_came(self, athlete: Person) -> None:
        op = with_report(DATA)
        athlete.sync([op])
        work()
        assert told(athlete) == {sha256(DATA): "pending"}
        cursor = athlete.get("/v1/athletes/me/changes").json()["page"]["cursor"]
        athlete.sync([edit(op, op["op"], unset=["report"])])
        work()
        assert told(athlete) == {}
        rows = athlete.get("/v1/athletes/me/changes", cursor=cursor).json()["page"]["rows"]
        (row,) = [row for row in rows if row["type"] == "blob_status"]
        assert row["deleted"] is True


class TestSomebodyElsesFile:
    def test_v26_is_as_unknown_as_none(
        self, web: WebProcess, athlete: Person, stranger: Person
    ) -> None:
        """By its digest nobody can tell whether anybody has a file."""
        send(web, stranger, DATA)
        answers = []
        for data in (DATA, OTHER):
            (result,) = athlete.sync([with_report(data)]).json()["results"]
            answers.append({name: result[name] for name in ("status", "rev")})
            work()
            created = web.ask(athlete, "POST", "/v1/uploads", declaring(data))
            answers[-1] |= {
                "told": told(athlete)[sha256(data)],
                "created": (created.status, created.offset),
                "read": blob(web, athlete, data).status,
            }
        assert answers[0] == answers[1]
        assert answers[0]["told"] == "pending"
        assert answers[0]["created"] == (201, 0)
        assert answers[0]["read"] == 404


def begin_anew(person: Person) -> None:
    """Erase a person's feed and files, and name a file in the new life's first record."""
    with acting_as(person.id):
        erase_feed(person.id)
    erase_blobs(athlete_id=person.id, now=timezone.now())
    person.sync([with_report(DATA)])


class TestReadingOn:
    def test_changes_nothing_the_second_time(self, athlete: Person) -> None:
        athlete.sync([with_report(DATA)])
        work()
        before = athlete.get("/v1/athletes/me/changes").json()["witness"]
        assert note_references(athlete_id=athlete.id, now=timezone.now()) == 1
        assert athlete.get("/v1/athletes/me/changes").json()["witness"] == before

    def test_takes_four_round_trips_where_no_file_is_named(
        self, athlete: Person, trips: list[int]
    ) -> None:
        athlete.sync([workout()])
        trips.clear()
        assert note_references(athlete_id=athlete.id, now=timezone.now()) == 1
        assert len(trips) == 4, "place, what changed, what it named, the new place with the commit"

    def test_leaves_what_somebody_else_read_meanwhile(
        self, athlete: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        athlete.sync([with_report(DATA)])
        work()
        real = references._place_question
        monkeypatch.setattr(
            references, "_place_question", lambda key: Question(real(key).call, lambda rows: 0)
        )
        monkeypatch.setattr(references, "_renew", lambda *_, **__: pytest.fail("read twice"))
        assert note_references(athlete_id=athlete.id, now=timezone.now()) == 1
        with acting_as(athlete.id):
            assert Place.objects.get(athlete_id=athlete.id).seq == 1

    def test_begins_anew_in_a_feed_that_was_erased_meanwhile(
        self, athlete: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        athlete.sync([workout(), workout()])
        work()
        athlete.sync([workout()])
        erasures: list[Thread] = []

        def erased(*args: Any, **named: Any) -> Any:
            if not erasures:
                erasures.append(Thread(lambda: begin_anew(athlete)))
                erasures[0].result()
            return between_question(*args, **named)

        monkeypatch.setattr(references, "between_question", erased)
        note_references(athlete_id=athlete.id, now=timezone.now())
        assert erasures
        work()
        assert told(athlete) == {sha256(DATA): "pending"}

    def test_of_a_feed_that_is_not_there_is_nothing(self, athlete: Person) -> None:
        assert note_references(athlete_id=athlete.id, now=timezone.now()) == 0

    def test_goes_through_a_long_history_in_steps(
        self, athlete: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        files = [content(100, seed=seed) for seed in range(7)]
        athlete.sync([workout(blobs=[reference(data)]) for data in files])
        monkeypatch.setattr(references, "STEP", 2)
        assert note_references(athlete_id=athlete.id, now=timezone.now()) == 7
        assert told(athlete) == {sha256(data): "pending" for data in files}

    def test_costs_the_same_for_many_records(self, athlete: Person, sql_statements: Any) -> None:
        counts = []
        for size in (1, 60):
            files = [content(100, seed=1_000 * size + seed) for seed in range(size)]
            athlete.sync([workout(blobs=[reference(data)]) for data in files])
            with sql_statements() as statements:
                note_references(athlete_id=athlete.id, now=timezone.now())
            counts.append(len(statements))
        assert counts[0] == counts[1]

    def test_follows_a_record_through_edits_and_deletion(self, athlete: Person) -> None:
        op = with_report(DATA)
        athlete.sync([op])
        work()
        second = edit(op, op["op"], set={"report": reference(OTHER)})
        athlete.sync([second])
        work()
        assert told(athlete) == {sha256(OTHER): "pending"}
        gone = {**edit(op, second["op"]), "action": "delete"}
        athlete.sync([gone])
        work()
        assert told(athlete) == {}
        with acting_as(athlete.id):
            assert not Reference.objects.exists()

    def test_leaves_the_record_that_still_names_a_file(self, athlete: Person) -> None:
        ops = [with_report(DATA), workout(blobs=[reference(DATA)])]
        athlete.sync(ops)
        work()
        athlete.sync([{**edit(ops[0], ops[0]["op"]), "action": "delete"}])
        work()
        assert told(athlete) == {sha256(DATA): "pending"}

    @pytest.mark.parametrize(
        "blobs",
        [
            "none",
            {"sha256": "not hexadecimal", "size": 5, "media_type": "application/pdf"},
            [{"sha256": sha256(DATA)}, 7, None, [], "x"],
            [{**reference(DATA), "size": -1}],
            [{**reference(DATA), "size": 1e300}],
            [{**reference(DATA), "sha256": sha256(DATA).upper()}],
            [{**reference(DATA), "media_type": "text/html\r\nX: 1"}],
        ],
    )
    def test_takes_what_is_no_reference_for_none(self, athlete: Person, blobs: Any) -> None:
        (result,) = athlete.sync([workout(blobs=blobs)]).json()["results"]
        assert result["status"] in ("applied", "rejected")
        work()
        assert told(athlete) == {}
        with acting_as(athlete.id):
            was_read = Place.objects.filter(athlete_id=athlete.id).exists()
        assert was_read == (result["status"] == "applied")


class TestFileWithoutAName:
    def test_is_kept_a_month_for_an_undo(self, web: WebProcess, athlete: Person) -> None:
        op = with_report(DATA)
        athlete.sync([op])
        work()
        send(web, athlete, DATA)
        athlete.sync([{**edit(op, op["op"]), "action": "delete"}])
        work()
        now = timezone.now()
        for days, status in ((2, 200), (29, 200), (31, 404)):
            sweep_all(now + timedelta(days=days))
            assert blob(web, athlete, DATA).status == status
        assert web.files(athlete) == []
        assert told(athlete) == {}
        with acting_as(athlete.id):
            assert not Blob.objects.exists()

    def test_stays_once_it_is_named(self, web: WebProcess, athlete: Person) -> None:
        send(web, athlete, DATA)
        athlete.sync([with_report(DATA)])
        work()
        for days in (2, 31, 62):
            sweep_all(timezone.now() + timedelta(days=days))
        assert blob(web, athlete, DATA).body == DATA

    def test_is_kept_longer_when_it_is_sent_again(self, web: WebProcess, athlete: Person) -> None:
        send(web, athlete, DATA)
        with acting_as(athlete.id):
            Blob.objects.update(unnamed_since=timezone.now() - UNNAMED_KEPT)
        create(web, athlete, DATA)
        sweep_all(timezone.now() + timedelta(days=2))
        assert blob(web, athlete, DATA).body == DATA
