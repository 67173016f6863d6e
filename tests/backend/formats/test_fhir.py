"""FHIR R4: the values of HL7's and US Core's examples."""

import json
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from backend.formats import ImportedFile, UnreadableFile, read_fhir
from tests.backend.formats.shared import codes, needs_shared, plain, results, shared

WHEN = "2024-02-25T15:10:56Z"


def figures(imported: ImportedFile) -> list[tuple[Any, ...]]:
    return [(one.value, one.unit, one.unit_ucum) for one in results(imported)]


def dated(path: str) -> bytes:
    """Return a shared Observation with an effective time, which the original lacks."""
    resource = json.loads(shared(path), parse_float=Decimal)
    text = shared(path).decode().rstrip()
    assert "effectiveDateTime" not in resource
    return f'{text[:-1]}, "effectiveDateTime": "{WHEN}"}}'.encode()


def bundle(*resources: bytes) -> bytes:
    entries = b",".join(b'{"resource":' + resource + b"}" for resource in resources)
    return b'{"resourceType":"Bundle","type":"collection","entry":[' + entries + b"]}"


@needs_shared
class TestPanels:
    def test_general_health_panel_dates_its_members_by_their_head(self) -> None:
        imported = read_fhir(shared("fhir-r4/Bundle-ghp.json"))
        found = results(imported)

        assert len(found) == 48  # 51 observations, three of them heads without a value
        assert sum(one.value is not None for one in found) == 44
        assert sum(one.value_text is not None for one in found) == 4
        assert {one.collected_at for one in found} == {"2015-08-16T06:40:17Z"}
        assert [one.value for one in found if one.comparator == "<"] == [1, 1]
        assert sum(one.ref_low is not None or one.ref_high is not None for one in found) == 34
        heads = {"58410-2", "24323-8", "24357-6"}
        assert not heads & {code.code for one in found for code in one.codes}
        assert {one.lab for one in found} == {"Acme Laboratory, Inc"}
        assert len({draft.external_id for draft in imported.drafts}) == 48

    def test_lipids_keep_one_sided_ranges(self) -> None:
        found = results(read_fhir(shared("fhir-r4/Bundle-lipids.json")))

        assert [one.value for one in found] == [6.3, 1.3, 1.3, 4.6]
        assert [(one.ref_low, one.ref_high) for one in found] == [
            (None, 4.5), (None, 2.0), (1.5, None), (None, 3.0),
        ]  # fmt: skip
        assert {one.unit_ucum for one in found} == {"mmol/L"}
        assert {one.collected_at for one in found} == {"2011-03-04T08:30:00+11:00"}

    def test_gram_stains_are_their_components(self) -> None:
        found = results(read_fhir(shared("fhir-r4/Bundle-lri-example.json")))
        quantities = [one for one in found if one.value is not None]

        assert len(quantities) == 6
        assert {one.comparator for one in quantities} == {"<"}
        assert sum(one.codes[0].code == "664-3" for one in found) == 8
        assert {(one.collected_at, one.collected_precision) for one in found} == {
            ("2016-08-18", "day")
        }

    def test_local_codes_without_units_are_kept_and_matched_to_nothing(self) -> None:
        with pytest.raises(UnreadableFile, match="when the sample was taken"):
            read_fhir(shared("fhir-r4/Bundle-micro.json"))
        text = shared("fhir-r4/Bundle-micro.json").replace(
            b'"resourceType": "Observation"',
            b'"effectiveDateTime": "2016-08-18", "resourceType": "Observation"',
        )
        imported = read_fhir(text)
        found = results(imported)

        assert Counter(one.comparator for one in found if one.comparator) == {"<=": 9, ">=": 4}
        assert {one.unit for one in found} == {None}
        assert {one.analyte for one in found} == {None}
        assert codes(imported).count("unit_missing") == 17

    def test_cytogenetics_keep_units_that_are_no_ucum(self) -> None:
        found = results(read_fhir(shared("fhir-r4/Bundle-report.json")))

        assert len(found) == 13
        assert [(one.value, one.unit, one.unit_ucum) for one in found if one.value is not None] == [
            (31.9, "K/ul", None), (27, "%", None), (84, "K/ul", None),
        ]  # fmt: skip
        assert sum(not one.codes for one in found) == 2

    def test_public_health_report_keeps_text_ranges_as_text(self) -> None:
        found = results(read_fhir(shared("fhir-r4/sample_oru_CDPH_NBS_20241021-001.fhir.json")))

        assert len(found) == 18
        assert sum(one.value is not None for one in found) == 14
        assert sum(one.value_text is not None for one in found) == 4
        assert sum(one.ref_text is not None for one in found) == 10
        assert found[0].ref_text == "<85"
        assert (found[0].ref_low, found[0].ref_high) == (None, None)
        assert {one.status for one in found} == {"final"}

    @pytest.mark.parametrize(
        ("name", "value", "unit", "low", "high"),
        [
            ("hemoglobin", 17, "g/dL", 16.5, 21.5),
            ("leukocytes", 10, "10*3/uL", 4.5, 11),
            ("platelets", 200, "10*3/uL", 150, 450),
        ],
    )
    def test_blood_count(self, name: str, value: float, unit: str, low: float, high: float) -> None:
        (one,) = results(read_fhir(shared(f"fhir-r4/us-core-cbc/observation-cbc-{name}.json")))

        assert (one.value, one.unit_ucum, one.ref_low, one.ref_high) == (value, unit, low, high)
        assert (one.collected_at, one.collected_precision) == ("2005-07-05", "day")


