"""The reference phone: how a client keeps its promises to the sync protocol.

Not part of the server. It talks HTTP to any server that speaks the protocol and keeps its
copy of one athlete's feed in one SQLite file.
"""

from phone.client import Phone, SyncReport
from phone.errors import (
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
from phone.store import Attention, LocalRecord, Store
from phone.stream import HeadStream, follow

__all__ = [
    "Attention",
    "EpochChanged",
    "FeedForked",
    "HeadStream",
    "LocalRecord",
    "NoAnswer",
    "NotCurrent",
    "OpTooLarge",
    "Phone",
    "PhoneError",
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
