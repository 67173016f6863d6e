"""Edits written by hand in a JSON file, for demonstrations and for moving data in."""

from pathlib import Path
from uuid import UUID, uuid4

import msgspec
from msgspec import Raw, Struct

from phone.client import Phone
from phone.ids import record_id
from phone.wire import present


class _Source(Struct, frozen=True):
    system: str | None = None
    external_id: str | None = None


class _Edit(Struct, frozen=True):
    """One edit. Base, op id and schema version are the phone's business."""

    type: str
    id: UUID | None = None
    action: str = "put"
    set: dict[str, Raw] = {}
    unset: list[str] = []


class _File(Struct, frozen=True):
    ops: list[_Edit]


def read_edits(phone: Phone, path: Path) -> list[UUID]:
    """Put the edits of ``{"ops": [...]}`` at ``path`` into the outbox; return the op ids.

    A record without an id gets the one it must have: the profile is the athlete's own, a
    record with a source is the same on every phone, any other is new.
    """
    edits = msgspec.json.decode(path.read_bytes(), type=_File).ops
    return [_enter(phone, edit) for edit in edits]


def _enter(phone: Phone, edit: _Edit) -> UUID:
    target = edit.id or _natural_id(phone, edit)
    if edit.action == "delete":
        return phone.delete(edit.type, target)
    if edit.action == "restore":
        return phone.restore(edit.type, target)
    fields = {name: value if present(value) else None for name, value in edit.set.items()}
    return phone.put(edit.type, target, set=fields, unset=edit.unset)


def _natural_id(phone: Phone, edit: _Edit) -> UUID:
    if edit.type == "athlete_profile":
        return phone.athlete
    if "source" in edit.set:
        source = msgspec.json.decode(edit.set["source"], type=_Source)
        if source.system is not None and source.external_id is not None:
            return record_id(phone.athlete, edit.type, source.system, source.external_id)
    return uuid4()
