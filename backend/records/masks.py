"""Bodies with only some of their fields, for readers who may not see all.

A mask allows what it names: a field it has never heard of is left out, on every level. What
stays keeps every digit.
"""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

import msgspec

# Per allowed field the mask of what is inside; None for values without fields of their own.
Mask = Mapping[str, "Mask | None"]

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")


def mask_of(
    struct: type[msgspec.Struct], *, only: Collection[str], without: Collection[str] = ()
) -> Mask:
    """Return the mask of a struct's fields.

    Args:
        struct: the form of the body.
        only: fields of the body itself; each must exist.
        without: fields left out wherever they are.
    Raises:
        KeyError: ``only`` names a field the struct does not have.
    """
    fields = _fields(struct)
    chosen = {name: fields[name] for name in only if name not in without}
    return {name: _inside(info, frozenset(without)) for name, info in chosen.items()}


def masked(body: bytes, mask: Mask) -> bytes:
    """Return a body without the fields that ``mask`` does not name."""
    return _encoder.encode(_apply(_decoder.decode(body), mask))


def _apply(value: Any, mask: Mask | None) -> Any:
    if mask is None:
        return value
    if isinstance(value, list):
        return [_apply(one, mask) for one in value]
    if isinstance(value, dict):
        return {name: _apply(one, mask[name]) for name, one in value.items() if name in mask}
    return value


def _fields(struct: type[msgspec.Struct]) -> dict[str, msgspec.inspect.Type]:
    info = msgspec.inspect.type_info(struct)
    if not isinstance(info, msgspec.inspect.StructType):
        raise TypeError(f"{struct} is no struct")
    return {field.encode_name: field.type for field in info.fields}


def _inside(info: msgspec.inspect.Type, without: frozenset[str]) -> Mask | None:
    """Return the mask of what a field holds, if that has fields of its own."""
    if isinstance(info, msgspec.inspect.Metadata):
        return _inside(info.type, without)
    if isinstance(info, msgspec.inspect.UnionType):
        parts = [_inside(one, without) for one in info.types]
        return next((part for part in parts if part is not None), None)
    if isinstance(info, msgspec.inspect.VarTupleType | msgspec.inspect.ListType):
        return _inside(info.item_type, without)
    if isinstance(info, msgspec.inspect.StructType):
        return {
            name: _inside(one, without)
            for name, one in _fields(info.cls).items()
            if name not in without
        }
    return None
