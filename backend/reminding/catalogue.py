"""The reminder rules, as data."""

import msgspec

from backend.tables import read_table


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule; ``topic`` and ``also_topics`` are what a clinician may have taken over.

    ``model`` is its model's key, where it has one; ``reason`` the code for the usual case.
    """

    id: str
    rule_version: int
    priority: int
    topic: str
    also_topics: tuple[str, ...]
    evidence: str
    support: str
    source: str
    reason: str
    applies_to_minors: bool
    applies_in_pregnancy: bool
    text: dict[str, str]
    model: str | None = None


class _Catalogue(msgspec.Struct, frozen=True):
    version: str
    rules: tuple[Rule, ...]


_CATALOGUE = read_table("backend.reminding", "catalogue.toml", _Catalogue)
VERSION: str = _CATALOGUE.version
RULES: dict[str, Rule] = {rule.id: rule for rule in _CATALOGUE.rules}
