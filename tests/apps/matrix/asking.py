"""The runner: rows are asked, and answers are compared."""

import re
from dataclasses import dataclass

from tests.apps.matrix.bodies import FORMS, JSON, end_of, filled, upload_headers
from tests.apps.matrix.cast import Answer, Cast, in_order
from tests.apps.matrix.table import API, PAGES, is_page, rows
from tests.conftest import counted

REFUSALS = (401, 403, 404)
Wrong = list[tuple[object, ...]]
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
_NAMES_THE_REQUEST = re.compile(r'("(request_id|instance|trace)":\s*")[^"]*')
_MOMENT = re.compile(r'("(server_time|next_poll_s)":)("[^"]*"|\d+)')
_TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]*|("X-CSRFToken":\s*")[^"]*')


@dataclass(frozen=True)
class Told:
    """An answer, without what names the request or the id that was asked for."""

    status: int
    headers: frozenset[tuple[str, str]]
    text: str
    statements: int


def ask(cast: Cast, actor: str, address: str, **variants: str) -> Answer:
    """Make the request of a row, by the things of these variants."""
    method, path = filled(cast, address, actor, **variants).split(" ", 1)
    path = path.strip()
    if is_page(address):
        form = filled(cast, FORMS.get(end_of(address), {}), actor, **variants)
        return cast.browse(actor, path, method=method, form=form)
    if "/uploads" in address:
        return cast.ask(actor, method, path, b"", **upload_headers(address, cast, actor))
    body = filled(cast, JSON.get(end_of(address), {}), actor, **variants)
    return cast.ask(actor, method, path, body)


def told(cast: Cast, actor: str, address: str, **variants: str) -> Told:
    """Ask, and return the answer as it compares with others."""
    with counted() as statements:
        answer = ask(cast, actor, address, **variants)
    named = {
        (name, "" if name.startswith("RateLimit") else _without_ids(value))
        for name, value in answer.headers.items()
    }
    return Told(
        answer.status,
        frozenset(named),
        _without_ids(answer.text),
        len(statements),
    )


def wrong_cells(cast: Cast, table: str, *, but_granted: bool = False) -> Wrong:
    """Return the cells of a table whose answer is another than what is written.

    With ``but_granted`` only refusals are asked for, and so nothing is changed.
    """
    wrong: Wrong = []
    for address, cells in rows(table):
        for actor in in_order(cells):
            is_refused = actor == "A0" or cells[actor] in REFUSALS
            if but_granted and not is_refused:
                continue
            status = ask(cast, actor, address).status
            if status != cells[actor]:
                wrong.append((address, actor, cells[actor], status))
    return wrong


def every_row() -> list[tuple[str, dict[str, int]]]:
    """Return the rows of both tables."""
    return [*rows(API), *rows(PAGES)]


def _without_ids(text: str) -> str:
    text = _NAMES_THE_REQUEST.sub(r"\1", _UUID.sub("ID", text))
    return _TOKEN.sub(r"\1\2", _MOMENT.sub(r"\1", text))
