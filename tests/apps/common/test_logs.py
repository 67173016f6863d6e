"""What a line of the log says of a request, and what it never says."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.test import Client

from apps.common.logs import line_formatter
from tests.conftest import Person

SECRET = "7KQM-3XWP"


@contextmanager
def written() -> Iterator[io.StringIO]:
    """Yield what the framework's logger writes meanwhile, in our lines."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(line_formatter())
    logger = logging.getLogger("django")
    logger.addHandler(handler)
    try:
        yield text
    finally:
        logger.removeHandler(handler)


class TestRefusedRequest:
    def test_is_told_by_its_route_and_never_by_its_address(self, athlete: Person) -> None:
        with written() as text:
            assert Client().get(f"/v1/invitations/{SECRET}").status_code == 401
            assert athlete.get(f"/v1/invitations/{SECRET}/preview").status_code == 404
        assert SECRET not in text.getvalue()
        first, second = map(json.loads, text.getvalue().splitlines())
        assert (first["event"], first["method"]) == ("Unauthorized", "GET")
        assert (first["status_code"], second["status_code"]) == (401, 404)
        assert first["route"] == "/v1/invitations/<str:secret>"
        assert second["route"] == "/v1/invitations/<str:secret>/preview"

    def test_of_no_route_is_told_without_one(self) -> None:
        with written() as text:
            assert Client().get(f"/nowhere/{SECRET}: lost").status_code == 404
        line = json.loads(text.getvalue())
        assert (line["event"], line["route"]) == ("Not Found", None)
        assert SECRET not in text.getvalue()
