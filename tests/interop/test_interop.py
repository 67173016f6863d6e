"""The reference client and one written from the guide alone edit one account at the same time."""

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from phone import Phone
from tests.conftest import Person
from tests.interop.conftest import Other, other
from tests.phone import backup
from tests.phone.devices import (
    LAB,
    WORKOUT,
    bodies_at_server,
    device,
    held_by_server,
    seen,
    versions,
)
from tests.serving import WebProcess

pytestmark = pytest.mark.processes


def agree(phone: Phone, twin: Other, person: Person) -> dict[UUID, dict[str, Any]]:
    """Sync both in peace and return what both, and the server, hold."""
    for _ in range(2):
        twin.sync()
        phone.sync()
    assert (phone.store.outbox(), phone.store.wanted()) == ([], [])
    assert twin.is_at_rest()
    assert versions(phone) == twin.versions() == held_by_server(person)
    assert seen(phone) == twin.seen() == bodies_at_server(person)
    return seen(phone)


class TestTwoClients:
    def test_converge_through_chains_merges_conflicts_deletions_and_groups(
        self, web: WebProcess, athlete: Person, tmp_path: Path
    ) -> None:
        merged, guarded, gone, back, one, two = (uuid4() for _ in range(6))
        sets = {"uid": "e1", "exercise": "back_squat", "sets": [{"uid": "s1", "reps": 5}]}
        with (
            device(web, athlete) as phone,
            other(web, athlete, tmp_path / "other.json") as twin,
        ):
            phone.put("workout_session", merged, set={**WORKOUT, "exercises": [sets]})
            phone.put("lab_result", guarded, set=LAB)
            phone.put("workout_session", gone, set=WORKOUT)
            phone.put("workout_session", back, set=WORKOUT)
            phone.sync()
            twin.sync()
            assert twin.seen() == seen(phone)

            # Offline, on both, in chains.
            more = [{**sets, "sets": [*sets["sets"], {"uid": "s2", "reps": 4}]}]
            less = [{**sets, "sets": [*sets["sets"], {"uid": "s3", "reps": 3}]}]
            phone.put("workout_session", merged, set={"title": "Hills", "exercises": more})
            phone.put("workout_session", merged, set={"note": "wet"})
            twin.put("workout_session", merged, rpe=9, exercises=less)
            twin.put("workout_session", merged, rpe=8)
            phone.put("lab_result", guarded, set={"value": 50})
            theirs = twin.put("lab_result", guarded, value=60)
            built = twin.put("lab_result", guarded, lab="City")
            phone.put("workout_session", gone, set={"rpe": 3})
            kept = twin.delete("workout_session", gone)
            phone.delete("workout_session", back)
            late = twin.put("workout_session", back, rpe=2)
            twin.tell(
                do="group",
                ops=[
                    {"do": "put", "type": "workout_session", "id": str(one), "set": WORKOUT},
                    {"do": "put", "type": "lab_result", "id": str(two), "set": LAB},
                ],
            )
            phone.sync()
            held = agree(phone, twin, athlete)

            assert {set_["uid"] for set_ in held[merged]["exercises"][0]["sets"]} == {
                "s1",
                "s2",
                "s3",
            }
            assert (held[merged]["title"], held[merged]["note"]) == ("Hills", "wet")
            assert held[merged]["rpe"] == 8
            assert held[guarded]["value"] == 50
            assert held[gone]["rpe"] == 3
            assert back not in held
            assert twin.attention() == [
                (theirs, "conflict"),
                (built, "blocked"),
                (kept, "conflict"),
                (late, "rejected"),
            ]

            # The person decides: the value after all, the deletion, and the edit of what is gone.
            for op in (theirs, kept, late):
                twin.tell(do="redo", op=op)
            held = agree(phone, twin, athlete)
            assert (twin.attention(), phone.attention()) == ([], [])
            assert (held[guarded]["value"], held[guarded]["lab"]) == (60, "City")
            assert held[back] == {**WORKOUT, "rpe": 2}
            assert gone not in held
            phone.restore("workout_session", gone)
            twin.delete("workout_session", back)
            held = agree(phone, twin, athlete)
            assert held[gone] == {**WORKOUT, "rpe": 3}
            assert set(held) == {merged, guarded, gone, one, two}

    @pytest.mark.parametrize("seed", range(3))
    def test_converge_when_both_sync_at_the_same_time(
        self, web: WebProcess, athlete: Person, tmp_path: Path, seed: int
    ) -> None:
        records = [uuid4() for _ in range(4)]

        def edit_by_phone(phone: Phone, chance: random.Random) -> None:
            for _ in range(12):
                record = chance.choice(records)
                if chance.random() < 0.15:
                    phone.delete("workout_session", record)
                elif chance.random() < 0.15:
                    phone.restore("workout_session", record)
                else:
                    phone.put("workout_session", record, set={"rpe": chance.randint(0, 10)})
                if chance.random() < 0.6:
                    phone.sync()

        def edit_by_twin(twin: Other, chance: random.Random) -> None:
            for _ in range(12):
                record = chance.choice(records)
                if chance.random() < 0.15:
                    twin.delete("workout_session", record)
                elif chance.random() < 0.15:
                    twin.restore("workout_session", record)
                else:
                    twin.put("workout_session", record, title=chance.choice("abc"), rpe=5)
                if chance.random() < 0.6:
                    twin.sync()

        with (
            device(web, athlete) as phone,
            other(web, athlete, tmp_path / "other.json") as twin,
            ThreadPoolExecutor(2) as both,
        ):
            for record in records:
                phone.put("workout_session", record, set=WORKOUT)
            phone.sync()
            work = [
                both.submit(edit_by_phone, phone, random.Random(seed)),  # noqa: S311 - no secret
                both.submit(edit_by_twin, twin, random.Random(seed + 100)),  # noqa: S311 - no secret
            ]
            for each in work:
                each.result()

            agree(phone, twin, athlete)

    def test_keeps_its_edits_when_it_is_killed(
        self, web: WebProcess, athlete: Person, tmp_path: Path
    ) -> None:
        record, store = uuid4(), tmp_path / "other.json"
        with device(web, athlete) as phone:
            with other(web, athlete, store) as twin:
                twin.put("workout_session", record, **WORKOUT)
                twin.sync()
                twin.put("workout_session", record, rpe=9)
                twin.process.kill()
            with other(web, athlete, store) as twin:
                assert twin.seen() == {record: {**WORKOUT, "rpe": 9}}
                assert agree(phone, twin, athlete) == {record: {**WORKOUT, "rpe": 9}}

    def test_give_back_what_a_restored_server_lost(
        self, web: WebProcess, athlete: Person, tmp_path: Path
    ) -> None:
        changed, gone, new, offline = (uuid4() for _ in range(4))
        with (
            device(web, athlete) as phone,
            other(web, athlete, tmp_path / "other.json") as twin,
        ):
            for record in (changed, gone):
                phone.put("workout_session", record, set=WORKOUT)
            phone.sync()
            twin.sync()
            saved = backup.take(athlete.id)
            phone.put("workout_session", changed, set={"rpe": 9})
            phone.delete("workout_session", gone)
            phone.put("lab_result", new, set={**LAB, "value": 41.25})
            phone.sync()
            twin.sync()
            before = twin.versions()
            twin.put("workout_session", changed, title="Hills")
            twin.put("workout_session", offline, **WORKOUT)
            assert held_by_server(athlete) == before

            backup.restore(saved)
            twin.sync()

            assert before.items() - held_by_server(athlete).items() == {(changed, before[changed])}
            assert twin.attention() == []
            held = agree(phone, twin, athlete)
            assert held == {
                changed: {**WORKOUT, "rpe": 9, "title": "Hills"},
                new: {**LAB, "value": 41.25},
                offline: WORKOUT,
            }

    def test_gives_up_a_feed_that_was_erased(
        self, web: WebProcess, athlete: Person, tmp_path: Path
    ) -> None:
        with other(web, athlete, tmp_path / "other.json") as twin:
            twin.put("workout_session", uuid4(), **WORKOUT)
            twin.sync()
            twin.put("lab_result", uuid4(), **LAB)
            backup.erase(athlete.id)

            assert twin.sync() == {"erased": True}

            assert twin.seen() == {}
            assert twin.sync()["complete"]
            assert held_by_server(athlete) == {}
