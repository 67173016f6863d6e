"""The panel as a file: the rows a coach sees, for a spreadsheet.

Whole teams are long, so the file is written page by page, each in a transaction of its own: a right
that ends meanwhile is gone on the next page, and every page's athletes are told before a word of
it is sent.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import chain
from uuid import UUID

from apps.accounts.models import User
from apps.coaching.panel import PanelPage, PanelQuery, look_at_panel
from apps.coaching.roster import AthleteRow
from apps.common.spreadsheets import harmless
from backend.summary.wording import rounded

MOST_ROWS = 10_000
PAGE = 1_000
COLUMNS = (
    "athlete_id", "name", "group", "sentence", "reasons", "availability", "last_data_at",
    "next_due_on", "open_reminders", "covered_days", "tags", "reviewed_by", "reviewed_at",
    "ending", "snoozed_until", "shared", "shared_until", "weekly_loading_units",
)  # fmt: skip


def panel_file(*, viewer: User, team_id: UUID, query: PanelQuery, now: datetime) -> Iterator[str]:
    """Return the file in pieces: a line of names, then one for each athlete.

    Who may not look is refused before the first piece. Raises ``NotFound``.
    """
    pages = _pages(viewer, team_id, query, now)
    first = next(pages)
    return chain([_lines([COLUMNS])], (_page(page) for page in chain([first], pages)))


def _pages(viewer: User, team_id: UUID, query: PanelQuery, now: datetime) -> Iterator[PanelPage]:
    left, cursor = MOST_ROWS, None
    while True:
        asked = replace(query, cursor=cursor, limit=min(PAGE, left))
        page = look_at_panel(viewer=viewer, team_id=team_id, query=asked, now=now, what="file")
        yield page
        left, cursor = left - len(page.rows), page.next_cursor
        if cursor is None or left <= 0:
            return


def _page(page: PanelPage) -> str:
    return _lines([_cells(row) for row in page.rows])


def _lines(rows: list[tuple[str, ...]]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(
        [harmless(cell) for cell in row] for row in rows
    )
    return written.getvalue()


def _cells(row: AthleteRow) -> tuple[str, ...]:
    mark = row.reviewed
    return (
        str(row.athlete_id),
        row.name,
        row.group,
        row.sentence,
        "; ".join(reason.sentence for reason in row.reasons),
        row.availability or "",
        _said(row.last_data_at),
        _said(row.next_due_on),
        _said(row.open_reminders),
        _said(row.covered_days),
        "; ".join(row.tags),
        mark.author if mark else "",
        _said(mark.at) if mark else "",
        mark.ending if mark else "",
        _said(mark.until) if mark else "",
        " ".join(row.shared),
        row.ends_at.isoformat(),
        " ".join(rounded(week, places=0) for week in row.sparkline),
    )


def _said(value: object) -> str:
    if value is None:
        return ""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
