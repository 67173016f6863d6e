"""Whole-request problems of the sync contract: none of the ops was evaluated."""

from typing import ClassVar

from apps.common.errors import AppError


class MalformedRequest(AppError):
    """The request is not JSON of the documented form."""

    code: ClassVar[str] = "malformed-request"
    status: ClassVar[int] = 400


class InvalidEnvelope(AppError):
    """The request is well-formed but contradicts itself."""

    code: ClassVar[str] = "invalid-envelope"
    status: ClassVar[int] = 422


class UnknownField(AppError):
    """The envelope holds a member this contract does not know."""

    code: ClassVar[str] = "unknown-field"
    status: ClassVar[int] = 422


class WrongAthlete(AppError):
    """This feed is not the caller's."""

    code: ClassVar[str] = "wrong-athlete"
    status: ClassVar[int] = 403


class FeedForked(AppError):
    """The server does not know the history this client has seen."""

    code: ClassVar[str] = "feed-forked"
    status: ClassVar[int] = 409
    retry: ClassVar[str] = "now"


class EpochChanged(AppError):
    """The feed was erased; wipe the local copy and the outbox."""

    code: ClassVar[str] = "epoch-changed"
    status: ClassVar[int] = 409


class FeedUnknown(AppError):
    """Nothing was ever synced in this feed."""

    code: ClassVar[str] = "feed-unknown"
    status: ClassVar[int] = 404


class CursorExpired(AppError):
    """Deletions behind this cursor are gone; start again without one."""

    code: ClassVar[str] = "cursor-expired"
    status: ClassVar[int] = 410
    retry: ClassVar[str] = "now"


class ClientTooOld(AppError):
    """This app is too old to read; it may still push. Ask for an update."""

    code: ClassVar[str] = "client-too-old"
    status: ClassVar[int] = 426
    retry: ClassVar[str] = "after-upgrade"


class RequestTooLarge(AppError):
    """The request is larger than the limits; halve it and send again."""

    code: ClassVar[str] = "request-too-large"
    status: ClassVar[int] = 413
    retry: ClassVar[str] = "now"


class UnsupportedEncoding(AppError):
    """The content encoding is not one the server reads."""

    code: ClassVar[str] = "unsupported-encoding"
    status: ClassVar[int] = 415


class UnsupportedMediaType(AppError):
    """The body is not declared as JSON in UTF-8."""

    code: ClassVar[str] = "unsupported-media-type"
    status: ClassVar[int] = 415


class FeedBusy(AppError):
    """Another writer holds this feed; try again in a moment."""

    code: ClassVar[str] = "feed-busy"
    status: ClassVar[int] = 503
    retry: ClassVar[str] = "after"


class Maintenance(AppError):
    """This database only reads for now and may be behind; try again."""

    code: ClassVar[str] = "maintenance"
    status: ClassVar[int] = 503
    retry: ClassVar[str] = "after"


class OutcomeUnknown(AppError):
    """The connection was lost during commit; send the same ops again."""

    code: ClassVar[str] = "outcome-unknown"
    status: ClassVar[int] = 503
    retry: ClassVar[str] = "after"


class TooManyStreams(AppError):
    """This device has as many streams open as it may; close one, or poll."""

    code: ClassVar[str] = "too-many-streams"
    status: ClassVar[int] = 429
    retry: ClassVar[str] = "after"


class StreamsFull(AppError):
    """No more streams can be opened here for now; poll until then."""

    code: ClassVar[str] = "streams-full"
    status: ClassVar[int] = 503
    retry: ClassVar[str] = "after"
