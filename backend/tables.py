"""Published tables that ship as data inside the package."""

from importlib.resources import files
from typing import TypeVar

import msgspec

Table = TypeVar("Table")


class Constant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One number with how far it was checked and where it is from."""

    value: float
    support: str
    source: str


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What can be true, both ends included."""

    low: float
    high: float
    support: str
    source: str


def read_table(package: str, name: str, kind: type[Table]) -> Table:
    """Return the TOML file ``name`` of ``package`` as ``kind``.

    Called while a module is imported, so a broken table stops the program at once.
    Raises:
        msgspec.ValidationError: the file has another shape than ``kind``.
    """
    return msgspec.toml.decode(files(package).joinpath(name).read_bytes(), type=kind)
