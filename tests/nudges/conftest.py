"""Providers and a mail server for engines that die, and for a year of life."""

from tests.apps.reminders.conftest import postbox, smtp_server
from tests.peers.fixtures import push_peer, push_providers

__all__ = ["postbox", "push_peer", "push_providers", "smtp_server"]
