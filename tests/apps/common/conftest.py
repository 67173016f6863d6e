"""Servers that can misbehave, for tests of calls to them."""

from tests.peers.fixtures import push_peer, push_providers, wire

__all__ = ["push_peer", "push_providers", "wire"]
