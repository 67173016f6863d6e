"""What every record type declares, and the parts many bodies share."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from backend.days import InvalidInstant, hold_instant

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
ShortText = Annotated[str, msgspec.Meta(max_length=200)]
LongText = Annotated[str, msgspec.Meta(max_length=10_000)]
Uid = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Rating = Annotated[float, msgspec.Meta(ge=0, le=10)]

Policy = Literal["auto", "guard", "append"]
Owner = Literal["client", "server"]


class Source(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a record came from; ``version`` orders two imports of the same thing."""

    system: ShortText | None = None
    app: ShortText | None = None
    device: ShortText | None = None
    external_id: ShortText | None = None
    version: int | None = None
    method: ShortText | None = None
    format: ShortText | None = None
    file_sha256: ShortText | None = None


class Body(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Base of every record body: unknown keys are kept beside it, absent equals null."""

    source: Source | None = None
    note: LongText | None = None

    def __post_init__(self) -> None:
        """Refuse instants no database or zone could hold."""
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, datetime):
                _hold(name, value)


def _hold(name: str, moment: datetime) -> None:
    try:
        hold_instant(moment)
    except InvalidInstant as error:
        raise InvalidInstant(error.detail, pointer=f"/{name}") from error


class RecordType(msgspec.Struct, frozen=True):
    """One synced type: its number on disk, schema, merge policy, owner and rules.

    ``keyed`` names list fields that merge element by element on ``uid``. ``occurred_at``
    tells when the recorded thing happened. ``plausibility`` returns flags; a flagged record
    is stored, shown and kept out of the models, never refused.
    """

    name: str
    type_id: int
    schema: int
    owner: Owner
    policy: Policy
    body: type[Body]
    occurred_at: Callable[[Any], datetime | None]
    plausibility: Callable[[Any, datetime], tuple[str, ...]]
    keyed: tuple[str, ...] = ()


def no_flags(body: Body, now: datetime) -> tuple[str, ...]:
    """Return no flags: the type has nothing that could be implausible."""
    return ()


def never(body: Body) -> datetime | None:
    """Return no instant: the type describes a state, not an event."""
    return None
