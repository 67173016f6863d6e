"""The authorization matrix, cell by cell: over HTTP and through the pages.

What a reading answer holds is looked at by canaries. That refusals tell and change nothing is in
`test_ids`; that either wall alone is enough in `test_one_wall`.
"""

import json
import re

import pytest
from django.urls import resolve

from tests.apps.matrix import seeing
from tests.apps.matrix.asking import wrong_cells
from tests.apps.matrix.cast import ACTORS, BROWSERS, Cast, assemble, the_cast
from tests.apps.matrix.table import API, PAGES, rows
from tests.apps.matrix.things import MISSING
from tests.conftest import ROOT
from tests.contract.test_permissions import routes

# Operations that need no token or name nobody, and the stream of the live process (`test_live`);
# `tests/contract/test_permissions.py` has a row for each.
OF_NOBODY = {
    "auth_sign_in", "auth_sign_up", "models_list", "models_run", "sync_config", "sync_stream",
    "uploads_capabilities", "upload_capabilities",
}  # fmt: skip
# Pages that are the same for everybody, or whose address is the secret that opens them.
OPEN_PAGES = re.compile(
    r"(livez|readyz|openapi\.json|docs|sign-(in|up|out)|static/.*|csp-reports|app.*|\.well-known/.*"
    r"|o/.*|r/.*|guardian/.*|calendar/.*|coach/teams/<uuid:team_id>/live|)"
)


@pytest.fixture(scope="module")
def cast() -> Cast:
    """Everybody; for tests that change nothing."""
    return the_cast()


class TestRows:
    def test_are_there_for_every_operation_and_no_other(self) -> None:
        paths = json.loads((ROOT / "tests" / "contract" / "openapi.json").read_text())["paths"]
        operations = {
            (method.upper(), re.sub(r"{[^}]+}", "{}", path))
            for path, item in paths.items()
            for method, operation in item.items()
            if isinstance(operation, dict) and operation.get("operationId") not in OF_NOBODY
        }
        assert {_shape(address) for address, _ in rows(API)} == operations

    def test_are_there_for_every_page_and_no_other(self) -> None:
        pages = {route for _, route in routes() if not route.startswith("v1/")}
        asked = {
            resolve(re.sub(r"{[^}]+}", MISSING, address.split()[1])).route
            for address, _ in rows(PAGES)
            if not address.endswith("/admin/")
        }
        assert asked == {route for route in pages if not OPEN_PAGES.fullmatch(route)}

    def test_have_a_cell_for_every_actor(self) -> None:
        for table, actors in ((API, ACTORS), (PAGES, BROWSERS)):
            for address, cells in rows(table):
                assert tuple(cells) == actors, address


def _shape(address: str) -> tuple[str, str]:
    """Return the method and the path of a row, with nameless ids."""
    method, path = address.split()
    bare = re.sub(r"(?<=observations)\?.*|\?.*", "", path)
    bare = re.sub(r"(?<=/trends/)\w+|(?<=/charts/)\w+", "{}", bare)
    return method, re.sub(r"{[^}]+}", "{}", bare)


class TestCells:
    def test_answer_as_written_over_http(self) -> None:
        assert wrong_cells(assemble(), API) == []

    def test_answer_as_written_through_the_pages(self) -> None:
        assert wrong_cells(assemble(), PAGES) == []


class TestWords:
    def test_read_by_vector_are_those_granted(self, cast: Cast) -> None:
        assert seeing.wrong_feeds(cast) == []

    def test_of_panels_are_those_granted(self, cast: Cast) -> None:
        assert seeing.wrong_panels(cast) == []

    def test_on_pages_are_those_granted(self, cast: Cast) -> None:
        assert seeing.wrong_pages(cast) == []

    def test_of_the_athlete_are_in_nobody_elses_own_answers(self, cast: Cast) -> None:
        assert seeing.wrong_own_answers(cast) == []
