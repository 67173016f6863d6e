"""Providers for the engines that die."""

from tests.peers.fixtures import push_peer, push_providers

__all__ = ["push_peer", "push_providers"]
