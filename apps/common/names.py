"""Names that people give, as others can read them."""

import unicodedata

from django.core.exceptions import ValidationError

UNSEEN = "Nothing of this name can be seen; use letters or signs."
# Letters and a sign by their class, and drawn as nothing: fillers of Hangul, and empty Braille.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def readable(name: str) -> str:
    """Return a name on one line, empty when nothing of it can be seen.

    Letters of no width are kept among others: they join parts of an emoji or of a script.
    """
    line = " ".join(name.split())
    return line if any(_is_seen(letter) for letter in line) else ""


def check_seen(name: str) -> None:
    """Refuse a name of which nothing can be seen, as a form's and a serializer's validator.

    What is kept is `readable`, which services see to. Raises ``ValidationError``.
    """
    if not readable(name):
        raise ValidationError(UNSEEN)


def _is_seen(letter: str) -> bool:
    """Return whether a letter is drawn by itself; marks are only drawn upon others."""
    is_mark = unicodedata.category(letter).startswith("M")
    return letter.isprintable() and letter != " " and letter not in _BLANK and not is_mark
