"""The adversarial cases of the sync contract that a push can meet, each by its number."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import override_settings

from apps.common.actor import acting_as
from tests.apps.sync.ops import (
    changed,
    deleted,
    feed,
    lab,
    live,
    log,
    one,
    op_id,
    put,
    restored,
    results,
    standing,
    workout,
)
from tests.conftest import Person

AT = "2026-03-01T12:00:00+00:00"


def exercise(uid: str, *sets: str) -> dict[str, Any]:
    """Return an exercise with sets of five repetitions."""
    return {"uid": uid, "exercise": "squat", "sets": [{"uid": s, "reps": 5} for s in sets]}


class TestRetries:
    def test_c01_the_same_request_twice_changes_nothing(self, athlete: Person) -> None:
        ops = [workout(), lab(), deleted(workout())]
        first = athlete.sync(ops).json()
        again = athlete.sync(ops).json()
        assert [r["status"] for r in again["results"]] == ["duplicate"] * 3
        assert [r["was"] for r in again["results"]] == [r["status"] for r in first["results"]]
        shown = [(r.get("v"), r.get("rev"), r.get("seq")) for r in first["results"]]
        assert [(r.get("v"), r.get("rev"), r.get("seq")) for r in again["results"]] == shown
        assert again["witness"] == first["witness"]

    def test_c02_chunks_of_any_size_come_to_the_same(
        self, athlete: Person, stranger: Person
    ) -> None:
        ops = [workout(rpe=n % 11) for n in range(500)]
        results(athlete, *ops)
        for chunk in (ops[:7], ops[:300], ops[250:411], ops[100:]):
            results(stranger, *chunk)
        shown = [[(row["v"], row["rev"], row["seq"], row["body"]) for row in feed(person)]
                 for person in (athlete, stranger)]  # fmt: skip
        assert shown[0] == shown[1]

    def test_c03_an_op_id_with_other_content_is_refused(self, athlete: Person) -> None:
        op = workout(rpe=5)
        one(athlete, op)
        result = one(athlete, {**op, "set": {**op["set"], "rpe": 9}})
        assert (result["status"], result["code"]) == ("rejected", "op-reused")
        assert (standing(athlete, op) or {})["rpe"] == 5

    def test_c04_an_op_id_twice_in_a_request_is_refused_whole(self, athlete: Person) -> None:
        op = workout()
        answer = athlete.sync([op, {**op, "set": {}}])
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-envelope")
        assert feed(athlete) == []

    def test_c09_nothing_is_written_around_the_lock(self, athlete: Person) -> None:
        one(athlete, workout())
        with (
            pytest.raises(DatabaseError, match="feed lock"),
            acting_as(athlete.id),
            connection.cursor() as cursor,
        ):
            cursor.execute("UPDATE sync_record SET rev = rev + 1")


class TestRefusals:
    def test_c10_one_bad_record_of_2000_is_refused_alone(self, athlete: Person) -> None:
        ops = [put("athlete_profile", {"sex": "female"}, id=str(athlete.id))]
        ops += [lab() for _ in range(1_999)]
        ops[777] = lab(value="many")  # type: ignore[arg-type]  # the bad one
        found = results(athlete, *ops)
        assert [r["status"] for r in found].count("applied") == 1_999
        bad = found[777]
        assert (bad["status"], bad["code"], bad["parked"]) == ("rejected", "invalid", True)
        assert bad["pointers"] == ["/set/value"]
        pulled = athlete.get("/v1/athletes/me/changes", types="sync_issue").json()
        (issue,) = pulled["page"]["rows"]
        assert issue["body"]["op"] == ops[777]["op"]
        assert issue["body"]["device"] == str(athlete.device_id)

    def test_an_issue_ends_when_its_record_is_written_well(self, athlete: Person) -> None:
        bad = lab(value="many")  # type: ignore[arg-type]  # the bad one
        one(athlete, bad)
        assert [row["body"]["record"] for row in live(athlete, "sync_issue")] == [bad["id"]]
        good = {**lab(), "id": bad["id"]}
        assert one(athlete, good)["status"] == "applied"
        assert live(athlete, "sync_issue") == []

    def test_c11_a_group_fails_as_one(self, athlete: Person) -> None:
        group = op_id()
        ops = [{**workout(), "group": group}, {**workout(), "group": group},
               {**workout(started_at="never"), "group": group}]  # fmt: skip
        other = workout()
        found = results(athlete, *ops, other)
        assert [r["status"] for r in found] == ["blocked", "blocked", "rejected", "applied"]
        assert [r.get("code") for r in found[:2]] == ["group-failed"] * 2
        assert [r["by"] for r in found[:2]] == [ops[2]["op"]] * 2
        assert [row["id"] for row in live(athlete, "workout_session")] == [other["id"]]
        again = results(athlete, *ops, other)
        assert [r["was"] for r in again] == [r["status"] for r in found]

    def test_a_group_is_applied_as_one(self, athlete: Person) -> None:
        group = op_id()
        create = {**workout(), "group": group}
        ops = [create, {**changed(create, set={"rpe": 8}), "group": group}]
        assert [r["status"] for r in results(athlete, *ops)] == ["applied"] * 2
        assert [r["status"] for r in results(athlete, *ops)] == ["duplicate"] * 2

    def test_a_member_that_failed_only_for_its_group_is_not_applied_alone(
        self, athlete: Person
    ) -> None:
        op = workout()
        one(athlete, op)
        group = op_id()
        ops = [{**deleted(op), "group": group}, {**changed(op, set={"rpe": 2}), "group": group}]
        found = results(athlete, *ops)
        assert [r["status"] for r in found] == ["blocked", "rejected"]
        assert "rpe" not in (standing(athlete, op) or {"rpe": "gone"})

    @pytest.mark.parametrize("shape", ["apart", "late"])
    def test_a_split_group_is_refused_whole(self, athlete: Person, shape: str) -> None:
        group = op_id()
        ops = [{**workout(), "group": group} for _ in range(2)]
        if shape == "late":
            one(athlete, ops[0])
            answer = athlete.sync([ops[1]])
        else:
            answer = athlete.sync([ops[0], workout(), ops[1]])
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-envelope")
        assert len(live(athlete, "workout_session")) == (shape == "late")

    def test_c12_create_edit_edit_delete_in_one_request(self, athlete: Person) -> None:
        create = workout()
        first = changed(create, set={"rpe": 5})
        second = changed(create, first["op"], set={"rpe": 6})
        found = results(athlete, create, first, second, deleted(create, second["op"]))
        assert [(r["status"], r["rev"]) for r in found] == [("applied", n) for n in (1, 2, 3, 4)]
        assert feed(athlete) == []
        assert [entry[0] for entry in log(athlete)] == [1, 2, 3, 4]

    def test_c14_an_edit_of_a_rejected_op_is_blocked(self, athlete: Person) -> None:
        bad = workout(started_at="yesterday")
        edit = changed(bad, set={"rpe": 5})
        after = changed(bad, edit["op"], set={"rpe": 6})
        found = results(athlete, bad, edit, after)
        assert [(r["status"], r.get("code")) for r in found] == [
            ("rejected", "invalid"), ("blocked", "base-failed"), ("blocked", "base-failed"),
        ]  # fmt: skip
        assert found[1]["by"] == bad["op"]

    def test_c52_a_push_to_a_type_of_the_server_is_refused(self, athlete: Person) -> None:
        result = one(athlete, put("risk_summary", {}))
        assert (result["status"], result["code"]) == ("rejected", "server-owned")

    def test_c45_an_implausible_value_is_stored_and_flagged(self, athlete: Person) -> None:
        result = one(athlete, lab(900.0))
        assert (result["status"], result["flags"]) == ("applied", ["implausible"])

    @override_settings(SYNC_MAX_RECORDS=2)
    def test_a_full_feed_says_quota_until_there_is_room(self, athlete: Person) -> None:
        ops = [workout() for _ in range(3)]
        found = results(athlete, *ops)
        assert [r.get("code") for r in found] == [None, None, "quota"]
        with override_settings(SYNC_MAX_RECORDS=3):
            assert one(athlete, ops[2])["status"] == "applied"

    @override_settings(SYNC_PAUSED_TYPES=["lab_result"])
    def test_a_paused_type_is_put_off_with_all_that_builds_on_it(self, athlete: Person) -> None:
        op = lab()
        edit = changed(op, set={"note": "later"})
        found = results(athlete, op, edit, workout())
        assert [r["status"] for r in found] == ["deferred", "deferred", "applied"]
        with override_settings(SYNC_PAUSED_TYPES=[]):
            assert [r["status"] for r in results(athlete, op, edit)] == ["applied"] * 2


class TestMerging:
    def test_c15_edits_of_different_fields_both_stand(self, athlete: Person) -> None:
        op = workout(rpe=5)
        one(athlete, op)
        assert one(athlete, changed(op, set={"rpe": 7}))["status"] == "applied"
        result = one(athlete, changed(op, set={"title": "Hills"}))
        assert (result["status"], result["rev"], result.get("clashes")) == ("merged", 3, None)
        body = standing(athlete, op) or {}
        assert (body["rpe"], body["title"]) == (7, "Hills")
        assert result["record"]["body"] == body

    @pytest.mark.parametrize("phone_clock", ["2026-03-01T15:00:00Z", "2026-03-01T12:00:00Z"])
    def test_c16_the_later_edit_wins_by_corrected_time(
        self, athlete: Person, phone_clock: str
    ) -> None:
        op = workout(rpe=5)
        one(athlete, op)
        a = changed(op, set={"rpe": 7}, age_ms=60_000)
        b = changed(op, set={"rpe": 9}, edited_at=phone_clock)
        athlete.sync([a])
        (result,) = athlete.sync([b], sent_at=phone_clock).json()["results"]
        assert result["status"] == "applied" or result["clashes"][0]["kept"] == "sent"
        assert (standing(athlete, op) or {})["rpe"] == 9
        c = changed(op, set={"rpe": 1}, age_ms=3_600_000)
        late = one(athlete, c)
        assert late["status"] == "merged"
        assert late["clashes"] == [{"path": "/rpe", "kept": "stored", "stored": 9, "sent": 1}]
        assert (standing(athlete, op) or {})["rpe"] == 9
        assert one(athlete, c)["was"] == "merged"

    def test_c17_a_guarded_field_asks(self, athlete: Person) -> None:
        op = lab(41.5)
        one(athlete, op)
        one(athlete, changed(op, set={"value": 42.5}))
        result = one(athlete, changed(op, set={"value": 43.5}))
        assert (result["status"], result["kind"]) == ("conflict", "fields_clash")
        assert result["clashes"] == [{"path": "/value", "stored": 42.5, "sent": 43.5}]
        assert result["record"]["body"]["value"] == 42.5
        assert (standing(athlete, op) or {})["value"] == 42.5

    def test_a_guarded_types_note_and_other_fields_merge(self, athlete: Person) -> None:
        op = lab(41.5, note="a")
        one(athlete, op)
        one(athlete, changed(op, set={"value": 42.5, "note": "b"}))
        result = one(athlete, changed(op, set={"note": "c", "lab": "Sonic"}))
        assert result["status"] == "merged"
        body = standing(athlete, op) or {}
        assert (body["value"], body["note"], body["lab"]) == (42.5, "c", "Sonic")

    def test_c18_sets_added_on_two_devices_are_both_there(self, athlete: Person) -> None:
        op = workout(exercises=[exercise("e1", "s1")])
        one(athlete, op)
        one(athlete, changed(op, set={"exercises": [exercise("e1", "s1", "s2")]}))
        result = one(athlete, changed(op, set={"exercises": [exercise("e1", "s1", "s3")]}))
        assert (result["status"], result.get("clashes")) == ("merged", None)
        (merged,) = (standing(athlete, op) or {})["exercises"]
        assert sorted(s["uid"] for s in merged["sets"]) == ["s1", "s2", "s3"]

    def test_c19_a_deletion_of_what_was_edited_since_asks(self, athlete: Person) -> None:
        op = workout()
        one(athlete, op)
        one(athlete, changed(op, set={"rpe": 7}))
        result = one(athlete, deleted(op))
        assert (result["status"], result["kind"]) == ("conflict", "edited_after_base")
        assert result["record"]["rev"] == 2
        assert (standing(athlete, op) or {})["rpe"] == 7

    def test_c20_an_edit_of_what_was_deleted_is_refused_and_a_restore_undoes(
        self, athlete: Person
    ) -> None:
        op = workout(rpe=4)
        gone = deleted(op)
        results(athlete, op, gone)
        refused = one(athlete, changed(op, set={"rpe": 7}))
        assert (refused["status"], refused["code"]) == ("rejected", "deleted")
        assert refused["record"]["deleted"] is True
        back = one(athlete, restored(op, gone["op"]))
        assert (back["status"], back["rev"]) == ("applied", 3)
        assert standing(athlete, op) == op["set"]
        assert one(athlete, restored(op, gone["op"]))["status"] == "noop"

    def test_a_restore_in_the_same_request_brings_the_last_body(self, athlete: Person) -> None:
        op = workout(rpe=4)
        gone = deleted(op)
        found = results(athlete, op, gone, restored(op, gone["op"]))
        assert [r["status"] for r in found] == ["applied"] * 3
        assert standing(athlete, op) == op["set"]

    def test_c21_two_deletions_are_one(self, athlete: Person) -> None:
        op = workout()
        results(athlete, op, deleted(op))
        assert one(athlete, deleted(op))["status"] == "noop"

    def test_c39_an_old_app_leaves_fields_it_does_not_know_alone(self, athlete: Person) -> None:
        op = workout(shoe={"drop_mm": 4}, mood="fine", weather=["rain"])
        one(athlete, op)
        one(athlete, changed(op, schema=1, set={"note": "from an old app"}))
        body = standing(athlete, op) or {}
        assert (body["shoe"], body["mood"], body["weather"]) == ({"drop_mm": 4}, "fine", ["rain"])

    def test_a_chain_of_offline_edits_meets_another_device(self, athlete: Person) -> None:
        op = workout(rpe=5)
        one(athlete, op)
        one(athlete, changed(op, set={"title": "theirs"}))
        first = changed(op, set={"rpe": 6})
        second = changed(op, first["op"], set={"rpe": 7})
        assert [r["status"] for r in results(athlete, first, second)] == ["merged", "applied"]
        body = standing(athlete, op) or {}
        assert (body["rpe"], body["title"]) == (7, "theirs")

    def test_i05_batching_is_irrelevant_for_stale_edits(
        self, athlete: Person, stranger: Person
    ) -> None:
        create = workout(rpe=5, title="a")
        same = changed(create, set={"rpe": 5})
        ops = [create, same, changed(create, set={"rpe": 6}), changed(create, set={"title": "b"}),
               changed(create, same["op"], set={"note": "n"})]  # fmt: skip
        together = results(athlete, *ops)
        apart = [one(stranger, op) for op in ops]
        kept = ("status", "rev", "v", "clashes")
        assert [[r.get(k) for k in kept] for r in together] == [
            [r.get(k) for k in kept] for r in apart
        ]
        first = results(athlete, changed(create, ops[-1]["op"], set={"rpe": 1}),
                        changed(create, ops[-1]["op"], set={"title": "c"}))  # fmt: skip
        assert [(r["status"], r.get("clashes")) for r in first] == [
            ("applied", None), ("merged", None),
        ]  # fmt: skip
        assert (standing(athlete, create) or {})["rpe"] == 1

    def test_an_edit_based_on_what_was_so_already_knows_its_base(self, athlete: Person) -> None:
        create = workout(rpe=5, title="a")
        same = changed(create, set={"rpe": 5})
        results(athlete, create, same)
        found = results(athlete, changed(create, set={"rpe": 6}),
                        changed(create, same["op"], set={"title": "b"}))  # fmt: skip
        assert [(r["status"], r.get("clashes")) for r in found] == [
            ("applied", None), ("merged", None),
        ]  # fmt: skip

    def test_a_record_made_twice_is_merged(self, athlete: Person) -> None:
        op = workout(rpe=5)
        one(athlete, op)
        twin = {**workout(title="same"), "id": op["id"]}
        assert one(athlete, twin)["status"] == "merged"
        assert (standing(athlete, op) or {})["title"] == "same"

    def test_what_was_sent_is_refused_when_it_could_not_stand(self, athlete: Person) -> None:
        op = lab(41.5)
        one(athlete, op)
        one(athlete, changed(op, set={"value": 42.5}))
        result = one(athlete, changed(op, set={"value": "a\0b", "note": "x\0"}))
        assert (result["status"], result["code"]) == ("rejected", "invalid")

    def test_statements_of_a_merging_push_do_not_grow(
        self, athlete: Person, sql_statements: Callable[[], Any]
    ) -> None:
        counts = set()
        for size in (1, 100):
            ops = [workout(rpe=1) for _ in range(size)]
            results(athlete, *ops)
            results(athlete, *[changed(op, set={"rpe": 2}) for op in ops])
            with sql_statements() as statements:
                found = results(athlete, *[changed(op, set={"title": "x"}) for op in ops])
            assert {r["status"] for r in found} == {"merged"}
            counts.add(len(statements))
        assert len(counts) == 1


class TestImports:
    def test_c46_an_import_of_4000_samples_again_changes_nothing(self, athlete: Person) -> None:
        samples = [
            {**workout(source={"system": "hk", "external_id": str(n), "version": 1}),
             "id": str(uuid.uuid5(athlete.id, f"workout_session\x1fhk\x1f{n}"))}
            for n in range(4_000)
        ]  # fmt: skip
        results(athlete, *samples[:2_000])
        results(athlete, *samples[2_000:])
        head = athlete.sync([]).json()["witness"]
        for half in (samples[:2_000], samples[2_000:]):
            again = results(athlete, *[{**op, "op": op_id()} for op in half])
            assert {r["status"] for r in again} == {"noop"}
        assert athlete.sync([]).json()["witness"] == head

    def test_a_newer_version_of_a_source_leaves_what_a_person_changed(
        self, athlete: Person
    ) -> None:
        source = {"system": "hk", "external_id": "1", "version": 1}
        ours = str(uuid.uuid5(athlete.id, "workout_session\x1fhk\x1f1"))
        op = {**workout(source=source, title="Run", rpe=5), "id": ours}
        one(athlete, op)
        one(athlete, changed(op, set={"title": "Mine"}))
        newer = {**op["set"], "rpe": 6, "source": {**source, "version": 2}}
        result = one(athlete, {**op, "op": op_id(), "set": newer})
        assert (result["status"], result.get("clashes")) == ("merged", None)
        body = standing(athlete, op) or {}
        assert (body["title"], body["rpe"], body["source"]["version"]) == ("Mine", 6, 2)


class TestOldApps:
    def test_speak_their_own_schema_and_harm_nothing(self, athlete: Person) -> None:
        new = workout(rpe=5, shoe={"drop_mm": 4}, exercises=[exercise("e1", "s1")])
        old = {**workout(), "schema": 1}
        old["set"] = {**old["set"], "kind": "running"}
        del old["set"]["activity"]
        assert [r["status"] for r in results(athlete, new, old)] == ["applied"] * 2
        assert (standing(athlete, old) or {})["activity"] == "running"
        one(athlete, changed(new, set={"title": "theirs"}))
        edit = changed(new, schema=1, set={"kind": "walking"})
        assert one(athlete, edit)["status"] == "merged"
        body = standing(athlete, new) or {}
        assert (body["activity"], body["title"], body["shoe"]) == (
            "walking", "theirs", {"drop_mm": 4},
        )  # fmt: skip
        assert "kind" not in body

    @pytest.mark.parametrize("types", [{"workout_session": 2}, {"workout_session": 3}, None])
    def test_are_told_what_others_made_of_a_record_in_their_own_words(
        self, athlete: Person, types: dict[str, int] | None
    ) -> None:
        new = workout(exercises=[exercise("e1", "s1")])
        one(athlete, new)
        one(athlete, changed(new, set={"title": "theirs"}))
        edit = changed(new, schema=2, set={"rpe": 7})
        told = athlete.sync([edit], types=types).json()
        again = athlete.sync([changed(new, schema=2, set={"rpe": 8}), edit], types=types).json()
        (row,) = told["page"]["rows"]
        record = told["results"][0]["record"]
        assert (told["results"][0]["status"], record["schema"]) == ("merged", row["schema"])
        assert record["body"] == row["body"]
        assert again["results"][1]["record"]["body"] == again["results"][0]["record"]["body"]
        is_old = types == {"workout_session": 2}
        assert (record["schema"], "utc_offset_s" in record["body"]) == (
            (2 if is_old else 3),
            is_old,
        )

    def test_that_keep_no_copy_are_told_so_in_the_schema_of_the_op(self, athlete: Person) -> None:
        new = workout(exercises=[exercise("e1", "s1")])
        one(athlete, new)
        one(athlete, changed(new, set={"title": "theirs"}))
        ops = [changed(new, schema=schema, set={"rpe": schema}) for schema in (2, 3)]
        body = {"protocol": 1, "request": op_id(), "ops": ops}
        told = athlete.post("/v1/athletes/me/ops", body).json()["results"]
        assert [result["status"] for result in told] == ["merged", "merged"]
        assert ["utc_offset_s" in r["record"]["body"] for r in told] == [True, False]
        assert [result["record"]["schema"] for result in told] == [2, 3]
