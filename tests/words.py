"""What an answer says on purpose: tests look for words and numbers there, and find none by chance."""

import re

_BY_CHANCE = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # ids
    r"|\b[0-9a-f]{16,}\b"  # digests
    r"|\d\d:\d\d:\d\d(?:\.\d+)?"  # instants
)


def said(text: str) -> str:
    """Return a text without ids, digests and times of day: any digits may stand there."""
    return _BY_CHANCE.sub("", text)
