"""The resources of a FHIR file and how they point at each other."""

import re
from collections.abc import Iterator, Sequence
from typing import TypeVar

import msgspec

from backend.days import InvalidInstant, parse_instant
from backend.formats.fhir_guard import refused
from backend.formats.fhir_model import (
    Bundle,
    Observation,
    Organization,
    Period,
    Reference,
    Report,
    Resource,
    Specimen,
)
from backend.formats.imported import FileWarning, UnreadableFile

MOST_ENTRIES = 5000
MOST_LINKS = 16  # panels or reports one result may belong to; more only costs time
BUNDLE_TYPES = frozenset({"collection", "transaction", "message", "searchset", "batch", "document"})
# Resources that only support results: left out without a word.
SILENT = frozenset({
    "Patient", "MessageHeader", "Provenance", "Practitioner", "PractitionerRole", "RelatedPerson",
    "ServiceRequest", "Device", "Composition", "Location", "Encounter", "OperationOutcome",
    "Substance", "Endpoint",
})  # fmt: skip

T = TypeVar("T")
_BYTE = re.compile(r"\(byte (\d+)\)")
_PATH = re.compile(r"\.([A-Za-z_]+)|\[(\d+|\.\.\.)\]")
_WALL_CLOCK = re.compile(r"^(\d{4}-\d{2}-\d{2})T")


class Node(msgspec.Struct, frozen=True, eq=False):
    """One Observation with its place: a JSON pointer and the names others call it by."""

    observation: Observation
    pointer: str
    key: str


class Graph:
    """The resources of one file, found by full URL or ``Type/id``."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.warnings: list[FileWarning] = []
        self._reports: list[Report] = []
        self._subjects: dict[str, str] = {}
        self._specimens: dict[str, Specimen] = {}
        self._organizations: dict[str, Organization] = {}
        self._by_name: dict[str, Node] = {}
        self._patients: dict[str, str] = {}
        self._parents: dict[str, list[Node]] = {}
        self._reports_of: dict[str, list[Report]] = {}

    def add(self, raw: bytes, *, pointer: str, full_url: str | None = None) -> None:
        """Take in one resource; raises ``UnreadableFile`` when it breaks FHIR's types."""
        resource = parse(raw, Resource, pointer)
        kind, names = resource.resource_type, _names(resource, full_url)
        if kind == "Patient":
            self._patients.update(dict.fromkeys(names, f"Patient/{resource.id or full_url}"))
        if kind == "Observation":
            node = Node(parse(raw, Observation, pointer), pointer, names[0] if names else pointer)
            self.nodes.append(node)
            self._by_name.update(dict.fromkeys(names, node))
            self._note_subject(node.observation.subject, pointer)
        elif kind == "DiagnosticReport":
            report = parse(raw, Report, pointer)
            self._reports.append(report)
            self._note_subject(report.subject, pointer)
            for index, inner in enumerate(report.contained):
                self.add(bytes(inner), pointer=f"{pointer}/contained/{index}")
        elif kind == "Specimen":
            self._specimens.update(dict.fromkeys(names, parse(raw, Specimen, pointer)))
        elif kind == "Organization":
            self._organizations.update(dict.fromkeys(names, parse(raw, Organization, pointer)))
        elif kind not in SILENT:
            self.warn("ignored_resource", pointer, "A resource that is no result was left out.")

    def warn(self, code: str, pointer: str, detail: str) -> None:
        """Note something the person should know."""
        self.warnings.append(FileWarning(f"format.{code}", pointer, detail))

    def link(self) -> None:
        """Connect panel heads and reports with their results; one person per file.

        Raises:
            UnreadableFile: results of two people.
        """
        people: dict[str, str] = {}
        for subject, pointer in self._subjects.items():
            people.setdefault(self._patients.get(subject, _short(subject)), pointer)
        if len(people) > 1:
            raise UnreadableFile(
                "The file holds results of more than one person; nothing was imported. "
                "Export the results of one person.",
                pointer=list(people.values())[1],
            )
        for head in self.nodes:
            for member in self._found(head.observation.has_member):
                _hold(self._parents.setdefault(member.key, []), head)
        for report in self._reports:
            for member in self._found(report.result):
                _hold(self._reports_of.setdefault(member.key, []), report)

    def heads_of(self, node: Node) -> Iterator[Node]:
        """Yield the panel heads above a result, nearest first, each once, 16 at most."""
        seen, waiting = {node.key}, list(self._parents.get(node.key, ()))
        while waiting and len(seen) <= MOST_LINKS:
            head = waiting.pop(0)
            if head.key not in seen:
                seen.add(head.key)
                yield head
                waiting.extend(self._parents.get(head.key, ()))

    def reports_of(self, node: Node) -> Iterator[Report]:
        """Yield the reports that list a result or a panel head above it."""
        for listed in (node, *self.heads_of(node)):
            yield from self._reports_of.get(listed.key, ())

    def specimen_of(self, node: Node) -> Specimen | None:
        """Return the specimen of a result, or of the panel it belongs to."""
        for listed in (node, *self.heads_of(node)):
            reference = listed.observation.specimen
            for name in _reference_names(reference):
                if name in self._specimens:
                    return self._specimens[name]
        return None

    def laboratory_of(self, performers: Sequence[Reference]) -> str | None:
        """Return the name of the organization that did the work; a person's is never kept."""
        for performer in performers:
            for name in _reference_names(performer):
                known = self._organizations.get(name)
                if known and known.name:
                    return known.name
            if (performer.reference or "").startswith("Organization/") and performer.display:
                return performer.display
        return None

    def collected(self, node: Node) -> tuple[str, str] | None:
        """Return when the sample was taken, as text, and its precision.

        Its own time, else its panel head's, else the specimen's collection, else the
        report's; None when nobody says, because nothing is dated by guess.
        """
        specimen = self.specimen_of(node)
        collection = specimen.collection if specimen else None
        spans: list[str | None] = []
        for each in (node, *self.heads_of(node)):
            own = each.observation
            spans += [own.effective_date_time, own.effective_instant, _start(own.effective_period)]
        if collection:
            spans += [collection.collected_date_time, _start(collection.collected_period)]
        for report in self.reports_of(node):
            spans += [report.effective_date_time, _start(report.effective_period)]
        for text in filter(None, spans):
            read = self._instant(text, node.pointer)
            if read:
                return read
        return None

    def _instant(self, text: str, pointer: str) -> tuple[str, str] | None:
        try:
            return text, parse_instant(text)[1]
        except InvalidInstant:
            wall = _WALL_CLOCK.match(text)
        if wall:
            try:
                day = wall[1], parse_instant(wall[1])[1]
            except InvalidInstant:
                day = None
            if day:
                self.warn("time_without_zone", pointer, "A time without a zone is kept as its day.")
                return day
        self.warn("time_unreadable", pointer, "A time that is no FHIR time was not used.")
        return None

    def _note_subject(self, subject: Reference | None, pointer: str) -> None:
        names = _reference_names(subject)
        if names:
            self._subjects.setdefault(names[0], f"{pointer}/subject")

    def _found(self, references: Sequence[Reference]) -> Iterator[Node]:
        for reference in references:
            for name in _reference_names(reference):
                if name in self._by_name:
                    yield self._by_name[name]
                    break


