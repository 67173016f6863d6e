"""What people call activities and exercises."""

import msgspec

from backend.tables import read_table


class Names(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The names of one language by our keys; what is missing is the key with blanks."""

    locale: str
    activities: dict[str, str]
    exercises: dict[str, str]


NAMES = {
    locale: read_table("backend.loading", f"names_{locale}.toml", Names) for locale in ("en", "de")
}


def activity_name(key: str) -> str:
    """Return an activity as people say it in English; any text of a source passes."""
    return NAMES["en"].activities.get(key) or key.replace("_", " ")


def exercise_name(key: str) -> str:
    """Return an exercise as people say it in English; any text of a source passes."""
    return NAMES["en"].exercises.get(key) or key.replace("_", " ")


def capitalised(name: str) -> str:
    """Return a name as it begins a line; the rest of it stays."""
    return name[:1].upper() + name[1:]
