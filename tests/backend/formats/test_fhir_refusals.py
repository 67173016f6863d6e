"""FHIR that must be refused, survived or read with a warning."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.errors import CoreError
from backend.formats import FileTooLarge, UnitMissing, UnreadableFile, read, read_fhir, sniff
from backend.formats.imported import LARGEST_FILE
from backend.simulate import sample_vitamin_d
from tests.backend.formats.shared import (
    OURS,
    codes,
    files,
    needs_shared,
    plain,
    results,
    shared,
)

TAKEN = datetime(2026, 3, 2, 8, 15, tzinfo=timezone(timedelta(hours=1)))
SAMPLE = sample_vitamin_d(TAKEN, 38.2)
REFUSED = {
    "deep-array-100000", "deep-object-5000", "duplicate-keys", "lone-surrogate", "member-cycle",
    "nul-in-string", "truncated", "two-values", "value-200000-digits", "value-huge-exponent",
    "value-nan-literal",
}  # fmt: skip


def observation(**changes: Any) -> dict[str, Any]:
    """Return a 25-OH vitamin D Observation with some fields replaced; None removes one."""
    fields = {
        "resourceType": "Observation", "id": "1", "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "62292-8"}]},
        "subject": {"reference": "Patient/1"},
        "effectiveDateTime": "2024-02-25T15:10:56Z",
        "valueQuantity": {"value": 41, "unit": "ng/mL"},
    } | changes  # fmt: skip
    return {name: value for name, value in fields.items() if value is not None}


def encoded(resource: dict[str, Any]) -> bytes:
    return msgspec.json.encode(resource)


def bundle(*resources: dict[str, Any]) -> bytes:
    entries = [{"resource": resource} for resource in resources]
    return encoded({"resourceType": "Bundle", "type": "collection", "entry": entries})


@needs_shared
class TestHostileFiles:
    @pytest.mark.parametrize("path", files("hostile/json", "*.json"))
    def test_are_refused_or_survived(self, path: str) -> None:
        name = path.rpartition("/")[2].removesuffix(".json")
        if name in REFUSED:
            with pytest.raises(UnreadableFile):
                read_fhir(shared(path))
        else:
            assert read_fhir(shared(path)).drafts

    def test_number_as_text_is_a_number_with_a_warning(self) -> None:
        imported = read_fhir(shared("hostile/json/value-as-string.json"))

        assert b'"value":41.0,' in imported.drafts[0].body
        assert codes(imported) == ["number_as_text"]

    def test_less_than_as_text_is_a_limit_with_a_warning(self) -> None:
        imported = read_fhir(shared("hostile/json/value-less-than-string.json"))
        (one,) = results(imported)

        assert (one.comparator, one.value, one.unit) == ("<", 20, "ng/mL")
        assert codes(imported) == ["value_from_text"]

    def test_nan_as_text_is_no_value(self) -> None:
        (one,) = results(read_fhir(shared("hostile/json/value-nan-string.json")))
        assert (one.value, one.value_text) == (None, "NaN")

    @pytest.mark.parametrize("path", files("fhir-r4", "**/*.json"))
    def test_cut_anywhere_are_refused(self, path: str) -> None:
        data = shared(path).rstrip()
        for part in range(50):
            with pytest.raises(CoreError):
                read_fhir(data[: len(data) * part // 50])


class TestUnits:
    def test_missing_on_a_known_analyte_refuse_the_whole_file(self) -> None:
        good, bad = observation(), observation(id="2", valueQuantity={"value": 41})
        with pytest.raises(UnitMissing) as refusal:
            read_fhir(bundle(good, bad))

        assert refusal.value.code == "format.unit_missing"
        assert refusal.value.pointer == "/entry/1/resource/valueQuantity/unit"
        assert "41" not in refusal.value.detail

    def test_missing_on_an_unknown_analyte_are_noted(self) -> None:
        imported = read_fhir(
            encoded(observation(code={"text": "local"}, valueQuantity={"value": 41}))
        )
        assert codes(imported) == ["unit_missing"]
        assert "unit" not in plain(imported.drafts[0])

    def test_of_a_range_in_another_unit_leave_the_range_as_text(self) -> None:
        limits = [
            {"low": {"value": 50, "unit": "nmol/L"}, "high": {"value": 250, "unit": "nmol/L"}}
        ]
        (one,) = results(read_fhir(encoded(observation(referenceRange=limits))))

        assert (one.ref_low, one.ref_high, one.ref_text) == (None, None, "50 nmol/L - 250 nmol/L")


class TestTimes:
    @pytest.mark.parametrize(
        ("sent", "kept", "precision"),
        [
            ("2024", "2024", "year"),
            ("2024-02", "2024-02", "month"),
            ("2024-02-25", "2024-02-25", "day"),
            ("2024-02-25T15:10:56+05:30", "2024-02-25T15:10:56+05:30", "second"),
            ("2024-02-25T15:10:56", "2024-02-25", "day"),
        ],
    )
    def test_keep_the_precision_they_were_sent_with(
        self, sent: str, kept: str, precision: str
    ) -> None:
        imported = read_fhir(encoded(observation(effectiveDateTime=sent)))
        (one,) = results(imported)

        assert (one.collected_at, one.collected_precision) == (kept, precision)
        assert codes(imported) == (["time_without_zone"] if kept != sent and "T" in sent else [])

    def test_come_from_the_specimen_before_the_report(self) -> None:
        specimen = {
            "resourceType": "Specimen", "id": "s", "type": {"text": "Serum"},
            "collection": {"collectedDateTime": "2024-02-24"},
        }  # fmt: skip
        report = {
            "resourceType": "DiagnosticReport", "id": "r", "effectiveDateTime": "2024-02-26",
            "result": [{"reference": "Observation/1"}, {"reference": "Observation/2"}],
        }  # fmt: skip
        sampled = observation(effectiveDateTime=None, specimen={"reference": "Specimen/s"})
        listed = observation(effectiveDateTime=None, id="2")
        found = results(read_fhir(bundle(report, specimen, sampled, listed)))

        assert [one.collected_at for one in found] == ["2024-02-24", "2024-02-26"]
        assert [one.specimen for one in found] == ["Serum", None]

    def test_missing_leave_one_result_out_with_a_warning(self) -> None:
        imported = read_fhir(bundle(observation(), observation(id="2", effectiveDateTime=None)))

        assert len(imported.drafts) == 1
        (warning,) = imported.warnings
        assert warning.pointer == "/entry/1/resource/effectiveDateTime"


class TestPeople:
    def test_two_in_one_file_are_refused(self) -> None:
        other = observation(id="2", subject={"reference": "Patient/2"})
        with pytest.raises(UnreadableFile, match="more than one person") as refusal:
            read_fhir(bundle(observation(), other))
        assert refusal.value.pointer == "/entry/1/resource/subject"

    def test_one_named_in_two_ways_is_one(self) -> None:
        other = observation(id="2", subject={"reference": "https://a.example/fhir/Patient/1"})
        assert len(read_fhir(bundle(observation(), other)).drafts) == 2

    def test_who_work_in_a_laboratory_are_not_kept_by_name(self) -> None:
        performer = [{"reference": "Practitioner/9", "display": "Dr A. Person"}]
        (draft,) = read_fhir(encoded(observation(performer=performer))).drafts
        assert b"Person" not in draft.body


class TestReadFhir:
    def test_ignores_what_is_no_laboratory_result(self) -> None:
        vital = observation(id="2", category=[{"coding": [{"code": "vital-signs"}]}])
        pill = {"resourceType": "MedicationStatement", "id": "m"}
        imported = read_fhir(bundle(observation(), vital, pill))

        assert len(imported.drafts) == 1
        assert sorted(codes(imported)) == ["ignored_resource", "ignored_resource"]

    def test_drops_the_value_of_a_withdrawn_result(self) -> None:
        (one,) = results(read_fhir(encoded(observation(status="entered-in-error"))))
        assert (one.status, one.value) == ("entered_in_error", None)

    def test_refuses_more_than_5000_entries(self) -> None:
        with pytest.raises(UnreadableFile, match="more than 5000"):
            read_fhir(bundle(*[observation()] * 5001))

    def test_refuses_more_than_25_mb_before_looking(self) -> None:
        with pytest.raises(FileTooLarge):
            read_fhir(b"{" + bytes(LARGEST_FILE))

    def test_points_at_a_field_of_the_wrong_type(self) -> None:
        with pytest.raises(UnreadableFile) as refusal:
            read_fhir(bundle(observation(), observation(note=[{"text": 5}])))
        assert refusal.value.pointer == "/entry/1/resource/note/0/text"

    def test_gives_two_results_of_one_name_two_identities(self) -> None:
        imported = read_fhir(bundle(observation(), observation()))
        assert len({draft.external_id for draft in imported.drafts}) == 2

    @settings(deadline=None)
    @given(st.decimals(min_value=0, max_value=9999, places=3))
    def test_keeps_digits_and_identity(self, value: Decimal) -> None:
        data = sample_vitamin_d(TAKEN, value)
        first, again = read(data), read(data)

        assert first == again
        assert f'"value":{value},'.encode() in first.drafts[0].body

    @settings(max_examples=300, deadline=None)
    @given(st.data())
    def test_never_raises_anything_but_a_refusal(self, data: st.DataObject) -> None:
        damaged = bytearray(SAMPLE)
        for _ in range(data.draw(st.integers(1, 6))):
            damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
        try:
            read(bytes(damaged))
        except CoreError:
            return

    @settings(max_examples=200, deadline=None)
    @given(
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(max_size=8),
            lambda inner: st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["value", "unit", "coding", "code", "reference", "text", "low"]),
                inner,
            ),
            max_leaves=12,
        ),
        st.sampled_from([
            "code", "valueQuantity", "effectiveDateTime", "referenceRange", "component", "status",
            "hasMember", "performer", "interpretation", "effectivePeriod", "valueRatio",
        ]),
    )  # fmt: skip
    def test_never_trips_over_a_strange_field(self, field: object, name: str) -> None:
        try:
            read_fhir(encoded(observation() | {name: field}))
        except CoreError:
            return


class TestOurSample:
    def test_is_what_the_generator_makes(self) -> None:
        assert (OURS / "vitamin-d-observation.json").read_bytes() == SAMPLE

    def test_is_a_low_vitamin_d_marked_as_test_data(self) -> None:
        imported = read(SAMPLE)
        (one,) = results(imported)

        assert sniff(SAMPLE) == "fhir"
        assert (one.analyte, one.value, one.unit_ucum, one.flag) == (
            "vitd_25oh", 38.2, "nmol/L", "L",
        )  # fmt: skip
        assert (one.ref_low, one.ref_high, one.lab) == (50, 250, "Demo Laboratory")
        assert codes(imported) == ["test_data"]
