"""Texts of many sizes and scripts: what a page holds is counted in bytes, what people write is not.

A letter of these takes one to four bytes on the wire, and up to twelve as an escape.
"""

SCRIPTS = (
    "колени болели ",  # two bytes a letter
    "a plain note ",
    "\U0001f3cb\U0001f9b4",  # four bytes, two escapes
    "e\u0301o\u0302",  # letters of two code points
    "骨密度",  # three bytes
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 ",  # one sign of five code points
    'a "quoted" \\ line\n\t',  # longer as JSON than it is
    "\u200f\u05e9\u05dc\u05d5\u05dd ",  # written from the right
)
LETTERS = (12, 250, 500, 700, 1_000, 2_000, 4_000, 9_000, 16_000, 60_000)


def text(script: int, size: int) -> str:
    """Return a text; the largest of some scripts are hundreds of kB, too large for a record."""
    unit, letters = SCRIPTS[script % len(SCRIPTS)], LETTERS[size % len(LETTERS)]
    return (unit * (letters // len(unit) + 1))[:letters]
