"""A server that holds phones to its limits, shared by the tests that do not hurt it."""

from collections.abc import Iterator

import pytest

from tests.serving import WebProcess, serving


@pytest.fixture(scope="session")
def strict() -> Iterator[WebProcess]:
    """A server with room for three records a feed, no lab results today, and no old app."""
    with serving(
        SYNC_MAX_RECORDS="3", SYNC_PAUSED_TYPES="lab_result", MIN_CLIENT_BUILDS="old-app/tests=5"
    ) as running:
        yield running
