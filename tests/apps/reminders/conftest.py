"""The mail server, and quiet before each test: engines see everybody's markers."""

import logging
from collections.abc import Iterator

import environ
import pytest
from django.test import override_settings

from tests.apps.reminders import feed
from tests.apps.reminders.postbox import Postbox
from tests.peers.fixtures import push_peer, push_providers

__all__ = ["push_peer", "push_providers"]


@pytest.fixture(autouse=True)
def calm() -> None:
    """Leave nothing due that an earlier test planned."""
    feed.calm()


@pytest.fixture(scope="session")
def smtp_server() -> Iterator[Postbox]:
    """One SMTP server for the whole run."""
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # the peer's, which names addresses
    server = Postbox()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def postbox(smtp_server: Postbox) -> Iterator[Postbox]:
    """The mail server in a good mood, configured the way an operator would."""
    smtp_server.mood = "accept"
    smtp_server.received.clear()
    configured = environ.Env.email_url_config(f"smtp://127.0.0.1:{smtp_server.port}")
    with override_settings(**configured, EMAIL_TIMEOUT=60, PUBLIC_URL="https://app.example.org"):
        yield smtp_server
