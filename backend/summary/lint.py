"""Words the service never says: they claim cause, cure or diagnosis."""

import re
from functools import lru_cache
from unicodedata import category, normalize

# For text as a reader sees it, in lower case: to search without regard to case takes twice as long.
NEVER_SAID = re.compile(
    r"\b(cause[sd]?|causing|cure[sd]?|prevent(s|ed|ing)?|guarantee[sd]?|prove[sdn]?|diagnos\w*"
    r"|you\s+have\s+(osteoporosis|osteopenia|sarcopenia|hyperparathyroidism|reds))\b"
)
# Nothing in it looks like another sign: all of our own sentences.
ORDINARY = re.compile(
    "[\\x00-\\x7f\u00a1-\u00a9\u00ab\u00ac\u00ae-\u00b9\u00bb-\u00ff"
    "\u2013\u2014\u2018-\u201e\u2026\u2212\u2264\u2265]*"
)
# Letters that look like a Latin one and that no normal form makes one: Cyrillic, Greek, Armenian,
# dotless ones and small capitals.
_ALIKE = {
    "a": "\u0251\u0391\u03b1\u0410\u0430\u1d00",
    "b": "\u0299\u0392\u0412",
    "c": "\u03f2\u03f9\u0421\u0441\u1d04",
    "d": "\u0501\u1d05",
    "e": "\u0395\u0415\u0435\u1d07",
    "f": "\ua730",
    "g": "\u0261\u0262\u050d",
    "h": "\u029c\u0397\u041d\u04bb\u0570",
    "i": "\u0130\u0131\u0269\u026a\u0399\u03b9\u0406\u0456",
    "j": "\u0237\u03f3\u0408\u0458\u1d0a",
    "k": "\u039a\u03ba\u041a\u1d0b",
    "l": "\u029f",
    "m": "\u039c\u041c\u1d0d",
    "n": "\u0274\u039d\u0578",
    "o": "\u039f\u03bf\u041e\u043e\u0555\u0585\u1d0f",
    "p": "\u03a1\u03c1\u0420\u0440\u1d18",
    "q": "\u051b",
    "r": "\u0280",
    "s": "\u0405\u0455\ua731",
    "t": "\u03a4\u0422\u1d1b",
    "u": "\u03c5\u057d\u1d1c",
    "v": "\u03bd\u0475\u1d20",
    "w": "\u051d\u1d21",
    "x": "\u03a7\u0425\u0445",
    "y": "\u028f\u03a5\u03b3\u0443\u04ae",
    "z": "\u0396\u1d22",
}
LOOK_ALIKES = {sign: letter for letter, signs in _ALIKE.items() for sign in signs}
INVISIBLE = frozenset({"Cf", "Mn", "Me"})  # soft hyphens, joiners, marks drawn over a letter


class _Seen:
    """What a reader takes a sign for, by its code point, as ``str.translate`` asks for it."""

    def __getitem__(self, code: int) -> str | None:
        return _seen(chr(code))


_SEEN = _Seen()


def violations(text: str) -> list[str]:
    """Return every forbidden wording in ``text``, in lower case and in order.

    Read as it is shown: capitals, ligatures, signs without a width, other alphabets' letters of
    the same look, and any white space make no difference.
    """
    found = NEVER_SAID.finditer(as_seen(text))
    return [" ".join(match.group(0).split()) for match in found]


def as_seen(text: str) -> str:
    """Return a text as a reader takes it, in lower case. A letter with an accent is another one."""
    if text.isascii() or ORDINARY.fullmatch(text):
        return text.lower()
    return normalize("NFC", text).translate(_SEEN)


@lru_cache(maxsize=4096)
def _seen(sign: str) -> str | None:
    if category(sign) in INVISIBLE:
        return None
    plain = normalize("NFKC", sign).lower()
    is_letter = plain.isascii() and plain.isalpha() and (len(plain) == 1 or sign.isalpha())
    return plain if is_letter else LOOK_ALIKES.get(sign, sign.lower())
