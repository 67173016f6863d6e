"""What is answered when we failed: a page to people, a problem to programs, nothing of the inside."""

import pytest
from django.conf import settings
from django.http import HttpRequest
from django.test import Client

from apps.accounts.session_store import SessionStore
from apps.common import errors, pages


class TestServerError:
    def test_is_a_page_where_pages_are(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Also when what fails is the look at who asks: the page needs nobody."""

        def fail(_: SessionStore) -> None:
            raise RuntimeError("a secret of the inside")

        monkeypatch.setattr(SessionStore, "load", fail)
        client = Client(raise_request_exception=False)
        client.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
        answer = client.get("/coach")
        assert answer.status_code == 500
        assert answer.headers["Content-Type"].startswith("text/html")
        assert "Something failed here" in answer.content.decode()
        assert "secret" not in answer.content.decode()

    def test_is_a_problem_in_the_api(self) -> None:
        request = HttpRequest()
        request.path = "/v1/sync/config"
        request.META["HTTP_ACCEPT"] = "text/html"
        answer = pages.server_error(request)
        assert answer.status_code == 500
        assert answer.headers["Content-Type"] == errors.MEDIA_TYPE
