"""Reports of a broken content policy: taken in both shapes, told in safe words, limited."""

import json
import logging
from typing import Any

import pytest
from django.test import Client

from apps.common.csp_reports import MAX_BYTES, MAX_REPORTS
from apps.common.headers import REPORTS_PATH
from apps.common.limits import ATTEMPTS, _shared

SECRET = "CANARYSECRETOFALINK"


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    """Let each test count its own."""
    _shared().storage.reset()


def old(**members: Any) -> bytes:
    """Return a report as `report-uri` sends it."""
    return json.dumps({"csp-report": members}).encode()


def new(*bodies: Any, kind: str = "csp-violation") -> bytes:
    """Return reports as `report-to` sends them."""
    return json.dumps([{"type": kind, "age": 1, "body": body} for body in bodies]).encode()


def send(body: bytes, kind: str = "application/csp-report", **more: Any) -> Any:
    """Post a body as a browser would, without a cookie or a token."""
    client = Client(enforce_csrf_checks=True)
    return client.post(REPORTS_PATH, body, content_type=kind, **more)


def told(caplog: pytest.LogCaptureFixture) -> list[tuple[str, ...]]:
    """Return what was logged of reports."""
    found = [record for record in caplog.records if record.getMessage() == "csp_report"]
    names = "directive", "blocked", "route", "disposition"
    return [tuple(getattr(record, name) for name in names) for record in found]


class TestReports:
    def test_of_both_shapes_say_the_same(self, caplog: pytest.LogCaptureFixture) -> None:
        page = f"https://example.org/invitations/{SECRET}?{SECRET}#{SECRET}"
        first = send(
            old(**{
                "effective-directive": "script-src-elem",
                "blocked-uri": f"https://evil.example:8443/{SECRET}?{SECRET}",
                "document-uri": page,
                "disposition": "enforce",
                "script-sample": SECRET,
                "referrer": SECRET,
            })
        )  # fmt: skip
        second = send(
            new({
                "effectiveDirective": "script-src-elem",
                "blockedURL": f"https://evil.example/{SECRET}",
                "documentURL": page,
                "disposition": "enforce",
                "sample": SECRET,
                "sourceFile": SECRET,
            }),
            "application/reports+json",
        )  # fmt: skip
        assert (first.status_code, second.status_code) == (204, 204)
        line = ("script-src-elem", "evil.example", "/invitations/<str:secret>", "enforce")
        assert told(caplog) == [line, line]
        assert not any(SECRET in str(vars(record)) for record in caplog.records)

    @pytest.mark.parametrize("word", ["inline", "eval", "data"])
    def test_keep_the_word_for_what_has_no_address(
        self, caplog: pytest.LogCaptureFixture, word: str
    ) -> None:
        send(old(**{"effective-directive": "style-src-attr", "blocked-uri": word}))
        assert told(caplog) == [("style-src-attr", word, "other", "other")]

    @pytest.mark.parametrize(
        "value", [SECRET, f"{SECRET}\r\nforged", 7, None, ["x"], {"a": 1}, "http://[", "\u202e"]
    )
    def test_keep_nothing_that_is_in_no_list(
        self, caplog: pytest.LogCaptureFixture, value: Any
    ) -> None:
        names = "effective-directive", "blocked-uri", "document-uri", "disposition"
        assert send(old(**dict.fromkeys(names, value))).status_code == 204
        assert told(caplog) == [("other",) * 4]

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"\xff\xfe",
            b"[" * 5_000,
            b"null",
            b'{"csp-report": 1}',
            b'[1, {"type": "csp-violation"}]',
            new({"effectiveDirective": "img-src"}, kind="deprecation"),
        ],
    )
    def test_that_are_none_are_taken_and_forgotten(
        self, caplog: pytest.LogCaptureFixture, body: bytes
    ) -> None:
        caplog.set_level(logging.WARNING)
        assert send(body).status_code == 204
        assert told(caplog) == []

    def test_are_counted_within_one_request(self, caplog: pytest.LogCaptureFixture) -> None:
        send(new(*[{"effectiveDirective": "img-src"}] * (MAX_REPORTS + 5)))
        assert len(told(caplog)) == MAX_REPORTS

    def test_that_are_large_are_refused(self, caplog: pytest.LogCaptureFixture) -> None:
        answer = send(old(**{"blocked-uri": "x" * MAX_BYTES}))
        assert (answer.status_code, answer.json()["code"]) == (413, "request-too-large")
        assert told(caplog) == []

    def test_are_limited_for_each_network(self, caplog: pytest.LogCaptureFixture) -> None:
        limit = ATTEMPTS["csp-report"].amount
        statuses = [send(old(), REMOTE_ADDR="192.0.2.7").status_code for _ in range(limit + 1)]
        assert statuses == [204] * limit + [429]
        refused = send(old(), REMOTE_ADDR="192.0.2.7")
        assert (refused.json()["code"], refused["Retry-After"]) == ("rate-limited", "60")
        assert send(old(), REMOTE_ADDR="192.0.2.8").status_code == 204

    def test_can_only_be_posted(self) -> None:
        assert Client().get(REPORTS_PATH).status_code == 405

    def test_are_asked_for_by_every_page(self) -> None:
        page = Client().get("/sign-in")
        assert f"report-uri {REPORTS_PATH}" in page["Content-Security-Policy"]
        assert page["Reporting-Endpoints"] == f'csp="{REPORTS_PATH}"'
        assert "Reporting-Endpoints" not in Client().get("/v1/sync/config")
