"""Edits in the app's words, turned into drafts of ops."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from phone.clock import Clock
from phone.ids import uuid7
from phone.model import Draft


class Edits:
    """Collects edits; with ``group``, the server stores all of them or none."""

    def __init__(
        self, *, clock: Clock, types: Mapping[str, int], group: UUID | None = None
    ) -> None:
        self.drafts: list[Draft] = []
        self._clock = clock
        self._types = types
        self._group = group

    def put(
        self,
        record_type: str,
        record_id: UUID | str,
        *,
        set: Mapping[str, Any] | None = None,  # noqa: A002 - the protocol's own word
        unset: Sequence[str] = (),
    ) -> UUID:
        """Create a record or change some of its fields; return the op's id.

        Fields not named stay as they are, also fields this app does not know. None means
        the same as naming the field in ``unset``.
        """
        fields = {name: value for name, value in (set or {}).items() if value is not None}
        gone = [name for name, value in (set or {}).items() if value is None]
        return self._add(
            "put", record_type, record_id, fields=fields, unset=[*dict.fromkeys([*unset, *gone])]
        )

    def delete(self, record_type: str, record_id: UUID | str) -> UUID:
        """Delete a record; return the op's id."""
        return self._add("delete", record_type, record_id)

    def restore(
        self, record_type: str, record_id: UUID | str, *, body: Mapping[str, Any] | None = None
    ) -> UUID:
        """Undo a deletion; return the op's id.

        The record is back with its last body once the server answered, or at once with
        ``body``, which is needed only if the server has scrubbed the last one.
        """
        return self._add("restore", record_type, record_id, fields=body or {})

    def again(self, record_type: str, record_id: UUID, action: str) -> Draft:
        """Return a new draft for an edit made before; its fields are filled in later."""
        self._add(action, record_type, record_id)
        return self.drafts[-1]

    def _add(
        self,
        action: str,
        record_type: str,
        record_id: UUID | str,
        *,
        fields: Mapping[str, Any] | None = None,
        unset: Sequence[str] = (),
    ) -> UUID:
        draft = Draft(
            op=uuid7(int(self._clock.now().timestamp() * 1000)),
            type=record_type,
            id=UUID(str(record_id)),
            action=action,
            schema=self._types.get(record_type, 1),
            edited_at=self._clock.stamp(),
            fields=fields or {},
            unset=unset,
            group=self._group,
            made_ms=self._clock.monotonic_ms(),
            boot=self._clock.boot,
        )
        self.drafts.append(draft)
        return draft.op
