"""Apps that speak an older schema: nothing they do not know is changed or lost."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from backend.feed.bodies import accept, fields_of, patched
from backend.records import REGISTRY
from backend.records.base import Fields
from backend.records.converting import down_convert, up_convert, up_patch
from tests.backend.records.examples import EXAMPLES, encoded

WORKOUT, LAB = REGISTRY["workout_session"], REGISTRY["lab_result"]
OLDER = [("workout_session", 1), ("workout_session", 2), ("lab_result", 1)]
WORKOUT_1 = b"""{"started_at":"2026-05-30T18:00:00+02:00","ended_at":"2026-05-30T19:00:00+02:00",
    "utc_offset_s":7200,"local_date":"2026-05-30","kind":"running","body_mass_kg_at_time":62.40,
    "load":{"volume_kg":825.0,"srpe_au":420},"exercises":[{"uid":"e1","exercise":"squat",
        "sets":[{"uid":"s1","repetitions":5,"load_kg":82.50}]}]}"""
LAB_1 = b"""{"loinc":"1989-3","value":41.50,"unit_source":"nmol/L","status":"final",
    "specimen_at":"2026-05-26","laboratory":"Fjord","flag_source":"L"}"""
# Names an older schema uses for something else can not also be names nobody knows.
SPOKEN_FOR = {
    "kind", "activity", "utc_offset_s", "utc_offset_min", "body_mass_kg_at_time", "body_mass_kg",
    "repetitions", "reps", "loinc", "codes", "specimen_at", "collected_at", "unit_source", "unit",
    "flag_source", "flag", "laboratory", "lab", "exercises", "sets",
}  # fmt: skip

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip
unknown = st.dictionaries(
    st.text(min_size=1, max_size=12).filter(lambda name: name not in SPOKEN_FOR), values, max_size=3
)


def body_with(kind: str, new: dict[str, Any], inner: dict[str, Any]) -> Fields:
    """Return a type's example with fields of a newer app, at the top and in every set."""
    body = {**new, **msgspec.json.decode(encoded(kind))}
    for exercise in body.get("exercises", []):
        exercise["sets"] = [{**inner, **one} for one in exercise["sets"]]
        exercise |= {name: value for name, value in inner.items() if name not in exercise}
    return fields_of(msgspec.json.encode(body))


def plain(fields: Mapping[str, Raw | None]) -> Any:
    return msgspec.json.decode(msgspec.json.encode(fields))


class TestUpConvert:
    def test_reads_a_session_of_the_first_schema(self) -> None:
        body = up_convert(WORKOUT, fields_of(WORKOUT_1), 1)
        typed: Any = accept(WORKOUT, msgspec.json.encode(body))
        assert (typed.activity, typed.utc_offset_min, typed.body_mass_kg) == ("running", 120, 62.4)
        assert typed.exercises[0].sets[0].reps == 5
        assert bytes(body["load"]) == b'{"volume_kg":825.0,"srpe_au":420}'

    def test_keeps_every_digit(self) -> None:
        encoded_again = msgspec.json.encode(up_convert(WORKOUT, fields_of(WORKOUT_1), 1))
        assert b'"body_mass_kg":62.40' in encoded_again
        assert b'"load_kg":82.50' in encoded_again

    def test_reads_a_session_of_the_second_schema(self) -> None:
        body = fields_of(WORKOUT_1.replace(b'"kind"', b'"activity"'))
        assert up_convert(WORKOUT, body, 2) == up_convert(WORKOUT, fields_of(WORKOUT_1), 1)

    def test_reads_a_result_of_the_first_schema(self) -> None:
        typed: Any = accept(LAB, msgspec.json.encode(up_convert(LAB, fields_of(LAB_1), 1)))
        assert [(code.system, code.code) for code in typed.codes] == [
            ("http://loinc.org", "1989-3")
        ]
        assert (typed.collected_at, typed.unit, typed.lab, typed.flag) == (
            "2026-05-26", "nmol/L", "Fjord", "L",
        )  # fmt: skip

    @pytest.mark.parametrize("kind", EXAMPLES)
    @pytest.mark.parametrize("ahead", [0, 1, 100])
    def test_leaves_todays_and_newer_bodies_as_they_are(self, kind: str, ahead: int) -> None:
        body = fields_of(encoded(kind))
        assert up_convert(REGISTRY[kind], body, REGISTRY[kind].schema + ahead) == body

    @pytest.mark.parametrize("kind", [kind for kind in EXAMPLES if REGISTRY[kind].schema == 1])
    def test_has_nothing_to_do_in_a_first_schema(self, kind: str) -> None:
        body = fields_of(encoded(kind))
        assert up_convert(REGISTRY[kind], body, 0) == down_convert(REGISTRY[kind], body, 0) == body

    @pytest.mark.parametrize(
        "offset", [b"5430", b"7200.0", b'"7200"', b"null", b"1e3", b"99999999999"]
    )
    def test_turns_no_offset_it_can_not_turn_exactly(self, offset: bytes) -> None:
        body = up_convert(WORKOUT, fields_of(WORKOUT_1.replace(b"7200", offset)), 1)
        assert bytes(body["utc_offset_s"]) == offset
        assert "utc_offset_min" not in body

    @given(fields=st.dictionaries(st.sampled_from(sorted(SPOKEN_FOR)), values))
    def test_survives_any_value_in_any_field(self, fields: Any) -> None:
        for kind, version in OLDER:
            raw = fields_of(msgspec.json.encode(fields))
            up_convert(REGISTRY[kind], raw, version)
            down_convert(REGISTRY[kind], raw, version)