@needs_shared
class TestBoneDensity:
    @pytest.mark.parametrize(
        ("name", "value", "code", "loinc"),
        [
            ("femur-l-armass", 0.631, "g/cm2", "80954-1"),
            ("femur-l-t-score", -1.48, "1", "80948-3"),
            ("femur-l-z-score", 0.05, "1", "80940-0"),
            ("hip-l-armass", 0.734, "g/cm2", "46278-8"),
            ("hip-l-t-score", -1.62, "1", "80946-7"),
            ("hip-l-z-score", -0.19, "1", "80938-4"),
        ],
    )
    def test_of_us_core(self, name: str, value: float, code: str, loinc: str) -> None:
        (one,) = results(read_fhir(shared(f"fhir-r4/us-core-dxa/dxa-{name}-bmd.json")))

        assert (one.value, one.unit_ucum, one.codes[0].code) == (value, code, loinc)
        assert one.collected_at == "2021-11-10T19:14:41.088720-08:00"

    def test_with_a_wrong_ucum_code_is_repaired_and_flagged(self) -> None:
        report, result = (
            shared(f"fhir-r4/{name}.json") for name in ("DiagnosticReport-102", "Observation-bmd")
        )
        imported = read_fhir(bundle(report, result))
        (one,) = results(imported)

        assert (one.value, one.unit, one.unit_ucum) == (0.887, "g/cm²", "g/cm2")
        assert (one.collected_at, one.collected_precision) == ("2008-06-17", "day")
        assert codes(imported) == ["unit_repaired"]

    @pytest.mark.parametrize(
        "name", ["DiagnosticReport-102", "DiagnosticReport-f201", "Specimen-101", "package"]
    )
    def test_is_never_taken_from_a_narrative(self, name: str) -> None:
        with pytest.raises(UnreadableFile, match="no laboratory result"):
            read_fhir(shared(f"fhir-r4/{name}.json"))


@needs_shared
class TestSingleResults:
    @pytest.mark.parametrize(
        ("name", "value", "unit", "low", "high", "taken"),
        [
            ("f001", 6.3, "mmol/L", 3.1, 6.2, "2013-04-02T09:30:10+01:00"),
            ("f002", 12.6, "mmol/L", 7.1, 11.2, "2013-04-02T10:30:10+01:00"),
            ("f003", 6.2, "kPa", 4.8, 6.0, "2013-04-02T10:30:10+01:00"),
        ],
    )
    def test_start_when_their_period_starts(  # one column per figure of the README
        self, name: str, value: float, unit: str, low: float, high: float, taken: str
    ) -> None:
        (one,) = results(read_fhir(shared(f"fhir-r4/Observation-{name}.json")))

        assert (one.value, one.unit_ucum, one.ref_low, one.ref_high) == (value, unit, low, high)
        assert (one.collected_at, one.flag) == (taken, "H")

    @pytest.mark.parametrize("name", ["f204", "f205", "f206", "bmd", "decimal"])
    def test_are_not_dated_by_guess(self, name: str) -> None:
        with pytest.raises(UnreadableFile) as refusal:
            read_fhir(shared(f"fhir-r4/Observation-{name}.json"))
        assert refusal.value.pointer == "/effectiveDateTime"

    def test_do_not_take_a_snomed_code_for_a_unit(self) -> None:
        (one,) = results(read_fhir(dated("fhir-r4/Observation-f204.json")))

        assert (one.value, one.unit, one.unit_ucum) == (122, "umol/L", None)
        assert (one.ref_low, one.ref_high, one.flag) == (64, 104, "H")

    def test_are_components_when_there_is_no_own_value(self) -> None:
        found = results(read_fhir(dated("fhir-r4/Observation-f205.json")))

        assert [(one.codes[0].code, one.comparator, one.value) for one in found] == [
            ("48643-1", ">", 60), ("48642-3", None, 60),
        ]  # fmt: skip

    def test_put_the_loinc_code_first(self) -> None:
        (one,) = results(read_fhir(dated("fhir-r4/Observation-f206.json")))

        assert [code.code for code in one.codes] == ["600-7", "104177"]
        assert (one.value, one.value_text) == (None, "Staphylococcus aureus")

    def test_keep_a_cancelled_event_without_a_value(self) -> None:
        imported = read_fhir(shared("fhir-r4/Observation-unsat.json"))
        (one,) = results(imported)

        assert (one.status, one.value, one.value_text) == ("cancelled", None, None)
        assert "Tube broken" in (one.note or "")
        first = read_fhir(shared("fhir-r4/Observation-f001.json")).drafts[0]
        assert imported.drafts[0].external_id == first.external_id  # it withdraws that result

    def test_keep_every_printed_digit(self) -> None:
        text = dated("fhir-r4/Observation-decimal.json")
        with pytest.raises(UnreadableFile) as refusal:
            read_fhir(text)
        assert refusal.value.pointer == "/component/3/valueQuantity/value"

        for wild in (b"1.000000000000000000E-245", b"-1.000000000000000000E+245", b"1E-22"):
            text = text.replace(wild, b"2.50")
        imported = read_fhir(text)
        printed = [draft.body.split(b'"value":')[1].split(b",")[0] for draft in imported.drafts[:4]]
        assert printed == [b"1.0", b"1.00", b"1.0", b"2.50"]
        assert plain(imported.drafts[4])["value_text"] == "1000000000000000000"
        assert "number_out_of_range" in codes(imported)
