"""Names that people give, as others can read them."""

UNSEEN = "Nothing of this name can be seen; use letters or signs."


def readable(name: str) -> str:
    """Return a name on one line, empty when nothing of it can be seen.

    Letters of no width are kept among others: they join parts of an emoji or of a script.
    """
    line = " ".join(name.split())
    return line if any(letter.isprintable() and letter != " " for letter in line) else ""
