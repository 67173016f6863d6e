"""Limits on JSON, checked on the bytes before any parser builds anything.

One pass over the tokens: nesting, length of numbers, keys twice in one object, characters no
database stores. A parser would recurse, build the huge number or keep the last of two keys.
"""

import json
import re

from backend.formats.imported import UnreadableFile

DEEPEST = 64
LONGEST_NUMBER = 30  # digits
_BOM = b"\xef\xbb\xbf"

# Possessive repetition: an unterminated string is refused in one pass, without backtracking.
_TOKEN = re.compile(
    rb'"(?P<text>(?:[^"\\]++|\\.)*+)"(?P<key>[ \t\r\n]*+:)?'
    rb"|(?P<number>-?[0-9][0-9.eE+-]*+)"
    rb"|(?P<open>[{\[])|(?P<close>[}\]])",
    re.DOTALL,
)
_DIGITS = re.compile(rb"[0-9]")


def guarded(data: bytes) -> bytes:
    """Return the JSON text of a file without a byte order mark.

    Raises:
        UnreadableFile: not UTF-8, nested deeper than 64, a number of more than 30 digits, a
            key twice in one object, a NUL or half a surrogate pair; ``pointer`` is the byte
            offset in the text.
    """
    text = data.removeprefix(_BOM)
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise refused("it is not UTF-8", error.start) from error
    keys: list[set[bytes] | None] = []
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "open":
            keys.append(set() if token["open"] == b"{" else None)
            if len(keys) > DEEPEST:
                raise refused(f"it is nested deeper than {DEEPEST} levels", token.start())
        elif kind == "close":
            if keys:
                keys.pop()
        elif kind == "number":
            _check_number(token["number"], token.start())
        else:
            _check_text(token, keys)
    return text


def refused(why: str, offset: int) -> UnreadableFile:
    """Return the refusal of a file at a byte offset."""
    return UnreadableFile(
        f"The file can not be read as FHIR: {why} (byte {offset}). "
        "Ask the laboratory or app for a new export.",
        pointer=str(offset),
    )


def _check_number(number: bytes, offset: int) -> None:
    if len(number) > LONGEST_NUMBER:  # cheap first; most numbers are short
        mantissa = re.split(rb"[eE]", number)[0]
        if len(_DIGITS.findall(mantissa)) > LONGEST_NUMBER:
            raise refused(f"a number has more than {LONGEST_NUMBER} digits", offset)
        if len(number) > 2 * LONGEST_NUMBER:
            raise refused("a number has an exponent no measurement has", offset)


def _check_text(token: re.Match[bytes], keys: list[set[bytes] | None]) -> None:
    raw = token["text"]
    if b"\x00" in raw:
        raise refused("a text holds the character NUL", token.start())
    if b"\\u" in raw:
        raw = _unescaped(raw, token.start())
    if token["key"] and keys:
        names = keys[-1]
        if names is not None:
            if raw in names:
                raise refused("a name occurs twice in one object", token.start())
            names.add(raw)


def _unescaped(raw: bytes, offset: int) -> bytes:
    try:
        text = str(json.loads(b'"' + raw + b'"'))
        encoded = text.encode("utf-8")
    except ValueError as error:  # also UnicodeEncodeError: half a surrogate pair
        raise refused("a text holds an escape that is no character", offset) from error
    if "\x00" in text:
        raise refused("a text holds the character NUL", offset)
    return encoded
