"""All three channels, leading to the peer, with no provider token minted yet."""

import pytest
import redis
from django.conf import settings

from apps.common.wire import Wire
from apps.reminders.transports import Transport, open_transports
from tests.peers import PushPeer
from tests.peers.fixtures import push_peer, push_providers, wire

__all__ = ["push_peer", "push_providers", "wire"]


@pytest.fixture
def transports(push_peer: PushPeer, wire: Wire) -> dict[str, Transport]:
    """A transport by channel."""
    with redis.Redis.from_url(settings.REDIS_URL) as server:
        for key in server.scan_iter("push/*"):
            server.delete(key)
    return open_transports(wire)
