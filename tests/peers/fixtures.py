"""Fixtures for tests that push: import them into a `conftest.py`."""

from collections.abc import Iterator

import pytest
from django.test import override_settings

from apps.common import outbound
from apps.common.wire import Wire
from tests.peers import PushPeer
from tests.peers import push_peer as running


@pytest.fixture(scope="session")
def push_providers() -> Iterator[PushPeer]:
    """The providers' process, one for all tests."""
    with running() as peer:
        yield peer


@pytest.fixture
def push_peer(push_providers: PushPeer) -> Iterator[PushPeer]:
    """The providers as if new, with the settings of all channels leading there."""
    push_providers.forget()
    outbound.guard.cache_clear()
    with override_settings(**push_providers.settings):
        yield push_providers
    outbound.guard.cache_clear()


@pytest.fixture
def wire(push_peer: PushPeer) -> Iterator[Wire]:
    """A wire that trusts the providers' certificate."""
    with Wire() as wire:
        yield wire
