"""A fold in progress: what stands after the ops so far, and what they came to."""

from dataclasses import dataclass, field
from uuid import UUID

from backend.feed.fingerprint import fingerprint
from backend.feed.state import Before, LogRow, Receipt, Version
from backend.feed.wire import Result


@dataclass(slots=True)
class Folded:
    """What a request comes to; ``added`` counts records the feed did not have."""

    results: list[Result] = field(default_factory=list)
    rows: list[LogRow] = field(default_factory=list)
    moved: int = 0
    added: int = 0
    feeds_models: bool = False


@dataclass(slots=True)
class Work:
    """The fold so far; a group works on a copy. ``unnoted`` ops were refused without a receipt."""

    head: int
    receipts: dict[UUID, Receipt]
    records: dict[UUID, Version]
    live: dict[UUID, bytes]
    results: list[Result] = field(default_factory=list)
    rows: list[LogRow] = field(default_factory=list)
    deferred: set[UUID] = field(default_factory=set)
    unnoted: set[UUID] = field(default_factory=set)
    resolved: set[UUID] = field(default_factory=set)
    added: int = 0
    feeds_models: bool = False

    @classmethod
    def starting(cls, before: Before) -> "Work":
        """Return the work before the first op."""
        return cls(
            head=before.head_seq,
            receipts=dict(before.receipts),
            records=dict(before.records),
            live=dict(before.history.live),
        )

    def number(self, row: LogRow) -> None:
        """Give a row the feed's next number and make it its record's newest version."""
        self.head += 1
        row.seq = self.head
        self.records[row.record_id] = Version(
            type_id=row.type_id,
            v=row.op_id,
            rev=row.rev or 1,
            seq=row.seq,
            schema=row.schema,
            body=row.body,
            edited_at=row.edited_at,
            flags=row.flags,
        )

    def copy(self) -> "Work":
        """Return a copy that can be thrown away."""
        return Work(
            head=self.head,
            receipts=dict(self.receipts),
            records=dict(self.records),
            live=dict(self.live),
            results=list(self.results),
            rows=list(self.rows),
            deferred=set(self.deferred),
            unnoted=set(self.unnoted),
            resolved=set(self.resolved),
            added=self.added,
            feeds_models=self.feeds_models,
        )

    def finish(self, before: Before) -> Folded:
        """Mark the rows that records keep, and return what it all comes to."""
        newest = {row.record_id: row for row in self.rows if row.seq is not None}
        for row in newest.values():
            row.final = True
            row.fp = fingerprint(row.record_id, row.op_id)
        return Folded(
            results=self.results,
            rows=self.rows,
            moved=self.head - before.head_seq,
            added=self.added,
            feeds_models=self.feeds_models,
        )
