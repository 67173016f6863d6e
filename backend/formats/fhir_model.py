"""The parts of FHIR R4 we read, as plain structs; everything else is skipped.

Names follow HL7's definitions (CC0). Unknown keys are ignored, so is the narrative: no value
is ever taken from it.
"""

from typing import Any

import msgspec

ABSENT = msgspec.Raw(b"")


class Resource(msgspec.Struct, frozen=True, rename="camel"):
    """What every resource has."""

    resource_type: str = ""
    id: str | None = None


class Coding(msgspec.Struct, frozen=True):
    """One code of a code system."""

    system: str | None = None
    code: str | None = None
    display: str | None = None


class Concept(msgspec.Struct, frozen=True):
    """FHIR's CodeableConcept."""

    coding: tuple[Coding, ...] = ()
    text: str | None = None

    @property
    def label(self) -> str | None:
        """The text, else the first display, else the first code."""
        shown = [self.text, *(c.display for c in self.coding), *(c.code for c in self.coding)]
        return next((text for text in shown if text), None)


class Identifier(msgspec.Struct, frozen=True):
    """A business identifier."""

    system: str | None = None
    value: str | None = None


class Reference(msgspec.Struct, frozen=True):
    """A pointer to another resource."""

    reference: str | None = None
    display: str | None = None
    identifier: Identifier | None = None


class Period(msgspec.Struct, frozen=True):
    """A time span; only its start is read."""

    start: str | None = None


class Quantity(msgspec.Struct, frozen=True):
    """A measured amount; the value stays as sent, a number or, from some vendors, a text."""

    value: msgspec.Raw = ABSENT
    comparator: str | None = None
    unit: str | None = None
    system: str | None = None
    code: str | None = None


class Range(msgspec.Struct, frozen=True):
    """Low and high."""

    low: Quantity | None = None
    high: Quantity | None = None


class Ratio(msgspec.Struct, frozen=True):
    """A titre or another ratio."""

    numerator: Quantity | None = None
    denominator: Quantity | None = None


class ReferenceRange(msgspec.Struct, frozen=True, rename="camel"):
    """The laboratory's interval, either side optional, or a text."""

    low: Quantity | None = None
    high: Quantity | None = None
    type: Concept | None = None
    text: str | None = None


class Annotation(msgspec.Struct, frozen=True):
    """A comment."""

    text: str | None = None


class Meta(msgspec.Struct, frozen=True, rename="camel"):
    """About the resource itself."""

    version_id: str | None = None
    tag: tuple[Coding, ...] = ()
    security: tuple[Coding, ...] = ()


class Measured(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What an Observation and each of its components share."""

    code: Concept = Concept()
    value_quantity: Quantity | None = None
    value_codeable_concept: Concept | None = None
    value_string: str | None = None
    value_boolean: bool | None = None
    value_integer: int | None = None
    value_range: Range | None = None
    value_ratio: Ratio | None = None
    value_sampled_data: msgspec.Raw = ABSENT
    value_time: str | None = None
    value_date_time: str | None = None
    value_period: msgspec.Raw = ABSENT
    data_absent_reason: Concept | None = None
    interpretation: tuple[Concept, ...] = ()
    reference_range: tuple[ReferenceRange, ...] = ()

    @property
    def values(self) -> dict[str, Any]:
        """The value fields that are present, by FHIR's name; a valid resource has one."""
        fields = {name: getattr(self, name) for name in self.__struct_fields__}
        return {
            k: v for k, v in fields.items() if k.startswith("value_") and v not in (None, ABSENT)
        }


class Component(Measured, frozen=True, rename="camel", kw_only=True):
    """A part of an Observation with a value of its own."""


class Observation(Measured, frozen=True, rename="camel", kw_only=True):
    """One observation, or the head of a panel."""

    id: str | None = None
    meta: Meta = Meta()
    identifier: tuple[Identifier, ...] = ()
    based_on: tuple[Reference, ...] = ()
    status: str | None = None
    category: tuple[Concept, ...] = ()
    subject: Reference | None = None
    effective_date_time: str | None = None
    effective_instant: str | None = None
    effective_period: Period | None = None
    issued: str | None = None
    performer: tuple[Reference, ...] = ()
    note: tuple[Annotation, ...] = ()
    method: Concept | None = None
    specimen: Reference | None = None
    device: Reference | None = None
    has_member: tuple[Reference, ...] = ()
    component: tuple[Component, ...] = ()


class Report(msgspec.Struct, frozen=True, rename="camel"):
    """A DiagnosticReport: what it lists, and when."""

    id: str | None = None
    identifier: tuple[Identifier, ...] = ()
    code: Concept = Concept()
    subject: Reference | None = None
    effective_date_time: str | None = None
    effective_period: Period | None = None
    issued: str | None = None
    performer: tuple[Reference, ...] = ()
    result: tuple[Reference, ...] = ()
    contained: tuple[msgspec.Raw, ...] = ()


class Collection(msgspec.Struct, frozen=True, rename="camel"):
    """When a specimen was taken."""

    collected_date_time: str | None = None
    collected_period: Period | None = None


class Specimen(msgspec.Struct, frozen=True):
    """A sample."""

    id: str | None = None
    type: Concept | None = None
    collection: Collection | None = None


class Organization(msgspec.Struct, frozen=True):
    """A laboratory."""

    id: str | None = None
    name: str | None = None


class Entry(msgspec.Struct, frozen=True, rename="camel"):
    """One entry of a Bundle, its resource not parsed yet."""

    full_url: str | None = None
    resource: msgspec.Raw = ABSENT


class Bundle(msgspec.Struct, frozen=True):
    """A set of resources."""

    type: str | None = None
    entry: tuple[Entry, ...] = ()
