"""Elements of SVG. Only these functions make markup, so only they must escape."""

from collections.abc import Iterable
from html import escape
from typing import NewType

Svg = NewType("Svg", str)
Attribute = str | float | None
NOTHING = Svg("")


def element(name: str, *children: Svg, **attributes: Attribute) -> Svg:
    """Return one element with drawn children.

    Args:
        name: the element's name, never from outside.
        children: markup from this module.
        attributes: ``class_`` is written class and ``_`` becomes ``-``; None leaves one out.
            Numbers are rounded to a tenth.
    """
    written = "".join(
        f' {_spelled(key)}="{escape(_text_of(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inside = "".join(children)
    return Svg(f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written}/>")


def group(parts: Iterable[Svg], **attributes: Attribute) -> Svg:
    """Return parts as one group."""
    return element("g", *parts, **attributes)


def plain(text: str) -> Svg:
    """Return text as it may stand inside an element."""
    return Svg(escape(text, quote=False))


def words(text: str, *, x: float, y: float, class_: str = "chart-label",
          anchor: str | None = None) -> Svg:  # fmt: skip
    """Return a line of text; ``anchor`` is start, middle or end of it."""
    return element("text", plain(text), x=x, y=y, class_=class_, text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Svg:
    """Return a straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def rect(x: float, y: float, width: float, height: float, class_: str, *,
         title: str | None = None, rx: float | None = None, fill: str | None = None) -> Svg:  # fmt: skip
    """Return a rectangle, with a tooltip if ``title`` is given."""
    tip = (element("title", plain(title)),) if title else ()
    return element(
        "rect", *tip, x=x, y=y, width=max(width, 0.0), height=max(height, 0.0), rx=rx,
        class_=class_, fill=fill,
    )  # fmt: skip


def picture(parts: Iterable[Svg], *, ident: str, width: float, height: float, title: str,
            desc: str, class_: str) -> Svg:  # fmt: skip
    """Return a whole picture that a screen reader reads as one image with name and text.

    ``ident`` must be unique on the page.
    """
    return element(
        "svg",
        element("title", plain(title), id=f"{ident}-title"),
        element("desc", plain(desc), id=f"{ident}-desc"),
        *parts,
        viewBox=f"0 0 {_text_of(width)} {_text_of(height)}",
        class_=class_,
        role="img",
        aria_labelledby=f"{ident}-title",
        aria_describedby=f"{ident}-desc",
        focusable="false",
    )


def hatch(ident: str) -> Svg:
    """Return the pattern "no data"; use it as ``fill=f"url(#{ident})"``."""
    stripe = line(0, 0, 0, 6, "chart-hatch")
    pattern = element(
        "pattern", stripe, id=ident, width=6, height=6, patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)",
    )  # fmt: skip
    return element("defs", pattern)


def _spelled(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


def _text_of(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")
