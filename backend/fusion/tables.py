"""The tables of the fusion rule, read once while the package is imported."""

import re

import msgspec

from backend.tables import read_table

PACKAGE = "backend.fusion"
LOGGER, SENSED, OTHER = "logger", "sensed", "other"
GENERAL = "general"
_WORD = re.compile(r"[a-z0-9]+")


class Threshold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One number with how far it was checked and what it means."""

    value: float
    support: str
    source: str


class _Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: str
    fuse_share: Threshold
    ask_share: Threshold
    near_start_min: Threshold
    like_duration: Threshold
    shortest_min: Threshold
    same_sets: Threshold
    most_a_day: Threshold


class _Activities(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: str
    general: tuple[str, ...]
    families: dict[str, tuple[str, ...]]
    alike: tuple[tuple[str, str], ...]


class _Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    apps: frozenset[str]
    methods: frozenset[str]
    systems: frozenset[str]


class _Sources(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: str
    own_systems: frozenset[str]
    logger: _Kind
    sensed: _Kind


class _Preference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    roles: tuple[str, ...]
    fields: tuple[str, ...]


class _Fields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: str
    from_primary: frozenset[str]
    prefer: tuple[_Preference, ...]


RULE = read_table(PACKAGE, "rule.toml", _Rule)
_ACTIVITIES = read_table(PACKAGE, "activities.toml", _Activities)
_SOURCES = read_table(PACKAGE, "sources.toml", _Sources)
_FIELDS = read_table(PACKAGE, "fields.toml", _Fields)

# Says which tables decided; changes whenever a decision could.
RULE_VERSION = ".".join((RULE.version, _ACTIVITIES.version, _SOURCES.version, _FIELDS.version))
MOST_A_DAY = int(RULE.most_a_day.value)
OWN_SYSTEMS = _SOURCES.own_systems
FROM_PRIMARY = _FIELDS.from_primary
ROLES_FOR: dict[str, tuple[str, ...]] = {
    field: preference.roles for preference in _FIELDS.prefer for field in preference.fields
}
_FAMILY: dict[str, str] = {
    **dict.fromkeys(_ACTIVITIES.general, GENERAL),
    **{name: family for family, names in _ACTIVITIES.families.items() for name in names},
}
_ALIKE = frozenset(frozenset(pair) for pair in _ACTIVITIES.alike)


def family_of(activity: str) -> str:
    """Return the family of an activity; one that no table names is a family of its own."""
    return _FAMILY.get(activity, f"={activity}")


def are_compatible(one: str, other: str) -> bool:
    """Return whether two families can be two names of one workout."""
    return one == other or GENERAL in (one, other) or frozenset((one, other)) in _ALIKE


def role_of(*, system: str | None, app: str | None, method: str | None) -> str:
    """Return whether a source measured, was written down, or says neither.

    A record without any source was typed into the phone itself.
    """
    words = set(_WORD.findall((app or "").lower()))
    kinds = ((LOGGER, _SOURCES.logger), (SENSED, _SOURCES.sensed))
    for role, kind in kinds:
        if words & kind.apps:
            return role
    for role, kind in kinds:
        if method in kind.methods:
            return role
    for role, kind in kinds:
        if (system or "").lower() in kind.systems:
            return role
    return OTHER if system or app or method else LOGGER
