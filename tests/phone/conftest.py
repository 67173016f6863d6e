"""A real server for phones, shared by the tests that do not hurt it."""

from collections.abc import Iterator

import pytest

from tests.serving import WebProcess, serving


@pytest.fixture(scope="session")
def web() -> Iterator[WebProcess]:
    """The web process on this run's database."""
    with serving() as running:
        yield running
