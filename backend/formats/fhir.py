"""FHIR R4 laboratory results: Observations, alone or in a Bundle, as record drafts.

Source: HL7 FHIR R4 (4.0.1), US Core laboratory result profile; the mapping and its traps come
from HL7's and US Core's own examples.
"""

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256

import msgspec

from backend.days import InvalidInstant, parse_instant
from backend.errors import CoreError
from backend.formats.fhir_graph import Graph, Node, load
from backend.formats.fhir_guard import guarded
from backend.formats.fhir_model import Concept, Measured, Observation
from backend.formats.fhir_values import (
    LONGEST_LONG,
    LONGEST_SHORT,
    Value,
    flag_of,
    interval_of,
    short,
    value_of,
)
from backend.formats.imported import (
    Draft,
    ImportedFile,
    UnitMissing,
    UnreadableFile,
    digest_of,
    refuse_oversize,
)
from backend.labs import analytes
from backend.labs.dimensions import measures
from backend.records.lab_result import LAB_RESULT, WITHDRAWN
from backend.records.reading import validate

SYSTEM = "fhir"
LOINC = "http://loinc.org"
NOT_RESULTS = frozenset({"vital-signs", "social-history", "survey", "activity", "therapy"})
MOST_RESULTS = 5000
WHY_LEFT_OUT = {
    "format.no_collection_time": "Nobody says when the sample was taken, and nothing is dated "
    "by guess: ask the laboratory for the collection time.",
    "format.two_values": "A result has two values and it is not clear which one counts: ask the "
    "laboratory for a corrected export.",
}
TEST_DATA = "HTEST"  # HL7 v3-ActReason: made for tests

_ENCODER = msgspec.json.Encoder(decimal_format="number")  # digits as printed, "1.00" stays


def read_fhir(data: bytes) -> ImportedFile:
    """Return one ``lab_result`` draft for each result of a FHIR R4 file.

    Args:
        data: an Observation, a DiagnosticReport with contained results, or a Bundle; JSON.
    Returns:
        Drafts in file order, numbers as printed. A result nobody dates is left out with a
        warning; so are resources that are no laboratory result.
    Raises:
        FileTooLarge: above 25 MB.
        UnreadableFile: not R4 JSON, over a limit, two people, or no result that can be kept.
        UnitMissing: a known analyte has a number without a unit; nothing is imported,
            because a unit is asked for, never guessed. ``pointer`` is a JSON pointer.
    """
    refuse_oversize(data)
    digest = digest_of(data)
    graph = load(guarded(data))
    drafts: list[Draft] = []
    used: Counter[str] = Counter()
    for node in graph.nodes:
        if not _is_result(graph, node):
            continue
        parts = list(_parts(node))
        if len(drafts) + len(parts) > MOST_RESULTS:
            raise UnreadableFile(
                f"The file holds more than {MOST_RESULTS} results. Export a shorter period.",
                pointer=node.pointer,
            )
        collected = graph.collected(node) if parts else None
        if parts and collected is None:
            pointer = f"{node.pointer}/effectiveDateTime"
            graph.warn("no_collection_time", pointer, "Nobody says when the sample was taken.")
        elif collected:
            drafts += _drafts(graph, node, parts, collected, digest, used)
    if not drafts:
        raise _nothing_kept(graph)
    return ImportedFile("fhir_r4", digest, tuple(drafts), tuple(graph.warnings))


def _nothing_kept(graph: Graph) -> UnreadableFile:
    reason = next((w for w in graph.warnings if w.code in WHY_LEFT_OUT), None)
    if reason:
        return UnreadableFile(
            f"No result can be kept. {WHY_LEFT_OUT[reason.code]} ({reason.pointer})",
            pointer=reason.pointer,
        )
    return UnreadableFile(
        "The file holds no laboratory result that can be kept. "
        "Export the Observations, not only the report around them.",
        pointer=graph.nodes[0].pointer if graph.nodes else "",
    )


def _is_result(graph: Graph, node: Node) -> bool:
    observation = node.observation
    codes = {coding.code for category in observation.category for coding in category.coding}
    if codes & NOT_RESULTS and "laboratory" not in codes:
        graph.warn("ignored_resource", node.pointer, "An observation that is no laboratory result.")
        return False
    if any(c.code == TEST_DATA for c in (*observation.meta.tag, *observation.meta.security)):
        graph.warn("test_data", f"{node.pointer}/meta", "The result is marked as test data.")
    return True


def _parts(node: Node) -> Iterator[tuple[Measured, str]]:
    """Yield what is a result: the observation, or its components.

    A panel head or an observation that only has components is no result. An observation
    that was cancelled, or has nothing at all, is an event without a value.
    """
    observation, pointer = node.observation, node.pointer
    own = observation.values
    if own or not (observation.has_member or observation.component):
        yield observation, pointer
    for index, component in enumerate(observation.component):
        if component.values or component.data_absent_reason:
            yield component, f"{pointer}/component/{index}"


