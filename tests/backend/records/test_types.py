"""Every record type: its example round trip, its declarations, and hostile values of each."""

import json
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.feed.bodies import BodyTooLarge, InvalidBody, accept
from backend.feed.fingerprint import said_by
from backend.feed.fold import Fold
from backend.feed.state import Allowed, Before, History
from backend.feed.wire import Op
from backend.records import BY_ID, REGISTRY
from backend.records.base import GRANTED_SEPARATELY, Keyed, RecordType
from backend.records.described import fields_of
from backend.records.ids import check_id, may_bear
from backend.records.reading import flags_of, validate
from tests.backend.records.examples import EXAMPLES, NOW, encoded, example, id_of

ATHLETE = UUID("2c7b1a3e-93a0-4b8e-8f6d-1f2e3d4c5b6a")
CLIENT = {
    "workout_session", "lab_result", "body_composition", "dxa_scan", "strength_test",
    "intake_log", "injury", "energy_screen", "cycle_log", "medication", "risk_result", "goal",
    "intervention", "coach_note", "reminder_ack", "athlete_profile",
    "fusion_decision", "reminder_wish",
}  # fmt: skip
SERVER = {
    "risk_summary", "reminder", "sync_issue", "blob_status", "consent_grant", "access_note",
    "fusion",
}  # fmt: skip
BEFORE = Before(
    head_seq=0, receipts={}, records={}, issues={}, history=History(),
    allowed=Allowed(records=9, versions=9, paused=frozenset()), tainted={},
)  # fmt: skip


def push(kind: str, body: bytes) -> Any:
    """Return the result and the row of a new record."""
    op = Op(
        op=UUID(int=1 << 100), type=kind, id=id_of(kind, ATHLETE), action="put",
        schema=REGISTRY[kind].schema, set=msgspec.Raw(body),
    )  # fmt: skip
    fold = Fold(
        athlete_id=ATHLETE, device_id=None, before=BEFORE, said=said_by([op]), received_at=NOW,
        sent_at=None, by_other=REGISTRY[kind].answers is not None,
    )  # fmt: skip
    folded = fold.run([op])
    return folded.results[0], folded.rows[0]


def refused_at(kind: str, body: bytes) -> str:
    with pytest.raises(InvalidBody) as refusal:
        accept(REGISTRY[kind], body)
    return refusal.value.pointer


class TestRegistry:
    def test_has_the_types_of_the_contract(self) -> None:
        owners = {owner: set[str]() for owner in ("client", "server")}
        for kind in REGISTRY.values():
            owners[kind.owner].add(kind.name)
        assert owners == {"client": CLIENT, "server": SERVER}

    def test_gives_each_type_one_number_for_ever(self) -> None:
        numbers = {kind.name: kind.type_id for kind in BY_ID.values()}
        assert len(numbers) == len(REGISTRY)
        assert {n: numbers[n] for n in ("athlete_profile", "workout_session", "lab_result")} == {
            "athlete_profile": 1, "workout_session": 2, "lab_result": 3,
        }  # fmt: skip
        assert all((number < 64) == (BY_ID[number].owner == "client") for number in BY_ID)

    def test_merges_as_the_contract_says(self) -> None:
        policies = {kind.name: kind.policy for kind in REGISTRY.values() if kind.policy != "auto"}
        assert policies == {
            "lab_result": "guard", "dxa_scan": "guard", "energy_screen": "guard",
            "risk_result": "guard", "reminder_ack": "append",
        }  # fmt: skip

    @pytest.mark.parametrize("kind", REGISTRY.values(), ids=lambda kind: kind.name)
    def test_names_as_keyed_every_list_whose_elements_have_a_uid(self, kind: RecordType) -> None:
        assert keyed_in(kind.body) == kind.keyed

    @pytest.mark.parametrize("kind", REGISTRY.values(), ids=lambda kind: kind.name)
    def test_guards_no_field_it_does_not_have(self, kind: RecordType) -> None:
        assert set(kind.guard_except) <= set(kind.body.__struct_fields__)

    @pytest.mark.parametrize("kind", REGISTRY.values(), ids=lambda kind: kind.name)
    def test_says_what_every_field_means(self, kind: RecordType) -> None:
        for struct in [kind.body, *structs_in(kind.body)]:
            assert list(fields_of(struct)) == list(struct.__struct_fields__)

    def test_shares_what_is_most_private_by_a_tick_of_its_own(self) -> None:
        assert REGISTRY["cycle_log"].category in GRANTED_SEPARATELY
        assert REGISTRY["energy_screen"].category in GRANTED_SEPARATELY

    @pytest.mark.parametrize(
        "name",
        ["athlete_profile", "medication", "risk_result", "risk_summary", "sync_issue",
         "blob_status", "consent_grant", "access_note"],
    )  # fmt: skip
    def test_shares_with_nobody_what_no_category_names(self, name: str) -> None:
        assert REGISTRY[name].category is None


