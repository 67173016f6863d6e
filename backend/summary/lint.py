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
# Letters that look like a Latin one and that no normal form makes one.
LOOK_ALIKES = dict(
    zip(
        "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0405\u0406\u0408\u04ae"
        "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0455\u0456\u0458\u04bb\u0501\u051b\u051d\u0475"
        "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
        "\u03b1\u03b3\u03b9\u03ba\u03bd\u03bf\u03c1\u03c5"
        "\u0130\u0131\u0251\u0261\u029f"
        "\u1d00\u0299\u1d04\u1d05\u1d07\ua730\u0262\u029c\u026a\u1d0a\u1d0b\u1d0d\u0274\u1d0f"
        "\u1d18\u0280\ua731\u1d1b\u1d1c\u1d20\u1d21\u028f\u1d22",
        "abekmhopctxsijyaeopcyxsijhdqwvabezhikmnoptyxayikvopuiiaglabcdefghijkmnoprstuvwyz",
        strict=True,
    )
)
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
    if ORDINARY.fullmatch(text):
        return text.lower()
    return normalize("NFC", text).translate(_SEEN)


@lru_cache(maxsize=4096)
def _seen(sign: str) -> str | None:
    if category(sign) in INVISIBLE:
        return None
    plain = normalize("NFKC", sign).lower()
    is_letter = plain.isascii() and plain.isalpha() and (len(plain) == 1 or sign.isalpha())
    return plain if is_letter else LOOK_ALIKES.get(sign, sign.lower())
