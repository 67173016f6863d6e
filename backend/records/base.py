"""What every record type declares, and the parts many bodies share."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal, TypeAlias, get_args, get_type_hints

import msgspec
from msgspec import Raw

from backend.days import InvalidInstant, hold_instant

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
ShortText = Annotated[str, msgspec.Meta(max_length=200)]
LongText = Annotated[str, msgspec.Meta(max_length=10_000)]
Uid = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Rating = Annotated[float, msgspec.Meta(ge=0, le=10)]

Policy = Literal["auto", "guard", "append"]
Owner = Literal["client", "server"]
Fields: TypeAlias = dict[str, Raw]  # top-level fields of a body, each verbatim
Keyed: TypeAlias = "Mapping[str, Keyed]"  # list field -> the keyed lists inside its elements
Converter: TypeAlias = Callable[[Fields], Fields]


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
        for name in _instants(type(self)):
            value = getattr(self, name)
            if value is not None:
                _hold(name, value)


@cache
def _instants(body: type[Body]) -> tuple[str, ...]:
    """Return the fields that hold instants."""
    hints = get_type_hints(body)
    return tuple(
        name
        for name in body.__struct_fields__
        if datetime in (hints[name], *get_args(hints[name]))
    )


def _hold(name: str, moment: datetime) -> None:
    try:
        hold_instant(moment)
    except InvalidInstant as error:
        raise InvalidInstant(error.detail, pointer=f"/{name}") from error


class RecordType(msgspec.Struct, frozen=True):
    """One synced type: its number on disk, schema, merge policy, owner and rules.

    ``policy`` decides when two edits meet: ``auto`` takes the later one and reports the
    loser, ``guard`` asks a person, ``append`` never changes a record once it is there.
    ``guard_except`` names the fields of a guarded type that merge as in ``auto``. ``keyed``
    names the list fields that merge element by element on ``uid``, with the keyed lists
    inside their elements: ``{"exercises": {"sets": {}}, "laps": {}}``.

    ``occurred_at`` tells when the recorded thing happened. ``plausibility`` returns flags; a
    flagged record is stored, shown and kept out of the models, never refused.

    ``up`` leads from schema n to n + 1, ``down`` from n to n - 1, where spellings changed.
    ``category`` is what an athlete must have granted for another person to read the record;
    None is granted by nothing: the owner's alone.
    """

    name: str
    type_id: int
    schema: int
    owner: Owner
    policy: Policy
    body: type[Body]
    occurred_at: Callable[[Any], datetime | None]
    plausibility: Callable[[Any, datetime], tuple[str, ...]]
    guard_except: tuple[str, ...] = ()
    keyed: Keyed = {}
    up: Mapping[int, Converter] = {}
    down: Mapping[int, Converter] = {}
    category: str | None = None


def no_flags(body: Body, now: datetime) -> tuple[str, ...]:
    """Return no flags: the type has nothing that could be implausible."""
    return ()


def never(body: Body) -> datetime | None:
    """Return no instant: the type describes a state, not an event."""
    return None