def structs_in(kind: Any) -> list[Any]:
    found = []
    for field in msgspec.structs.fields(kind):
        for one in leaves(field.type):
            found += [one, *structs_in(one)]
    return found


def keyed_in(kind: Any) -> Keyed:
    return {
        field.name: keyed_in(one)
        for field in msgspec.structs.fields(kind)
        for one in leaves(field.type)
        if "uid" in one.__struct_fields__
    }


def leaves(annotation: Any) -> list[Any]:
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return [annotation]
    return [one for inner in getattr(annotation, "__args__", ()) for one in leaves(inner)]


class TestExamples:
    def test_are_there_for_every_type_a_device_writes(self) -> None:
        assert set(EXAMPLES) == CLIENT

    @pytest.mark.parametrize("kind", EXAMPLES)
    def test_are_stored_as_sent_and_not_flagged(self, kind: str) -> None:
        typed = validate(REGISTRY[kind], encoded(kind))
        assert may_bear(REGISTRY[kind], ATHLETE, id_of(kind, ATHLETE))
        assert check_id(REGISTRY[kind], ATHLETE, id_of(kind, ATHLETE), typed, encoded(kind))
        result, row = push(kind, encoded(kind))
        assert (result.status, result.code, result.flags) == ("applied", None, ())
        assert row.body == encoded(kind)

    @pytest.mark.parametrize("kind", EXAMPLES)
    def test_come_back_from_their_struct_with_every_value(self, kind: str) -> None:
        struct = REGISTRY[kind].body
        again = msgspec.json.encode(msgspec.json.decode(encoded(kind), type=struct))
        assert plain(json.loads(again)) == plain(example(kind))

    @pytest.mark.parametrize("kind", EXAMPLES)
    def test_keep_fields_of_a_newer_app(self, kind: str) -> None:
        newer = {"mood": {"__proto__": [1.50]}, "constructor": "x", "toString": None}
        body = json.dumps(example(kind) | newer).encode()
        result, row = push(kind, body)
        assert (result.status, row.body) == ("applied", body)

    @pytest.mark.parametrize(
        "text", ["e\u0301", "\u00e9", "a\u202eb\u200d", "<script>{{7*7}}${jndi:x}", "' OR 1=1--"]
    )
    def test_keep_text_as_it_was_composed(self, text: str) -> None:
        body = encoded("goal", note=text)
        result, row = push("goal", body)
        assert (result.status, row.body) == ("applied", body)

    @pytest.mark.parametrize("kind", EXAMPLES)
    def test_take_null_for_absent(self, kind: str) -> None:
        struct = REGISTRY[kind].body
        optional = [f.name for f in msgspec.structs.fields(struct) if f.default is None]
        body = json.dumps(example(kind) | dict.fromkeys(optional)).encode()
        for name in optional:
            assert getattr(accept(REGISTRY[kind], body), name) is None

    @pytest.mark.parametrize(
        ("kind", "name"),
        [
            (kind, field.name)
            for kind in EXAMPLES
            for field in msgspec.structs.fields(REGISTRY[kind].body)
            if field.required
        ],
    )
    def test_need_their_required_fields(self, kind: str, name: str) -> None:
        body = example(kind)
        del body[name]
        assert refused_at(kind, json.dumps(body).encode()) == f"/set/{name}"


