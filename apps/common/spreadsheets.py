"""Cells of files that people open in a spreadsheet."""

# Spreadsheets take a cell that begins with one of these for a formula.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")


# What opens an embedding, an override or an isolation of text by direction, and what closes it.
_POP, _END = "\u202c", "\u2069"
_OPENERS = dict.fromkeys("\u202a\u202b\u202d\u202e", _POP) | dict.fromkeys(
    "\u2066\u2067\u2068", _END
)


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet runs, and that turns no other cell of its line around.

    An apostrophe makes a text of a formula. What a cell opens of another direction is closed in
    it: a file is one line of text to many who show it.
    """
    closed = cell + _unclosed(cell)
    return f"'{closed}" if closed.startswith(_FORMULAS) else closed


def _unclosed(text: str) -> str:
    """Return what closes all that a text leaves open."""
    stack: list[str] = []
    for character in text:
        if closer := _OPENERS.get(character):
            stack.append(closer)
        elif character == _POP and stack[-1:] == [_POP]:
            stack.pop()
        elif character == _END and _END in stack:
            while stack.pop() != _END:  # embeddings within end with it
                continue
    return "".join(reversed(stack))
