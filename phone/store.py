"""The phone's side of the feed in one SQLite file.

Every public method is one transaction, so the process may die anywhere. Four things live side
by side and are never mixed: the *clean copy* (what the server said), the *outbox* (own edits, as
the bytes first written), the *attention list* (edits that need a person), and after a fork the
versions *set aside*. Their rules are in `clean`, `outbox`, `attention`, `fork` and `intake`.
"""

import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from uuid import UUID, uuid4

import msgspec

from phone import attention, clean, digest, fork, outbox, screen, wire
from phone.attention import AS_IT_WAS, Changes
from phone.errors import NoAnswer
from phone.folding import CleanRecord
from phone.intake import Accepted, Intake
from phone.model import Account, Attention, Draft, LocalRecord, PendingOp, Place
from phone.schema import open_file

_PLACE = (
    "epoch = NULL, witness_seq = NULL, witness_mark = NULL, cursor = NULL, latest_request = NULL,"
    " complete = 0, own_seq = 0, forked = 0, compared_at = NULL"
)


class Store:
    """One athlete's feed on one phone; safe to use from several threads."""

    def __init__(self, path: Path | None = None) -> None:
        """Open or create the file at ``path``; without one, keep everything in memory."""
        self._lock = threading.RLock()
        self._db = open_file(path)
        with self._transaction() as db:
            db.execute(
                "INSERT OR IGNORE INTO state (one, installation) VALUES (1, ?)", (str(uuid4()),)
            )

    def close(self) -> None:
        """Close the file; the store is of no use afterwards."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    # The account

    def account(self) -> Account:
        """Return who this phone belongs to."""
        row = self._state()
        return Account(
            installation=UUID(row["installation"]),
            email=row["email"],
            athlete=_uuid(row["athlete"]),
            device=_uuid(row["device"]),
            token=row["token"],
        )

    def sign_in(self, *, email: str, athlete: UUID, device: UUID, token: str) -> None:
        """Remember a session."""
        with self._transaction() as db:
            db.execute(
                "UPDATE state SET email = ?, athlete = ?, device = ?, token = ?",
                (email, str(athlete), str(device), token),
            )

    def sign_out(self) -> None:
        """Forget the token; the data and the outbox stay for the next sign-in."""
        with self._transaction() as db:
            db.execute("UPDATE state SET token = NULL")

    def erase(self) -> None:
        """Forget the feed, unsent edits included; the account stays signed in."""
        with self._transaction() as db:
            _erase(db)
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def wipe(self) -> None:
        """Forget everything but the installation: account, copy, outbox, attention list."""
        with self._transaction() as db:
            _erase(db)
            db.execute("UPDATE state SET email = NULL, athlete = NULL, device = NULL, token = NULL")
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    # Edits

    def edit(self, drafts: Sequence[Draft]) -> list[PendingOp]:
        """Put edits into the outbox together, each based on what the person saw."""
        with self._transaction() as db:
            return outbox.append(db, drafts)

    def outbox(
        self,
        *,
        max_ops: int | None = None,
        max_bytes: int | None = None,
        without: Collection[UUID] = (),
    ) -> list[PendingOp]:
        """Return the oldest unanswered edits, in order, within the limits; groups whole.

        ``without`` names records whose edits must wait; the order of the others is kept.
        """
        with self._transaction() as db:
            return outbox.waiting(db, max_ops=max_ops, max_bytes=max_bytes, without=without)

    # What the person sees

    def records(self, record_type: str | None = None) -> list[LocalRecord]:
        """Return the live records with own pending edits on top, newest change first."""
        with self._transaction() as db:
            return screen.records(db, record_type)

    def clean(self, record_id: UUID) -> CleanRecord | None:
        """Return the server's version of a record, tombstones included."""
        with self._transaction() as db:
            return clean.find(db, record_id)

    def clean_records(self) -> dict[UUID, CleanRecord]:
        """Return the server's version of every record, tombstones included."""
        with self._transaction() as db:
            return clean.everything(db)

    def attention(self) -> list[Attention]:
        """Return the edits that need a person, oldest first."""
        with self._transaction() as db:
            return attention.items(db)

    def resolve(self, op: UUID) -> None:
        """Take an edit off the attention list: the person redid it or gave it up."""
        with self._transaction() as db:
            attention.resolve(db, op)

    def redo(
        self,
        ops: Collection[UUID],
        *,
        changes: Changes = AS_IT_WAS,
        new_draft: Callable[[str, UUID, str], Draft],
        new_group: Callable[[], UUID],
    ) -> list[UUID]:
        """Make edits on the attention list again, with their dependants; see `attention.redo`."""
        with self._transaction() as db:
            return attention.redo(
                db, ops, changes=changes, new_draft=new_draft, new_group=new_group
            )

    def receipt(self, op: UUID) -> dict[str, Any] | None:
        """Return the server's latest answer to an own op, if it is still remembered."""
        with self._transaction() as db:
            row = db.execute("SELECT result FROM receipt WHERE op = ?", (str(op),)).fetchone()
        return msgspec.json.decode(row["result"]) if row else None

    # The conversation

    def place(self) -> Place:
        """Return where this phone stands in the feed."""
        return _place(self._state())

    def wanted(self) -> list[UUID]:
        """Return the records whose echo did not match and must be sent whole."""
        with self._transaction() as db:
            return [UUID(row["id"]) for row in db.execute("SELECT id FROM want ORDER BY id")]

    def keep_types(self, types: Collection[str]) -> None:
        """Drop records of all other types."""
        with self._transaction() as db:
            clean.drop_other_types(db, types)

    def start_over(self, *, distrust: bool = False) -> None:
        """Make the next request load everything again, beside the copy in use.

        With ``distrust`` the load overwrites even records whose number it does not raise.
        """
        with self._transaction() as db:
            db.execute("UPDATE state SET cursor = NULL, complete = 0")
            if distrust:
                clean.distrust(db)

    def begin(self, request: UUID) -> None:
        """Note the latest request; the answer to any earlier one is dead from here on."""
        with self._transaction() as db:
            db.execute("UPDATE state SET latest_request = ?", (str(request),))

    def accept(
        self, answer: wire.SyncResponse, *, sent: Sequence[UUID], now: datetime
    ) -> Accepted | None:
        """Take in a whole response in one transaction, or nothing of it.

        Returns None, with nothing changed, if it is not the answer to the latest request.
        Raises ``NoAnswer`` if it speaks of another life of the feed than the request did.
        """
        with self._transaction() as db:
            state = db.execute("SELECT * FROM state").fetchone()
            if state["latest_request"] != str(answer.request):
                return None
            if state["epoch"] not in (None, str(answer.epoch)):
                raise NoAnswer("the answer names another epoch than the request")
            intake = Intake(db, answer, sent=sent, state=state, now=now)
            intake.take_results()
            intake.take_page()
            intake.finish()
            return intake.done

    # After a fork

    def fork(self) -> None:
        """The server lost history: set the copy aside and load it anew, see `fork`."""
        with self._transaction() as db:
            fork.set_aside(db)

    def unknown_fate(self, *, limit: int = wire.MAX_LOOKUP) -> list[UUID]:
        """Return versions to ask the server about, once the new copy is complete."""
        with self._transaction() as db:
            return fork.unknown_fate(db, limit=limit)

    def judge(self, asked: Collection[UUID], known: Mapping[UUID, int | None]) -> list[UUID]:
        """Put the versions the server lost first in the outbox; return them."""
        with self._transaction() as db:
            return fork.judge(db, frozenset(asked), known)

    # The comparison with the server

    def must_compare(self, *, now: datetime, client: str) -> bool:
        """Return whether the copy should be compared: weekly, and when the app was updated.

        A copy loaded just now is noted as compared.
        """
        with self._transaction() as db:
            return digest.is_due(db, now=now, client=client)

    def note_compared(self, *, now: datetime, client: str) -> None:
        """Remember that the copy was compared."""
        with self._transaction() as db:
            digest.note(db, now=now, client=client)

    def digest(self) -> tuple[Place, dict[str, wire.TypeDigest]]:
        """Return count and fingerprint of each type's live records, and where they stand."""
        with self._transaction() as db:
            place = _place(db.execute("SELECT * FROM state").fetchone())
            return place, digest.digest(clean.everything(db).values())

    def _state(self) -> sqlite3.Row:
        with self._transaction() as db:
            row: sqlite3.Row = db.execute("SELECT * FROM state").fetchone()
        return row

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")


def _erase(db: sqlite3.Connection) -> None:
    for table in ("outbox", "record", "held", "want", "attention", "receipt"):
        db.execute(f"DELETE FROM {table}")  # noqa: S608 - the names stand one line up
    db.execute(f"UPDATE state SET {_PLACE}")  # noqa: S608 - a constant


def _place(row: sqlite3.Row) -> Place:
    mark = row["witness_mark"]
    return Place(
        epoch=_uuid(row["epoch"]),
        witness=None if mark is None else wire.Witness(row["witness_seq"], mark),
        cursor=row["cursor"],
        complete=bool(row["complete"]),
        own_seq=row["own_seq"],
        forked=bool(row["forked"]),
    )


def _uuid(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)
