"""The page for readers: prose by hand, tables between markers made from the data."""

import re
from collections.abc import Mapping

from backend.errors import CoreError
from backend.science.tables import TABLES

_MARKED = re.compile(r"<!-- made: (?P<name>[^>]+?) -->\n.*?<!-- end -->", re.DOTALL)


class PageBroken(CoreError):
    """A marker of the page names no table, or a table has no marker."""

    code = "science.page_broken"


def filled(page: str) -> str:
    """Return the page with every marked part made anew; the rest stays as it is.

    Raises:
        PageBroken: not every table has exactly one place.
    """
    names = [found["name"] for found in _MARKED.finditer(page)]
    if sorted(names) != sorted(TABLES) or page.count("<!-- made:") != len(names):
        raise PageBroken(f"Markers without table or tables without marker: {_odd(names)}.")
    made: Mapping[str, str] = {name: TABLES[name]() for name in names}
    return _MARKED.sub(
        lambda found: f"<!-- made: {found['name']} -->\n{made[found['name']]}\n<!-- end -->", page
    )


def _odd(names: list[str]) -> str:
    return ", ".join(sorted(set(names) ^ set(TABLES))) or "one stands twice or has no end"
