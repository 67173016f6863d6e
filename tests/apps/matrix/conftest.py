"""The cast is shared by all tests here, and signed in just now in each, however long they take."""

from datetime import timedelta

import pytest

from apps.accounts.services import presence


@pytest.fixture(autouse=True)
def _signed_in_just_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "FRESH_FOR", timedelta(days=1))
