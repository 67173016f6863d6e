"""What the docstrings of bodies say of their fields, for whoever publishes them."""

import re

import msgspec

_FIELDS = re.compile(r"^Fields:\n((?:[ \n].*\n?)*)", re.MULTILINE)
_ENTRY = re.compile(r"^ {4}(\w+): (.*(?:\n {5,}.*)*)", re.MULTILINE)


def summary_of(kind: type[msgspec.Struct]) -> str:
    """Return a struct's docstring without its list of fields."""
    return _FIELDS.sub("", _text_of(kind)).strip()


def fields_of(kind: type[msgspec.Struct]) -> dict[str, str]:
    """Return what is said of each field, own and inherited, as one line each."""
    said: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if issubclass(base, msgspec.Struct) and base is not msgspec.Struct:
            found = _FIELDS.search(_text_of(base))
            entries = _ENTRY.findall(found[1]) if found else []
            said |= {name: " ".join(text.split()) for name, text in entries}
    return {name: said[name] for name in kind.__struct_fields__ if name in said}


def _text_of(kind: type) -> str:
    lines = (kind.__doc__ or "").expandtabs().splitlines()
    inner = [line for line in lines[1:] if line.strip()]
    margin = min((len(line) - len(line.lstrip()) for line in inner), default=0)
    return "\n".join(
        [*(line.strip() for line in lines[:1]), *(line[margin:] for line in lines[1:])]
    )
