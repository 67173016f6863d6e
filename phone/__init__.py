"""The reference phone: how a client keeps its promises to the sync protocol.

Not part of the server. It talks HTTP to any server that speaks the protocol and keeps its
copy of one athlete's feed in one SQLite file. `Phone` and `Store` are the way in; docs/phone.md
tells how to write the same in another language, module by module.
"""

from phone.client import Phone
from phone.editing import Edits
from phone.errors import (
    ClientTooOld,
    DeviceRevoked,
    EpochChanged,
    FeedForked,
    NoAnswer,
    NotCurrent,
    OpTooLarge,
    PhoneError,
    RequestRefused,
    SignedOut,
    Unreachable,
    WrongAthlete,
)
from phone.ids import record_id, uuid7
from phone.model import Account, Attention, LocalRecord, PendingOp, Place
from phone.report import Event, Happening, SyncReport
from phone.store import Store
from phone.stream import HeadStream, follow

__all__ = [
    "Account",
    "Attention",
    "ClientTooOld",
    "DeviceRevoked",
    "Edits",
    "EpochChanged",
    "Event",
    "FeedForked",
    "Happening",
    "HeadStream",
    "LocalRecord",
    "NoAnswer",
    "NotCurrent",
    "OpTooLarge",
    "PendingOp",
    "Phone",
    "PhoneError",
    "Place",
    "RequestRefused",
    "SignedOut",
    "Store",
    "SyncReport",
    "Unreachable",
    "WrongAthlete",
    "follow",
    "record_id",
    "uuid7",
]