class TestDownConvert:
    def test_speaks_the_first_schema_of_a_session(self) -> None:
        body = down_convert(WORKOUT, fields_of(encoded("workout_session")), 1)
        assert bytes(body["kind"]) == b'"resistance_unspecified"'
        assert (bytes(body["utc_offset_s"]), bytes(body["body_mass_kg_at_time"])) == (
            b"7200",
            b"62.40",
        )
        assert b'"repetitions":5' in bytes(body["exercises"])
        assert {"activity", "utc_offset_min", "body_mass_kg"}.isdisjoint(body)

    def test_speaks_the_first_schema_of_a_result(self) -> None:
        body = down_convert(LAB, fields_of(encoded("lab_result")), 1)
        assert (bytes(body["loinc"]), bytes(body["unit_source"])) == (b'"62292-8"', b'"nmol/L"')
        assert bytes(body["specimen_at"]) == b'"2026-05-26T08:05:00+02:00"'
        assert {"collected_at", "unit", "lab"}.isdisjoint(body)

    @pytest.mark.parametrize(("kind", "version"), OLDER)
    @given(new=unknown, inner=unknown)
    def test_and_back_changes_nothing(self, kind: str, version: int, new: Any, inner: Any) -> None:
        body = body_with(kind, new, inner)
        again = up_convert(REGISTRY[kind], down_convert(REGISTRY[kind], body, version), version)
        assert plain(again) == plain(body)

    @pytest.mark.parametrize(("kind", "version"), OLDER)
    def test_and_back_keeps_every_digit(self, kind: str, version: int) -> None:
        body = fields_of(encoded(kind))
        again = up_convert(REGISTRY[kind], down_convert(REGISTRY[kind], body, version), version)
        for name, raw in body.items():
            squeezed = b"".join(bytes(raw).split())
            assert b"".join(bytes(again[name]).split()) == squeezed


# What a person may edit in an old app, in its own spelling.
EDITS: dict[str, dict[str, Any]] = {
    "workout_session": {
        "kind": "running", "activity": "running", "rpe": 3, "note": "x", "utc_offset_s": 3600,
        "body_mass_kg_at_time": 63,
        "exercises": [{"uid": "e1", "sets": [{"uid": "s1", "repetitions": 8}]}],
    },
    "lab_result": {
        "loinc": "1989-3", "value": 12, "note": "x", "unit_source": "ng/mL", "laboratory": "B",
        "specimen_at": "2026-05-27",
    },
}  # fmt: skip
NEW_NAMES = {
    "kind": "activity", "utc_offset_s": "utc_offset_min", "body_mass_kg_at_time": "body_mass_kg",
    "loinc": "codes", "unit_source": "unit", "laboratory": "lab", "specimen_at": "collected_at",
}  # fmt: skip


class TestUpPatch:
    @pytest.mark.parametrize(("kind", "version"), OLDER)
    @given(new=unknown, inner=unknown, data=st.data())
    def test_touches_only_what_the_old_app_edited(
        self, kind: str, version: int, new: Any, inner: Any, data: Any
    ) -> None:
        wrong = "activity" if version == 1 else "kind"
        names = sorted(EDITS[kind].keys() - {wrong})
        edited = data.draw(st.sets(st.sampled_from(names)))
        removed = data.draw(st.sets(st.sampled_from(names))) - edited - {"loinc"}
        edit: dict[str, Raw | None] = dict.fromkeys(removed)
        edit |= {name: Raw(msgspec.json.encode(EDITS[kind][name])) for name in edited}
        body = body_with(kind, new, inner)
        changes = up_patch(REGISTRY[kind], body, edit, version)
        touched = {NEW_NAMES.get(name, name) for name in edited | removed}
        assert changes.keys() <= touched
        after = patched(body, changes)
        for name, raw in body.items():
            assert name in touched or bytes(after[name]) == bytes(raw)
        for name in removed:
            assert NEW_NAMES.get(name, name) not in after

    def test_keeps_codings_the_old_app_does_not_know(self) -> None:
        local = {"system": "urn:local", "code": "D25"}
        codes = [local, {"system": "http://loinc.org", "code": "62292-8"}]
        body = fields_of(encoded("lab_result", codes=codes))
        changes = up_patch(LAB, body, {"loinc": Raw(b'"1989-3"')}, 1)
        codes[1]["code"] = "1989-3"
        assert plain(changes) == {"codes": codes}

    def test_keeps_a_field_whose_name_the_old_app_uses_otherwise(self) -> None:
        body = fields_of(encoded("workout_session", kind="of a newer app"))
        changes = up_patch(WORKOUT, body, {"kind": Raw(b'"running"')}, 1)
        assert plain(changes) == {"activity": "running"}
        seen = down_convert(WORKOUT, body, 1)
        assert bytes(seen["kind"]) == b'"resistance_unspecified"'

    def test_of_a_new_record_is_the_whole_body(self) -> None:
        body = fields_of(WORKOUT_1)
        assert up_patch(WORKOUT, {}, body, 1) == up_convert(WORKOUT, body, 1)

    @pytest.mark.parametrize("kind", EXAMPLES)
    def test_of_todays_app_is_the_edit_itself(self, kind: str) -> None:
        edit = {"note": Raw(b'"x"'), "mood": None}
        told = up_patch(REGISTRY[kind], fields_of(encoded(kind)), edit, REGISTRY[kind].schema)
        assert told == edit