def _drafts(
    graph: Graph,
    node: Node,
    parts: list[tuple[Measured, str]],
    collected: tuple[str, str],
    digest: str,
    used: Counter[str],
) -> Iterator[Draft]:
    for measured, pointer in parts:
        if len(measured.values) > 1:
            graph.warn("two_values", pointer or "/", "A result with two values was left out.")
            continue
        body = _body(graph, node, measured, pointer)
        body["collected_at"], body["collected_precision"] = collected
        external_id = _external_id(node, measured, pointer, collected[0])
        used[external_id] += 1
        if used[external_id] > 1:
            external_id = f"{external_id}#{used[external_id]}"
        body["source"] = {
            "system": SYSTEM,
            "external_id": external_id,
            "version": _version(node.observation),
            "format": "fhir_r4",
            "file_sha256": digest,
        }
        occurred_at = parse_instant(collected[0])[0]
        yield Draft("lab_result", SYSTEM, external_id, occurred_at, _encoded(body, pointer))


def _encoded(body: dict[str, object], pointer: str) -> bytes:
    encoded = _ENCODER.encode({name: value for name, value in body.items() if value is not None})
    try:
        validate(LAB_RESULT, encoded)
    except (msgspec.DecodeError, CoreError) as error:
        raise UnreadableFile(
            f"A result has a field no record can hold ({pointer}).", pointer=pointer
        ) from error
    return encoded


def _body(graph: Graph, node: Node, measured: Measured, pointer: str) -> dict[str, object]:
    observation = node.observation
    status = (short(observation.status) or "unknown").lower().replace("-", "_")
    codes = _codes(measured.code)
    analyte = analytes.identify(None, [code["code"] for code in codes])
    value = Value() if status in WITHDRAWN else value_of(measured, pointer, graph.warn)
    if value.lacks_unit:
        _miss_unit(graph, analyte, value.lacks_unit)
    if not measured.values:
        graph.warn("no_value", pointer, "The result has no value; only the event is kept.")
    report = next(graph.reports_of(node), None)
    head = next(graph.heads_of(node), None)
    specimen = graph.specimen_of(node)
    performers = (*observation.performer, *(report.performer if report else ()))
    order = [i.value for i in report.identifier] if report else []
    order += [ref.reference or ref.display for ref in observation.based_on]
    return {
        "status": status,
        "analyte": analyte if _is_read(analyte, value) else None,
        "codes": codes,
        "code_text": short(measured.code.label),
        "value": value.value,
        "comparator": value.comparator,
        "value_text": value.value_text,
        "unit": value.unit,
        "unit_ucum": value.unit_ucum,
        **interval_of(measured.reference_range, value, pointer),
        "flag": flag_of(measured.interpretation),
        "issued_at": _issued(observation.issued or (report.issued if report else None)),
        "lab": short(graph.laboratory_of(performers)),
        "method": short(observation.method.label) if observation.method else None,
        "device": short(observation.device.display) if observation.device else None,
        "specimen": short(specimen.type.label) if specimen and specimen.type else None,
        "panel": short(
            (head.observation.code if head else report.code if report else Concept()).label
        ),
        "order_id": short(next(filter(None, order), None)),
        "note": _note(observation, measured),
    }


def _is_read(analyte: str | None, value: Value) -> bool:
    """Return whether the record may state its analyte: with a unit nobody knows it may not."""
    units = [unit for unit in (value.unit_ucum, value.unit) if unit]
    if analyte is None or value.value is None or not units or not analytes.unit_of(analyte):
        return True
    return any(analytes.converts(analyte, u) or measures(analyte, u) for u in units)


def _miss_unit(graph: Graph, analyte: str | None, pointer: str) -> None:
    if analyte is None:
        graph.warn("unit_missing", pointer, "The value has no unit; it is kept and not rated.")
        return
    raise UnitMissing(
        f"A value has no unit ({pointer}); nothing was imported, because a unit is never "
        "guessed. Ask the laboratory which unit the value has, or enter the result by hand.",
        pointer=pointer,
    )


def _codes(concept: Concept) -> list[dict[str, str]]:
    """Return the codings, LOINC first; one without a code says nothing."""
    codes = []
    for coding in concept.coding:
        code, system = short(coding.code), short(coding.system) or ""
        if code and len(coding.code or "") <= LONGEST_SHORT:
            text = short(coding.display)
            codes.append({"system": system, "code": code} | ({"text": text} if text else {}))
    return sorted(codes, key=lambda code: code["system"] != LOINC)


def _external_id(node: Node, measured: Measured, pointer: str, collected: str) -> str:
    """Return what makes a result the same result in the next export.

    The laboratory's identifier with what was measured; else the resource's name with the
    time, because names such as ``Observation/1`` are reused.
    """
    observation = node.observation
    codes = [coding.code for coding in measured.code.coding if coding.code]
    what = codes[0] if codes else (measured.code.label or "")
    named = next((i for i in observation.identifier if i.value), None)
    parts = (
        [named.system or "", named.value or "", what]
        if named
        else [node.key if observation.id else "", what, collected]
    )
    if measured is not observation:
        parts.append(pointer.rpartition("/component/")[2])
    text = "|".join(parts)
    return text if len(text) <= LONGEST_SHORT - 8 else sha256(text.encode()).hexdigest()


def _version(observation: Observation) -> int:
    version = observation.meta.version_id or ""
    return int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 1


def _issued(text: str | None) -> str | None:
    try:
        return text if text and parse_instant(text)[1] == "second" else None
    except InvalidInstant:
        return None


def _note(observation: Observation, measured: Measured) -> str | None:
    texts = [note.text for note in observation.note]
    if measured.data_absent_reason:
        texts.append(measured.data_absent_reason.label)
    return "\n".join(text for text in texts if text)[:LONGEST_LONG] or None
