"""File names that came from outside, made fit for a header and a folder."""

import unicodedata

LONGEST = 120
_FORBIDDEN = frozenset('/\\:*?"<>|%')
# Control, format (bidi overrides, zero-width), surrogate, private use, unassigned, line ends.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def safe_file_name(name: str, *, otherwise: str) -> str:
    """Return a name without paths, controls and direction overrides, at most 120 characters.

    The end is kept when a name is too long, since it tells the kind of file. ``otherwise``
    stands in when nothing is left.
    """
    plain = unicodedata.normalize("NFC", name)
    kept = "".join(
        "_" if letter in _FORBIDDEN else letter
        for letter in plain
        if unicodedata.category(letter) not in _UNSAFE
    )
    words = " ".join(kept.split()).lstrip(". ")[-LONGEST:].strip(". ")
    return words or otherwise