def plain(value: Any) -> Any:
    """Return JSON without nulls, numbers as floats, instants without their offset's spelling."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


HOSTILE: list[tuple[str, dict[str, Any], str]] = [
    ("athlete_profile", {"latitude": 91}, "/latitude"),
    ("athlete_profile", {"born_date": "1991-02-30"}, "/born_date"),
    ("workout_session", {"rpe": True}, "/rpe"),
    ("workout_session", {"distance_m": "41.5"}, "/distance_m"),
    ("workout_session", {"hr_avg": -1}, "/hr_avg"),
    ("workout_session", {"utc_offset_min": 841}, "/utc_offset_min"),
    ("workout_session", {"started_at": "2026-05-30T18:00:00"}, "/started_at"),
    ("workout_session", {"local_date": "0001-01-01"}, "/local_date"),
    ("workout_session", {"laps": [{"elapsed_s": 1}]}, "/laps/0/uid"),
    ("workout_session", {"blobs": [{"sha256": "x", "size": 1, "media_type": "a/b"}]}, "/blobs/0/sha256"),
    ("workout_session", {"source": {"version": 2**63}}, "/source/version"),
    ("lab_result", {"value": "<4"}, "/value"),
    ("lab_result", {"comparator": "<<"}, "/comparator"),
    ("lab_result", {"issued_at": "9999-12-31T23:59:59-12:00"}, "/issued_at"),
    ("body_composition", {"mass_kg": -62}, "/mass_kg"),
    ("dxa_scan", {"site_results": [{"site": "total_hip"}]}, "/site_results/0/uid"),
    ("dxa_scan", {"facility_precision": {"total_hip": "0.01"}}, "/facility_precision/..."),
    ("strength_test", {"trials": [{"uid": "a", "value": -1, "unit": "kg"}]}, "/trials/0/value"),
    ("strength_test", {"unable": "no"}, "/unable"),
    ("intake_log", {"items": {"protein": 30}}, "/items"),
    ("intake_log", {"items": [{"uid": "", "code": "a", "amount": 1, "unit": "g"}]}, "/items/0/uid"),
    ("reminder_ack", {"reminder": "yesterday's"}, "/reminder"),
    ("reminder_ack", {"acted_at": "2026-05-30T20:00:00+14:01"}, "/acted_at"),
    ("injury", {"onset_date": "2026-13-01"}, "/onset_date"),
    ("injury", {"weeks_off": False}, "/weeks_off"),
    ("energy_screen", {"bsi_count": 2**31}, "/bsi_count"),
    ("energy_screen", {"menses_12mo": 8.5}, "/menses_12mo"),
    ("energy_screen", {"t3_low": 0}, "/t3_low"),
    ("cycle_log", {"local_date": "2026-05-12T00:00:00Z"}, "/local_date"),
    ("cycle_log", {"kind": None}, "/kind"),
    ("medication", {"started_date": "1899-12-31"}, "/started_date"),
    ("medication", {"dose": 20}, "/dose"),
    ("risk_result", {"age_at_calc": 58.5}, "/age_at_calc"),
    ("risk_result", {"calculated_on": 20260520}, "/calculated_on"),
    ("goal", {"target": [36]}, "/target"),
    ("goal", {"by_date": "9999-12-31"}, "/by_date"),
    ("intervention", {"what": "x" * 201}, "/what"),
    ("coach_note", {"about": 7}, "/about"),
    ("coach_note", {"text": "x" * 10_001}, "/text"),
    ("reminder_wish", {"title": ""}, "/title"),
    ("reminder_wish", {"every_days": 0}, "/every_days"),
    ("reminder_wish", {"due_date": "2200-01-01"}, "/due_date"),
    ("fusion_decision", {"records": ["2c7b1a3e-93a0-4b8e-8f6d-1f2e3d4c5b6a"]}, "/records"),
    ("fusion_decision", {"decided_at": "yesterday"}, "/decided_at"),
]  # fmt: skip


class TestHostileValues:
    @pytest.mark.parametrize(("kind", "change", "pointer"), HOSTILE)
    def test_are_refused_with_their_place(self, kind: str, change: Any, pointer: str) -> None:
        body = json.dumps({**example(kind), **change}).encode()
        assert refused_at(kind, body) == f"/set{pointer}"

    def test_are_tried_on_every_type(self) -> None:
        assert {kind for kind, _, _ in HOSTILE} == CLIENT

    @pytest.mark.parametrize("kind", EXAMPLES)
    @given(data=st.data())
    def test_of_any_kind_are_refused_or_read_to_the_end(self, kind: str, data: Any) -> None:
        body = example(kind)
        name = data.draw(st.sampled_from(list(REGISTRY[kind].body.__struct_fields__)))
        body[name] = data.draw(JSON)
        raw = msgspec.json.encode(body)
        try:
            typed = accept(REGISTRY[kind], raw)
        except (InvalidBody, BodyTooLarge):
            return
        flags_of(REGISTRY[kind], typed, raw, now=NOW)
        REGISTRY[kind].occurred_at(typed)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20) | st.sampled_from(["2026-05-30T18:00:00+02:00", "2016-12-31T23:59:60Z", "2026-02"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
