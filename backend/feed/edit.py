"""What one op makes of one record: a new version, nothing new, or a reason why neither."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Raw

from backend.feed import bodies
from backend.feed.imports import compare_imports
from backend.feed.judging import Judged, Refused, is_verbatim, judge
from backend.feed.merge import Changes, Merge, same
from backend.feed.state import History, Outcome, Version
from backend.feed.wire import Clash, Op
from backend.records import RecordType
from backend.records.base import Fields
from backend.records.converting import up_convert, up_patch

MAX_REPLAYED_REV = 2**30  # more edits than anybody makes, and room for as many after it


class Conflicting(Exception):  # a decision, not an error
    """A person has to decide; ``kind`` says what met what."""

    def __init__(self, kind: str, clashes: tuple[Clash, ...] = ()) -> None:
        super().__init__()
        self.kind = kind
        self.clashes = clashes


class Edit(msgspec.Struct, frozen=True):
    """What an op comes to.

    With ``writes`` the record gets ``body`` (None: a tombstone) as its new version ``rev``;
    without, ``outcome`` tells why nothing is written.
    """

    outcome: Outcome
    writes: bool = False
    body: bytes | None = None
    rev: int = 0
    edited_at: datetime | None = None
    occurred_at: datetime | None = None
    flags: tuple[str, ...] = ()
    clashes: tuple[Clash, ...] = ()


class Editor(msgspec.Struct):
    """Applies one op.

    Args:
        athlete_id: whose feed it is.
        op: what is intended; its base is known to name a version of this record.
        kind: the record's type.
        current: its newest version, if there is one.
        based_on: the body its base made; None when nobody knows it any more.
        is_fresh: the op is based on the newest version.
        judged: what its body says as that of a new record, where somebody looked before.
        live: last bodies of deleted records, by record id.
        history: what else is known of older versions.
        edited_at: when, by the server's clock.
        now: when it arrived.
    """

    athlete_id: UUID
    op: Op
    kind: RecordType
    current: Version | None
    based_on: bytes | None
    is_fresh: bool
    judged: Judged | None
    live: Mapping[UUID, bytes]
    history: History
    edited_at: datetime
    now: datetime

    def apply(self) -> Edit:
        """Return the edit. Raises ``Refused``, ``Conflicting`` and what a body may raise."""
        match self.op.action:
            case "put":
                return self._put()
            case "delete":
                return self._delete()
            case "restore":
                return self._restore()
            case "replay":
                return self._replay()
        raise Refused("invalid", "/action")

    def _put(self) -> Edit:
        op, current = self.op, self.current
        if current is None:
            if op.base is not None or op.id in self.history.purged:
                raise Refused("deleted", "/id")  # its tombstone was purged
            return self._write(self._first_body(), Outcome.APPLIED)
        if current.body is None:
            raise Refused("deleted", "/id")
        standing = bodies.fields_of(current.body)
        changes = self._changes(standing if self.is_fresh else self._base_fields() or standing)
        imported = None if self.is_fresh or op.base else compare_imports(current.body, op.set)
        if imported == "known" or bodies.says_the_same(current.body, changes):
            return Edit(Outcome.NOOP)
        if self.kind.policy == "append":
            raise Refused("forbidden", "/id")
        if self.is_fresh:
            return self._write(bodies.patch(current.body, changes), Outcome.APPLIED)
        return self._merge(standing, changes, is_newer_import=imported == "newer")

    def _first_body(self) -> bytes:
        """Return a new record's body: verbatim, unless its schema is an older one."""
        if self.judged is not None:
            return self.judged.body
        if is_verbatim(self.op, self.kind):
            return bytes(self.op.set)
        changes = self._changes({})
        return msgspec.json.encode({n: raw for n, raw in changes.items() if raw is not None})

    def _changes(self, base: Fields) -> Changes:
        """Return what a put changes, in today's schema; ``base`` is what its app had in view."""
        changes = bodies.changes_of(self.op)
        if self.op.schema >= self.kind.schema:
            return changes
        return up_patch(self.kind, base, changes, self.op.schema)

    def _whole(self, body: bytes | Raw) -> bytes:
        """Return a whole body that was sent, in today's schema."""
        if self.op.schema >= self.kind.schema:
            return bytes(body)
        fields = up_convert(self.kind, bodies.fields_of(body), self.op.schema)
        return msgspec.json.encode(fields)

    def _merge(self, standing: Fields, changes: Changes, *, is_newer_import: bool) -> Edit:
        """Merge with what was written since the op's base."""
        assert self.current is not None  # noqa: S101 (the caller saw it)
        sent = msgspec.json.encode(bodies.patched(standing, changes))
        bodies.accept(self.kind, sent)  # what was sent must hold by itself
        base = self._base_fields(is_newer_import=is_newer_import)
        later = (self.edited_at, self.op.op) > (self.current.edited_at, self.current.v)
        merge = Merge("sent" if later or is_newer_import else "stored")
        merged = merge.fields(base=base, stored=standing, changes=changes, keyed=self.kind.keyed)
        clashes = tuple(merge.clashes)
        if not is_newer_import and self._must_ask(clashes):
            told = tuple(msgspec.structs.replace(clash, kept=None) for clash in clashes)
            raise Conflicting("fields_clash", told)
        if _equal(merged, standing):
            # Everything it changed lost, or stands already: nothing moves, and the phone is told.
            return Edit(Outcome.MERGED if clashes else Outcome.NOOP, clashes=clashes)
        shown = None if base is None else bodies.patched(base, changes)
        as_shown = shown is not None and _equal(shown, merged)
        outcome = Outcome.APPLIED if as_shown else Outcome.MERGED
        return self._write(msgspec.json.encode(merged), outcome, clashes)

    def _must_ask(self, clashes: tuple[Clash, ...]) -> bool:
        if self.kind.policy != "guard":
            return False
        free = self.kind.guard_except
        return any(clash.path.split("/")[1] not in free for clash in clashes)

    def _base_fields(self, *, is_newer_import: bool = False) -> Fields | None:
        """Return the state the op was based on; None when nobody knows it any more."""
        known = self.based_on
        if self.op.base is None:
            known = self.history.imported.get(self.op.id) if is_newer_import else b"{}"
        return None if known is None else bodies.fields_of(known)

    def _delete(self) -> Edit:
        current = self.current
        if current is None or current.body is None:
            return Edit(Outcome.NOOP)
        if self.kind.policy == "append":
            raise Refused("forbidden", "/action")
        if not self.is_fresh:
            raise Conflicting("edited_after_base")
        return Edit(Outcome.APPLIED, writes=True, rev=current.rev + 1, edited_at=self.edited_at)

    def _restore(self) -> Edit:
        """Bring a deleted record back: with the body sent, else with the last one it had."""
        current = self.current
        if current is None:
            raise Refused("deleted" if self.op.base else "unknown-base", "/base")
        if current.body is not None:
            return Edit(Outcome.NOOP)  # somebody else was first
        if self.op.base is None:
            raise Refused("unknown-base", "/base")
        sent = self._whole(self.op.set) if bytes(self.op.set) else None
        body = sent or self.live.get(self.op.id)
        if body is None:
            raise Refused("deleted", "/set")  # its body was scrubbed: send one
        return self._write(body, Outcome.APPLIED)

    def _replay(self) -> Edit:
        """Take back a version that a restored server lost, if nothing newer stands."""
        op, current = self.op, self.current
        if op.rev is None or op.rev > MAX_REPLAYED_REV:
            raise Refused("invalid", "/rev")
        if op.deleted == bool(bytes(op.body)):
            raise Refused("invalid", "/body")
        body = None if op.deleted else self._whole(op.body)
        if current is not None and current.rev >= op.rev:
            if same(_as_raw(current.body), _as_raw(body)):
                return Edit(Outcome.NOOP)
            if body is not None:
                bodies.accept(self.kind, body)
            return Edit(Outcome.SUPERSEDED, body=body, rev=op.rev)
        if body is None:
            return Edit(Outcome.APPLIED, writes=True, rev=op.rev, edited_at=self.edited_at)
        return self._write(body, Outcome.APPLIED, rev=op.rev)

    def _write(
        self,
        body: bytes,
        outcome: Outcome,
        clashes: tuple[Clash, ...] = (),
        *,
        rev: int | None = None,
    ) -> Edit:
        judged = self.judged
        if judged is None or judged.body is not body:
            judged = judge(self.kind, self.athlete_id, self.op.id, body, now=self.now)
        edited_at = self.edited_at
        if outcome is Outcome.MERGED and self.current is not None:
            edited_at = max(edited_at, self.current.edited_at)
        before = self.current.rev if self.current is not None else 0
        return Edit(
            outcome,
            writes=True,
            body=body,
            rev=rev or before + 1,
            edited_at=edited_at,
            occurred_at=judged.occurred_at,
            flags=judged.flags,
            clashes=clashes,
        )


def _as_raw(body: bytes | None) -> Raw | None:
    return None if body is None else Raw(body)


def _equal(one: Fields, other: Fields) -> bool:
    return all(same(one.get(name), other.get(name)) for name in {**one, **other})