def load(text: bytes) -> Graph:
    """Return the linked resources of a guarded FHIR file: one resource or a Bundle.

    Raises:
        UnreadableFile: not FHIR, more than 5000 entries, or results of two people.
    """
    graph = Graph()
    if parse(text, Resource, "").resource_type != "Bundle":
        graph.add(text, pointer="")
    else:
        bundle = parse(text, Bundle, "")
        if len(bundle.entry) > MOST_ENTRIES:
            raise UnreadableFile(
                f"The Bundle has more than {MOST_ENTRIES} entries. Export a shorter period.",
                pointer=f"/entry/{MOST_ENTRIES}",
            )
        if bundle.type is not None and bundle.type not in BUNDLE_TYPES:
            graph.warn("bundle_type", "/type", "This type of Bundle is read as a collection.")
        for index, entry in enumerate(bundle.entry):
            if bytes(entry.resource):
                pointer = f"/entry/{index}/resource"
                graph.add(bytes(entry.resource), pointer=pointer, full_url=entry.full_url)
    graph.link()
    return graph


def parse(raw: bytes, kind: type[T], pointer: str) -> T:
    """Return JSON as a struct; raises ``UnreadableFile`` with the place of what is wrong."""
    try:
        return msgspec.json.decode(raw, type=kind, strict=True)
    except msgspec.ValidationError as error:
        where = pointer + _pointer_of(str(error))
        raise UnreadableFile(
            f"The file is not FHIR R4: a field has another type than FHIR gives it ({where}). "
            "Ask the laboratory or app for an R4 export.",
            pointer=where,
        ) from error
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        place = _BYTE.search(str(error))
        raise refused("it is not valid JSON", int(place[1]) if place else len(raw)) from error


def _pointer_of(message: str) -> str:
    path = message.rpartition(" - at `")[2]
    return "".join(f"/{name or index}" for name, index in _PATH.findall(path)).replace("...", "-")


def _names(resource: Resource, full_url: str | None) -> list[str]:
    names = [full_url] if full_url else []
    if resource.id:
        names += [f"{resource.resource_type}/{resource.id}", f"#{resource.id}"]
    return names


def _reference_names(reference: Reference | None) -> list[str]:
    if reference is None or not reference.reference:
        return []
    return [reference.reference, _short(reference.reference)]


def _short(reference: str) -> str:
    """Return ``Type/id`` of an address; a history suffix or a bare URN stays as it is."""
    return "/".join(reference.split("/")[-2:])


def _hold(links: list[T], link: T) -> None:
    if len(links) < MOST_LINKS and not any(held is link for held in links):
        links.append(link)


def _start(period: Period | None) -> str | None:
    return period.start if period else None
